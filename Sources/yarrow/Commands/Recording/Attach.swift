import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

/// Puts a file into a record that exists: an edit of one answer.
struct Attach: YarrowCommand {
  static let configuration = CommandConfiguration(abstract: help("help.yarrow.attach"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.field"))) var field: String
  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.file"))) var file: String
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.keep_metadata")))
  var keepMetadata = false
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let (form, _) = try replica.answers(of: record)
    let (path, field) = try FieldName.required(field, form)
    guard field.type.isFile else {
      throw CommandFailure(.inputInvalid, "attach.no_file_field", ["field": field.name])
    }
    let content = try AttachedFile.read(file, keepsMetadata: keepMetadata, session)
    var answers = Answers()
    if let outer = path.repeatName {
      // Those before it stay as they are.
      answers.repeats[outer] = Array(repeating: [:], count: path.instance + 1)
    }
    answers[path] = content.answer
    try session.show(
      try replica.edit(record, answers: answers, files: [content]), "attach.done",
      ["file": AttachmentText.text(content.descriptor, session.catalog)])
  }
}
