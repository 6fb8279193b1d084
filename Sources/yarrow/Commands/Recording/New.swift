import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct New: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: help("help.yarrow.new"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.form"))) var form: String
  @OptionGroup var input: AnswerInput
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let form = try session.form(form, in: replica)
    let context = try replica.evaluationContext(amending: false)
    let given = try input.given(form, context.reading, session)
    guard input.isGiven, !input.ask else {
      let interview = try Interview(
        session, replica, form: form, purpose: .new, answers: given.answers, files: given.files)
      return try session.interview(interview, form: form.name)
    }
    try session.show(
      try replica.record(form: form.name, answers: given.answers, files: given.files))
  }
}

extension Session {
  /// Runs an interview; when the input ends early, says where the draft is.
  func interview(_ interview: Interview, form: String) throws {
    do {
      let outcome = try interview.run()
      try show(outcome, form: form)
    } catch {
      if let kept = interview.kept {
        output.note("new.draft_kept", ["draft": DraftName.short(kept)])
      }
      throw error
    }
  }
}
