import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct Drafts: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "drafts", abstract: help("help.yarrow.drafts"),
    subcommands: [Resume.self, Discard.self])

  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let drafts = try replica.drafts()
    if drafts.isEmpty, !session.output.isJSON { session.output.note("drafts.none") }
    for draft in drafts {
      try session.output.result(
        [
          "draft": .string(draft.id.hex), "form": .string(draft.form),
          "record": .optional(draft.record?.hex), "question": .optional(draft.question),
          "updated": .integer(draft.updated),
        ],
        text: [
          "\(DraftName.short(draft.id))  \(SafeText.escape(draft.form))  "
            + RelativeTime.ago(draft.updated, now: LocalClock.now(), in: session.catalog)
        ])
    }
  }

  struct Resume: YarrowCommand {
    static let configuration = CommandConfiguration(
      commandName: "resume", abstract: help("help.yarrow.drafts.resume"))

    @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.draft"))) var draft: String
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      let replica = try session.open()
      let draft = try session.draft(draft, in: replica)
      let form = try session.form(draft.form, in: replica)
      var held = Answers()
      var purpose = Interview.Purpose.new
      if let record = draft.record {
        purpose = .edit(record)
        held = try replica.answers(of: record).answers
      }
      let interview = try Interview(
        session, replica, form: form, purpose: purpose, answers: held, draft: draft,
        files: try replica.files(ofDraft: draft.id))
      try session.interview(interview, form: form.name)
    }
  }

  struct Discard: YarrowCommand {
    static let configuration = CommandConfiguration(
      commandName: "discard", abstract: help("help.yarrow.drafts.discard"))

    @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.draft"))) var draft: String
    @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.yes"))) var yes = false
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      let replica = try session.open()
      let draft = try session.draft(draft, in: replica)
      let name = ["draft": DraftName.short(draft.id)]
      if session.stdinIsTerminal, !yes, try !session.confirm("drafts.discard_ask", name) {
        throw CommandFailure(.refused, "failure.cancelled", next: "failure.cancelled.next")
      }
      try replica.discardDraft(draft.id)
      try session.output.result(
        ["draft": .string(draft.id.hex), "state": "discarded"],
        text: [session.catalog.text("drafts.discarded", name)])
    }
  }
}

extension Session {
  /// A draft by any unique prefix of its id.
  func draft(_ text: String, in replica: Replica) throws -> Draft {
    let wanted = text.lowercased()
    let found = try replica.drafts().filter { $0.id.hex.hasPrefix(wanted) }
    guard !wanted.isEmpty, found.count == 1 else {
      throw CommandFailure(
        .notFound, found.count > 1 ? "failure.draft_ambiguous" : "failure.draft_missing",
        ["draft": text])
    }
    return found[0]
  }
}
