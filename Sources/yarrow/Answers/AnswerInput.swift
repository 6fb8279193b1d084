import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

/// `--set field=value`, `--set field=@FILE` and `--from FILE|-` (cli.md, "Nothing secret in an
/// argument").
struct AnswerInput: ParsableArguments {
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(help("help.option.set"), valueName: "field=value"))
  var set: [String] = []

  @Option(name: .long, help: ArgumentHelp(help("help.option.from"), valueName: "file"))
  var from: String?

  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.ask")))
  var ask = false

  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.keep_metadata")))
  var keepMetadata = false

  /// Whether the answers come from the command and not from a person.
  var isGiven: Bool { !set.isEmpty || from != nil }

  /// Answers given on the command line, and the files that they name; `--set` wins over `--from`.
  func given(_ form: Form, _ context: ReadingContext, _ session: Session) throws -> GivenAnswers {
    var given = GivenAnswers()
    if let from { given.answers = try AnswerFile.answers(from, form, context, session) }
    // Every value of a sealed class is refused before any value is looked at.
    for (path, field, value) in try set.map({ try parse($0, form) }) {
      switch value {
      case .file(let file):
        let content = try AttachedFile.read(file, keepsMetadata: keepMetadata, session)
        given.answers[path] = content.answer
        given.files.append(content)
      case .text(let text):
        given.answers[path] = try Self.read(text, path, field, form, context, session.catalog)
      }
    }
    return given
  }

  /// As the form reads it; else, for a day or a moment, as people write one in their language.
  static func read(
    _ value: String, _ path: FieldPath, _ field: Field, _ form: Form, _ context: ReadingContext,
    _ catalog: Catalog
  ) throws -> Answer {
    let first = form.parseAnswer(field, value, context, at: path)
    if case .success(let answer) = first { return answer }
    if let canonical = WrittenDate.canonical(value, field.type, catalog),
      case .success(let answer) = form.parseAnswer(field, canonical, context, at: path)
    {
      return answer
    }
    guard case .failure(let finding) = first else { return .value(.cleared) }
    throw Replica.Refusal(findings: [finding])
  }

  private enum Value {
    case text(String)
    /// Where a file is, for a question that asks for one.
    case file(String)
  }

  /// Takes `field=value` apart; refuses the value of a sealed class.
  private func parse(_ argument: String, _ form: Form) throws -> (FieldPath, Field, Value) {
    guard let equals = argument.firstIndex(of: "=") else {
      throw CommandFailure(.usage, "failure.set_form")
    }
    let name = String(argument[..<equals])
    let value = String(argument[argument.index(after: equals)...])
    let (path, field) = try FieldName.required(name, form)
    if field.type.isFile, value.first == "@" { return (path, field, .file(String(value.dropFirst()))) }
    return (path, field, .text(try Self.text(value, of: field)))
  }

  /// The value itself, or the content of the file that `@` names.
  static func text(_ value: String, of field: Field) throws -> String {
    if value.first == "@" {
      return try InputFile.text(String(value.dropFirst()), bytesMax: 1 << 20)
    }
    // A file is never typed, whatever its class.
    guard !field.sensitivity.isSealed, !field.type.isFile else {
      let names = ["field": field.name]
      throw CommandFailure(
        .usage, Message("failure.field_secret", names),
        next: Message("failure.field_secret.next", names)
      )
    }
    return value
  }
}

/// Answers, and what of them are files.
struct GivenAnswers {
  var answers = Answers()
  var files: [AttachmentContent] = []
}

/// Days and moments as people write them: `yesterday`, `3 May 2026 14:30`, `now`.
enum WrittenDate {
  /// The text that a form reads; nil when it is nothing of the kind, or could mean two days.
  static func canonical(_ text: String, _ type: FieldType, _ catalog: Catalog) -> String? {
    let rule: EntryRule
    let now = LocalClock.now()
    switch type {
    case .date: rule = .date(today: LocalClock.today(), catalog: catalog)
    case .datetime:
      rule = .moment(now: now, utcOffset: LocalClock.utcOffset(at: now), catalog: catalog)
    default: return nil
    }
    switch rule.read(text) {
    case .accepted(.date(let date), _): return date.iso
    case .accepted(.text(let moment), _): return moment
    default: return nil
    }
  }
}

/// The JSON object that `--from` names.
enum AnswerFile {
  static func answers(
    _ path: String, _ form: Form, _ context: ReadingContext, _ session: Session
  ) throws -> Answers {
    let bytes = try InputFile.bytes(path, bytesMax: 8 << 20)
    let value = try JSONParser.parse(bytes)
    guard let (answers, findings) = AnswerJSON.read(value, form, context) else {
      throw CommandFailure(.inputInvalid, "json.not_an_object")
    }
    guard findings.isEmpty else { throw Replica.Refusal(findings: findings) }
    return answers
  }
}
