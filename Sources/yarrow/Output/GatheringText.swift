import Console
import ReplicaStore

/// What is said wherever records are shown while the replica is not whole (sync §3.6).
enum GatheringText {
  /// Nil when it is whole.
  static func line(_ gathering: Gathering?, _ catalog: Catalog) -> String? {
    guard let gathering else { return nil }
    guard let left = gathering.left else {
      return catalog.text("glance.not_whole", ["here": "\(gathering.here)"])
    }
    return catalog.text(
      "glance.not_whole_of",
      ["here": "\(gathering.here)", "all": "\(gathering.here.addingClamped(left))"])
  }

  static func json(_ gathering: Gathering?) -> JSONValue {
    guard let gathering else { return .null }
    return [
      "here": .integer(gathering.here),
      "all": gathering.left.map { .integer(gathering.here.addingClamped($0)) } ?? .null,
    ]
  }
}

extension Session {
  /// Says on stderr that something is missing from what is shown; nothing when nothing is.
  ///
  /// - Returns: whether the replica is whole.
  @discardableResult
  func noteGathering(_ replica: Replica) throws -> Bool {
    guard let line = GatheringText.line(try replica.gathering(), catalog) else { return true }
    output.note(line)
    return false
  }
}

extension Int {
  /// A hub may claim any number.
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
