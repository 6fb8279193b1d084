import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct Show: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: help("help.yarrow.show"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.history")))
  var history = false
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.raw"))) var raw = false
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let view = try replica.show(record)
    let files = try replica.attachments(of: record)
    if session.output.isJSON {
      return try session.output.result(RecordJSON(view, files).value, text: [])
    }
    var page = RecordPage(
      view, files, session.catalog, isRaw: raw && !session.output.isTerminal)
    page.showsHistory = history
    if session.output.isTerminal, let screen = TerminalScreen(catalog: session.catalog) {
      defer { screen.leave() }
      var prompt = PagePrompt(page.lines)
      _ = screen.ask(&prompt)
    } else {
      try session.output.result(.null, text: page.lines.map(\.text))
    }
  }
}

/// One record for programs.
struct RecordJSON {
  private let view: RecordView
  private let files: [AttachmentLine]

  init(_ view: RecordView, _ files: [AttachmentLine]) {
    self.view = view
    self.files = files
  }

  var value: JSONValue {
    let line = view.line
    let fields = view.form.map { AnswerJSON.object(view.state.answers($0), $0) } ?? .object([])
    return [
      "record": .string(line.record.hex), "code": .string(line.code), "form": .string(line.form),
      "area": .string(line.area), "fields": fields,
      "attachments": .array(files.map(AttachmentJSON.value)),
      "conflicts": .array(view.state.conflicts.map { ConflictJSON.value(line.record, $0) }),
      "state": .string(line.state.rawValue), "received": .bool(line.isReceived),
      "withdrawn": .bool(line.isWithdrawn), "unopened": .integer(line.unopened),
      "entries": .array(view.changes.map(entry)),
    ]
  }

  private func entry(_ change: RecordView.Change) -> JSONValue {
    let envelope = change.entry.envelope
    return [
      "origin": .string(envelope.origin.hex), "seq": .integer(envelope.seq),
      "hash": .string(change.entry.hash.hex), "kind": .string(envelope.kind.name),
      "claimed": .integer(envelope.claimed),
      "proven_by": change.provenBy.map { .integer($0) } ?? .null, "own": .bool(change.isOwn),
      "received": .bool(change.isReceived), "held": .optional(change.held),
    ]
  }
}

/// One record for a person: each answer with its label, what collided, every change.
struct RecordPage {
  private let view: RecordView
  private let files: [AttachmentLine]
  private let catalog: Catalog
  private let isRaw: Bool
  var showsHistory = false

  init(_ view: RecordView, _ files: [AttachmentLine], _ catalog: Catalog, isRaw: Bool) {
    self.view = view
    self.files = files
    self.catalog = catalog
    self.isRaw = isRaw
  }

  var lines: [Frame.Line] {
    var lines = head + answers + conflicts
    if showsHistory { lines += history }
    return lines
  }

  private var language: String { catalog.language.code }

  private func safe(_ text: String) -> String {
    isRaw ? text : SafeText.escape(text, newlines: .keep)
  }

  private func line(_ text: String, _ style: Frame.Style = .plain) -> Frame.Line {
    Frame.Line(safe(text), style)
  }

  private var head: [Frame.Line] {
    let record = view.line
    let title = view.form?.title(language) ?? record.form
    var state = catalog.text("state.\(record.state.rawValue)")
    if record.isWithdrawn { state += ", " + catalog.text("state.withdrawn") }
    var lines = [
      line("\(title) \(record.code)", .strong), line("\(record.area) · \(state)", .faint),
    ]
    if record.unopened > 0 {
      lines.append(
        Frame.Line(catalog.text("show.unopened", ["count": "\(record.unopened)"]), .faint))
    }
    return lines + [Frame.Line("")]
  }

  private var answers: [Frame.Line] {
    guard let form = view.form else {
      return [Frame.Line(catalog.text("failure.form_missing", ["form": view.line.form]))]
    }
    let texts = AnswerText(form: form, catalog: catalog)
    var lines: [Frame.Line] = []
    for field in form.fields where field.repeat == nil && field.type.holdsAnswer {
      guard let state = view.state[field.name] else { continue }
      lines += text(of: state, field, texts, indent: "")
    }
    for repeated in view.state.repeats {
      let label = form.field(repeated.name)?.label(language) ?? repeated.name
      for (number, instance) in repeated.instances.enumerated() {
        lines.append(line("\(label) \(number + 1)", .strong))
        for state in instance.fields {
          guard let field = form.field(state.field) else { continue }
          lines += text(of: state, field, texts, indent: "  ")
        }
      }
    }
    return lines
  }

  private func text(
    of state: FieldState, _ field: Field, _ texts: AnswerText, indent: String
  ) -> [Frame.Line] {
    var label = indent + field.label(language)
    if !"?؟".contains(label.last ?? " ") { label += ":" }
    // Every note, in causal order; otherwise the one answer that is shown.
    if state.policy == .append {
      return state.remaining.filter { $0.value != .cleared }.map { [label] in
        line("\(label) \(texts.text($0.value, field))")
      }
    }
    guard let answer = state.answer else { return [] }
    var mark = state.isContested ? " " + catalog.text("show.contested") : ""
    // Whether the file itself is here, and at the hub.
    if let file = files.first(where: {
      $0.field == state.name && answer == .value(.text($0.descriptor.description))
    }) {
      mark += " · " + AttachmentLineText(catalog).state(file)
    }
    return [line("\(label) \(texts.text(answer, field))\(mark)")]
  }

  private var conflicts: [Frame.Line] {
    guard let form = view.form, !view.state.conflicts.isEmpty else { return [] }
    var lines = [Frame.Line(""), Frame.Line(catalog.text("show.conflicts"), .strong)]
    for state in view.state.conflicts {
      lines += ConflictText(form: form, catalog: catalog).lines(state).map { line($0) }
    }
    return lines
  }

  private var history: [Frame.Line] {
    var lines = [Frame.Line(""), Frame.Line(catalog.text("show.history"), .strong)]
    for change in view.changes {
      let envelope = change.entry.envelope
      let who =
        change.isOwn
        ? catalog.text("show.this_device") : String(envelope.origin.hex.prefix(12))
      var parts = [
        catalog.text("kind.\(envelope.kind.name)"), who,
        catalog.text("show.claimed", ["time": AnswerText.moment(envelope.claimed, catalog)]),
      ]
      if let proven = change.provenBy {
        parts.append(
          catalog.text(
            "show.proven",
            ["time": AnswerText.moment(Int64(clamping: proven), catalog)]))
      }
      if let held = change.held { parts.append("\(catalog.text("state.quarantined")) (\(held))") }
      lines.append(line("\(change.entry.hash.hex.prefix(12))  " + parts.joined(separator: " · ")))
    }
    return lines
  }
}
