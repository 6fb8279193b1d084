import Console
import ReplicaStore
import SyncCore

extension Session {
  /// What `new` and everything that writes answers.
  func show(_ saved: Saved, _ key: String = "new.saved", _ arguments: [String: String] = [:]) throws
  {
    var names = arguments
    names["record"] = saved.code
    try output.result(
      [
        "record": .string(saved.record.hex), "code": .string(saved.code),
        "origin": .string(saved.origin.hex), "seq": .integer(saved.seq),
        "hash": .string(saved.hash.hex), "state": "saved",
      ], text: [catalog.text(key, names)])
    if let area = saved.foreignArea { output.note("new.foreign_area", ["area": area]) }
  }

  /// What an interview came to.
  func show(_ outcome: Interview.Outcome, form: String) throws {
    switch outcome {
    case .saved(let saved): try show(saved)
    case .left(nil):
      throw CommandFailure(.refused, "failure.cancelled", next: "failure.cancelled.next")
    case .left(let draft?):
      try output.result(
        ["draft": .string(draft.hex), "form": .string(form), "state": "draft"],
        text: [catalog.text("new.draft_kept", ["draft": DraftName.short(draft)])])
    }
  }
}

/// How a draft is named to people: enough digits to be unique among the few there are.
enum DraftName {
  static func short(_ id: Bytes16) -> String { String(id.hex.prefix(8)) }
}
