import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

/// `yarrow` alone: what is unfinished, not sent, in conflict, and what to do next.
struct Glance: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "glance", abstract: help("help.yarrow.glance"), shouldDisplay: false)

  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    guard try session.home.exists else {
      if session.output.isJSON { throw StoreError(.noHome, "") }
      return try session.output.result(
        .null,
        text: [
          session.catalog.text("glance.no_home"),
          session.catalog.text("glance.next", ["command": "yarrow join"]),
        ])
    }
    let replica = try session.open()
    let status = try replica.status()
    try session.output.result(
      try StatusOutput(status, replica, session).json,
      text: session.output.isJSON ? [] : try lines(status, replica, session))
  }

  private func lines(
    _ status: ReplicaStatus, _ replica: Replica, _ session: Session
  ) throws -> [String] {
    let output = try StatusOutput(status, replica, session)
    var lines = [output.title] + output.waiting + output.gathering
    lines += output.alarms
    let drafts = status.drafts == 0 ? [] : try replica.drafts()
    if !drafts.isEmpty {
      lines.append(session.catalog.text("glance.drafts", ["count": "\(drafts.count)"]))
      lines += try drafts.prefix(3).map { "  " + (try line($0, replica, session)) }
    }
    lines += output.pending
    if status.conflicts > 0 {
      lines.append(session.catalog.text("glance.conflicts", ["count": "\(status.conflicts)"]))
    }
    if status.quarantined > 0 {
      lines.append(session.catalog.text("glance.quarantined", ["count": "\(status.quarantined)"]))
    }
    return lines + [session.catalog.text("glance.next", ["command": next(status, drafts)])]
  }

  private func line(_ draft: Draft, _ replica: Replica, _ session: Session) throws -> String {
    let form = try replica.forms().readable(draft.form)
    return session.catalog.text(
      "glance.draft_at",
      [
        "draft": DraftName.short(draft.id), "form": form?.title(session.language) ?? draft.form,
        "question": draft.question.flatMap { name in
          form.flatMap { $0.field(FieldName.field(of: name))?.label(session.language) }
        } ?? session.catalog.text("prompt.review"),
      ])
  }

  private func next(_ status: ReplicaStatus, _ drafts: [Draft]) -> String {
    if status.role == nil { return "yarrow join" }
    if let draft = drafts.first { return "yarrow drafts resume \(DraftName.short(draft.id))" }
    if status.conflicts > 0 { return "yarrow conflicts" }
    if status.pending > 0 || status.isWaiting { return "yarrow sync" }
    if status.role == "committee" { return "yarrow committee pull" }
    return status.records == 0 && status.role == "liaison" ? "yarrow new report" : "yarrow sync"
  }
}

extension FieldName {
  /// The plain name in `name` or `repeat[n].name`.
  static func field(of path: String) -> String {
    path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
  }
}
