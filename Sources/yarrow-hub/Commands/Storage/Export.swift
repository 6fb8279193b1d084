import ArgumentParser
import Console
import Forms
import HubServer
import SyncCore

/// The operational and coded answers, which are what the hub may read. The hub logs each export.
struct ExportCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: help("help.hub.export"))

  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, csv }

  @Option(name: .long, help: help("help.hub.option.format", "format")) var format: Format = .jsonl
  @Option(name: .long, help: help("help.hub.option.form", "form")) var form: String?
  @Option(name: .long, help: help("help.option.out", "file")) var out: String?
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    // A table has the columns of one form, and --json promises nothing but JSON.
    if format == .csv, form == nil { throw CommandFailure(.usage, "hub.export_csv_form") }
    if format == .csv, session.output.isJSON, out == nil {
      throw CommandFailure(.usage, "hub.export_csv_out")
    }
    let control = try session.control()
    let rows = ExportRows(try ProgrammeRules(control))
    if let form, try rules(rows, form) == nil {
      throw CommandFailure(.notFound, "failure.form_missing", ["form": form])
    }
    let file = try out.map { try OutputFile($0) }
    let stream = session.output.stream()
    func write(_ text: String) throws {
      if let file { try file.write(text) } else { try stream.raw(text) }
    }
    if format == .csv, let form { try write(CSVWriter.record(try rows.header(form))) }
    var count = 0
    try control.send(.export(form: form, format: format.rawValue)) { line in
      switch line {
      case .record(let record):
        switch format {
        case .jsonl: try write(try rows.json(record).line + "\n")
        case .csv: try write(CSVWriter.record(try rows.cells(record)))
        }
      case .exported(let records): count = records
      default: throw session.unexpectedAnswer
      }
    }
    guard let file else { return try stream.finish() }
    try file.finish()
    try session.output.result(
      ["file": .string(file.path), "records": .integer(count)],
      text: [session.catalog.text("export.done", ["path": file.path])])
    session.output.note("export.plaintext", ["path": file.path])
  }

  private func rules(_ rows: ExportRows, _ name: String) throws -> Form? { try rows.form(name) }
}

/// Records as JSON objects and as the rows of a form's table.
final class ExportRows {
  private let rules: ProgrammeRules
  private var parsed: [String: Form?] = [:]

  init(_ rules: ProgrammeRules) { self.rules = rules }

  func form(_ name: String) throws -> Form? {
    if let known = parsed[name] { return known }
    let form = try rules.form(name)
    parsed[name] = form
    return form
  }

  /// An answer is a text; a set of codes is a list, whatever its size.
  func json(_ record: ExportReport) throws -> JSONValue {
    let form = try form(record.form)
    let fields = record.fields.sorted { $0.key < $1.key }.map { name, values in
      JSONValue.Member(name, Self.value(name, values, form))
    }
    return [
      "record": .string(record.record), "code": .string(record.code),
      "form": .string(record.form), "area": .string(record.area),
      "withdrawn": .bool(record.isWithdrawn), "conflicts": .strings(record.conflicts),
      "fields": .object(fields),
    ]
  }

  private static func value(_ name: String, _ values: [String], _ form: Form?) -> JSONValue {
    // Inside a repeat: `repeat#n.field`.
    let field = name.split(separator: ".").last.map(String.init) ?? name
    if form?.field(field)?.type == .selectMultiple || values.count != 1 {
      return .strings(values)
    }
    return .string(values[0])
  }

  private static let fixed = ["record", "code", "area", "withdrawn", "conflicts"]

  /// Columns: what every record has, the form's answers outside repeats that a hub may read, and
  /// one for everything inside repeats.
  func header(_ name: String) throws -> [String] {
    Self.fixed + (try columns(name)) + ["repeats"]
  }

  private func columns(_ name: String) throws -> [String] {
    (try form(name)?.fields ?? []).filter {
      $0.type.holdsAnswer && $0.repeat == nil && $0.sensitivity <= .coded
    }.map(\.name)
  }

  func cells(_ record: ExportReport) throws -> [String] {
    let columns = try columns(record.form)
    let form = try form(record.form)
    let inRepeats = record.fields.filter { !columns.contains($0.key) }.sorted { $0.key < $1.key }
    let rest = inRepeats.map { JSONValue.Member($0.key, Self.value($0.key, $0.value, form)) }
    return [
      record.record, record.code, record.area, "\(record.isWithdrawn)",
      record.conflicts.joined(separator: " "),
    ] + columns.map { record.fields[$0]?.joined(separator: " ") ?? "" }
      + [rest.isEmpty ? "" : JSONValue.object(rest).line]
  }
}
