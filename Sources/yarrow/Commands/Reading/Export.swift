import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct Export: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: help("help.yarrow.export"))

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv
  }

  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.format")))
  var format = Format.jsonl
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.form")))
  var form: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.classes")))
  var classes: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.reason")))
  var reason: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.out"))) var out: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let classes = try requested()
    if let reason { try Reason.check(reason) }
    guard reason != nil || classes.isSubset(of: ExportRequest.freeClasses) else {
      throw CommandFailure(.usage, "failure.reason_missing")
    }
    let replica = try session.open()
    var request = ExportRequest(form: form, classes: classes, reason: reason)
    if let form { _ = try session.form(form, in: replica) }
    var fields: [Field] = []
    if format == .csv {
      let form = try self.form ?? onlyForm(replica)
      request.form = form
      fields = ExportColumns.fields(try session.form(form, in: replica), classes)
    }
    let isWhole = try session.noteGathering(replica)
    let sink = try ExportSink(out, session)
    let bar = ProgressBar("progress.export", catalog: session.catalog)
    defer { bar.finish() }
    if format == .csv { try sink.write(CSVWriter.record(ExportColumns.header(fields))) }
    var done = 0
    let count = try replica.export(request) { record in
      try sink.write(
        format == .csv
          ? CSVWriter.record(ExportColumns.cells(record, fields))
          : ExportColumns.json(record).line + "\n")
      done += 1
      bar.update(done: done, total: nil)
    }
    bar.finish()
    try sink.finish(count, classes, isWhole: isWhole)
  }

  private func requested() throws -> Set<SensitivityClass> {
    guard let classes else { return ExportRequest.freeClasses }
    return Set(
      try classes.split(whereSeparator: { $0 == "," || $0 == " " }).map { name in
        guard let part = SensitivityClass(name: String(name)) else {
          throw CommandFailure(.usage, "failure.class_unknown", ["class": String(name)])
        }
        return part
      })
  }

  /// A CSV file has the columns of one form.
  private func onlyForm(_ replica: Replica) throws -> String {
    let forms = try replica.recordedForms()
    guard forms.count <= 1 else {
      throw CommandFailure(.usage, "export.csv_form", ["forms": forms.joined(separator: ", ")])
    }
    guard let form = forms.first else { throw CommandFailure(.notFound, "list.none") }
    return form
  }
}

/// A new file, or stdout.
private final class ExportSink {
  private let file: OutputFile?
  private let stream: ResultStream
  private let session: Session
  private let escapes: Bool

  init(_ path: String?, _ session: Session) throws {
    self.session = session
    file = try path.map { try OutputFile($0) }
    stream = session.output.stream()
    escapes = path == nil && session.output.isTerminal
  }

  func write(_ text: String) throws {
    if let file { return try file.write(text) }
    // A pipe gets what was recorded; a terminal is not steered by it.
    try stream.raw(escapes ? SafeText.escape(text, newlines: .keep) : text)
  }

  func finish(_ records: Int, _ classes: Set<SensitivityClass>, isWhole: Bool) throws {
    guard let file else {
      try stream.finish()
      return session.output.note("export.plaintext_output")
    }
    try file.finish()
    session.output.note("export.plaintext", ["path": file.path])
    try session.output.result(
      [
        "records": .integer(records), "file": .string(file.path), "encrypted": false,
        "classes": .strings(classes.sorted().map(\.name)), "whole": .bool(isWhole),
      ], text: [session.catalog.text("export.done", ["path": file.path])])
  }
}
