import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct Edit: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: help("help.yarrow.edit"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @OptionGroup var input: AnswerInput
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let (form, held) = try replica.answers(of: record)
    let context = try replica.evaluationContext(amending: true)
    let given = try input.given(form, context.reading, session)
    guard input.isGiven, !input.ask else {
      var answers = held
      for (name, answer) in given.answers.fields { answers.fields[name] = answer }
      for (name, instances) in given.answers.repeats { answers.repeats[name] = instances }
      let interview = try Interview(
        session, replica, form: form, purpose: .edit(record), answers: answers, files: given.files)
      return try session.interview(interview, form: form.name)
    }
    try session.show(try replica.edit(record, answers: given.answers, files: given.files))
  }
}

/// A note is a record of its own that belongs to another (cli `note`).
struct Note: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: help("help.yarrow.note"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @OptionGroup var input: AnswerInput
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let (parent, _) = try replica.answers(of: record)
    let note = try session.form("note", in: replica)
    guard case .child(let belongs, let field) = note.place, belongs == parent.name else {
      throw CommandFailure(.inputInvalid, "note.wrong_form", ["form": parent.name])
    }
    let context = try replica.evaluationContext(amending: false)
    let given = try input.given(note, context.reading, session)
    var answers = given.answers
    answers.fields[field] = .value(.text(record.hex))
    // The first text of the form is the note itself.
    guard let text = note.fields.first(where: { $0.type == .text }) else {
      throw CommandFailure(.inputInvalid, "note.wrong_form", ["form": parent.name])
    }
    if answers.fields[text.name] == nil {
      let typed = try session.askText("note.ask", bytesMax: note.limits.textAnswerBytesMax)
      answers.fields[text.name] = .value(.text(typed))
    }
    try session.show(try replica.record(form: note.name, answers: answers, files: given.files))
  }
}
