import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct FormsCommand: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "forms", abstract: help("help.yarrow.forms"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.form"))) var form: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    guard let form else { return try list(replica, session) }
    let found = try session.form(form, in: replica)
    let areas = try replica.evaluationContext(amending: false).areas
    try session.output.result(
      json(found, areas, session.language), text: text(found, areas, session))
  }

  private func list(_ replica: Replica, _ session: Session) throws {
    let catalog = try replica.forms()
    var table = TextTable()
    for name in catalog.names {
      guard let form = catalog.readable(name) else { continue }
      let title = form.title(session.language)
      if session.output.isJSON {
        try session.output.result(
          [
            "form": .string(name), "version": .integer(form.version), "title": .string(title),
            "parent": .optional(form.parent),
          ], text: [])
      }
      table.append([name, title])
    }
    if !session.output.isJSON {
      try session.output.result(.null, text: table.lines(width: session.output.columns))
    }
  }

  // MARK: One form

  private func json(_ form: Form, _ areas: Forms.ChoiceList?, _ language: String) -> JSONValue {
    [
      "form": .string(form.name), "version": .integer(form.version),
      "title": .string(form.title(language)), "parent": .optional(form.parent),
      "fields": .array(form.fields.map { self.json($0, form, areas, language) }),
    ]
  }

  private func json(
    _ field: Field, _ form: Form, _ areas: Forms.ChoiceList?, _ language: String
  ) -> JSONValue {
    [
      "name": .string(field.name), "type": .string(field.type.rawValue),
      "class": .string(field.sensitivity.name), "merge": .string(field.merge.rawValue),
      "required": required(field), "relevant": .optional(field.relevantSource),
      "constraint": .optional(field.constraintSource),
      "choices": choices(field, form, areas).map { list in
        .array(
          list.map { ["code": .string($0.code), "label": .string($0.label(language))] })
      } ?? .null,
      "label": .string(field.label(language)), "hint": .optional(field.hint(language)),
      "repeat": .optional(field.repeat.map { form.fields[$0].name }),
    ]
  }

  /// True, false, or the expression that decides.
  private func required(_ field: Field) -> JSONValue {
    switch field.requiredSource {
    case "true": true
    case "false": false
    case let expression: .string(expression)
    }
  }

  private func choices(
    _ field: Field, _ form: Form, _ areas: Forms.ChoiceList?
  ) -> [Forms.Choice]? {
    guard let name = field.choices else { return nil }
    return field.choosesArea ? areas?.choices : form.list(name)?.choices
  }

  private func text(
    _ form: Form, _ areas: Forms.ChoiceList?, _ session: Session
  ) -> [String] {
    var lines = [SafeText.escape("\(form.title(session.language)) (\(form.name) \(form.version))")]
    var table = TextTable()
    for field in form.fields where field.type != .note {
      let inside = field.repeat.map { $0 == field.index ? "" : form.fields[$0].name + "." } ?? ""
      var kind = field.type.rawValue
      if field.type.isContainer { kind = "[\(kind)]" }
      table.append([
        "  " + inside + field.name, kind,
        field.type.holdsAnswer ? field.sensitivity.name : "",
        field.requiredSource == "false" ? "" : "*", field.label(session.language),
      ])
    }
    lines += table.lines(width: session.output.columns)
    return lines
  }
}

extension Form {
  /// The form whose records this form's records belong to.
  var parent: String? {
    if case .child(let parent, _) = place { parent } else { nil }
  }
}
