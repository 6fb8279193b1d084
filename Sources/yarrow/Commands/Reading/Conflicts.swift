import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct Conflicts: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts", abstract: help("help.yarrow.conflicts"))

  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let conflicts = try replica.conflicts()
    if conflicts.isEmpty, !session.output.isJSON { session.output.note("conflicts.none") }
    for (line, fields) in conflicts {
      let form = session.output.isJSON ? nil : try replica.forms().readable(line.form)
      for state in fields {
        var text = ["\(line.code)  \(SafeText.escape(state.name))"]
        if let form {
          text = ["\(line.code)  \(SafeText.escape(form.title(session.language)))"]
          text += ConflictText(form: form, catalog: session.catalog).lines(state).map {
            SafeText.escape($0, newlines: .space)
          }
        }
        try session.output.result(ConflictJSON.value(line.record, state), text: text)
      }
    }
  }
}

enum ConflictJSON {
  static func value(_ record: RecordID, _ state: FieldState) -> JSONValue {
    let writes =
      state.conflict?.sides.flatMap { side in side.writes.map { (side.value, $0) } } ?? []
    return [
      "record": .string(record.hex), "field": .string(state.name),
      "values": .array(
        writes.map { value, write in
          [
            "write": .string(write.hash.hex), "value": AnswerJSON.value(value),
            "origin": .string(write.origin.hex), "claimed": .integer(write.claimed),
          ]
        }),
    ]
  }
}

/// A field that collided, for a person: each value, who wrote it and when they say so.
struct ConflictText {
  let form: Form
  let catalog: Catalog

  func lines(_ state: FieldState) -> [String] {
    guard let field = form.field(state.field), let conflict = state.conflict else { return [] }
    let texts = AnswerText(form: form, catalog: catalog)
    var lines = ["\(field.label(catalog.language.code)) [\(state.name)]"]
    for side in conflict.sides {
      for write in side.writes {
        let when = catalog.text("show.claimed", ["time": AnswerText.moment(write.claimed, catalog)])
        lines.append(
          "  \(write.hash.hex.prefix(12))  \(texts.text(side.value, field))  "
            + "(\(write.origin.hex.prefix(12)), \(when))")
      }
    }
    return lines
  }
}

struct Resolve: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve", abstract: help("help.yarrow.resolve"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.field"))) var field: String
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.keep")))
  var keep: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.value")))
  var value: String?
  @OptionGroup var console: ConsoleOptions

  func validate() throws {
    if keep != nil, value != nil { throw ValidationError(help("resolve.one_of")) }
  }

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let view = try replica.show(record)
    guard let form = view.form else {
      throw CommandFailure(.notFound, "failure.form_missing", ["form": view.line.form])
    }
    guard let state = Self.contested(field, view.state, form), let asked = form.field(state.field)
    else {
      throw CommandFailure(
        .notFound, "resolve.no_conflict", ["record": view.line.code, "field": field])
    }
    let choice: Replica.ResolveChoice
    if let keep {
      choice = .write(keep)
    } else if let value {
      let text = try AnswerInput.text(value, of: asked)
      let context = try replica.evaluationContext(amending: true).reading
      choice = .value(
        try AnswerInput.read(
          text, FieldPath(asked.name), asked, form, context, session.catalog))
    } else {
      choice = try ask(state, asked, form, session)
    }
    let saved = try replica.resolve(record, field: state.name, keeping: choice)
    try session.show(saved, "resolve.done", ["field": asked.label(session.language)])
  }

  /// A field by its stored name, by `repeat[n].name`, or by its plain name when one such collided.
  private static func contested(
    _ name: String, _ state: RecordState, _ form: Form
  ) -> FieldState? {
    if let exact = state[name], exact.isContested { return exact }
    if let path = FieldName.path(name, form) {
      guard let repeatName = path.repeatName else {
        return state[path.name].flatMap { $0.isContested ? $0 : nil }
      }
      guard let repeated = state.repeats.first(where: { $0.name == repeatName }),
        repeated.instances.indices.contains(path.instance),
        let found = repeated.instances[path.instance][path.name], found.isContested
      else { return nil }
      return found
    }
    let found = state.conflicts.filter { $0.field == name }
    return found.count == 1 ? found[0] : nil
  }

  /// Shows what collided and lets a person pick one.
  private func ask(
    _ state: FieldState, _ field: Field, _ form: Form, _ session: Session
  ) throws -> Replica.ResolveChoice {
    let texts = AnswerText(form: form, catalog: session.catalog)
    let sides = state.conflict?.sides ?? []
    var prompt = SelectOnePrompt(
      Console.Question(field.label(session.language), isRequired: true, catalog: session.catalog),
      choices: sides.map { side in
        Console.Choice(
          code: side.writes[0].hash.hex,
          label: texts.text(side.value, field) + "  (\(side.writes[0].origin.hex.prefix(12)))")
      })
    guard case .answered(.choice(let hash)) = try session.ask(&prompt) else {
      throw CommandFailure(.refused, "failure.cancelled", next: "failure.cancelled.next")
    }
    return .write(hash)
  }
}
