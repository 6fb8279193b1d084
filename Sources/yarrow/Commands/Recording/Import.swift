import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

struct Import: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: help("help.yarrow.import"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.file"))) var file: String
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.form"))) var form: String
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.dry_run")))
  var dryRun = false
  @OptionGroup var console: ConsoleOptions

  /// One transaction each. Ids and hashes are random, so a batch of any size writes nearly every page
  /// of their indexes once; a much longer one would keep others from recording for too long.
  static let linesPerBatch = 2_500

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let form = try session.form(form, in: replica)
    let context = try replica.evaluationContext(amending: false)
    let bytes = try InputFile.bytes(file, bytesMax: 256 << 20)
    // The shape of the whole file is checked before anything of it is saved.
    var source = try ImportSource(bytes, name: file, form: form, context: context.reading)
    let bar = ProgressBar("progress.import", catalog: session.catalog)
    defer { bar.finish() }
    var report = ImportReport()
    while let batch = try source.next(Self.linesPerBatch) {
      report.refused += batch.refused
      try save(batch.lines, form, replica, &report)
      bar.update(done: report.saved + report.refused.count, total: source.lineCount)
    }
    bar.finish()
    try show(report, session)
  }

  private func save(
    _ lines: [ImportSource.Line], _ form: Form, _ replica: Replica, _ report: inout ImportReport
  ) throws {
    guard !lines.isEmpty else { return }
    if dryRun {
      for line in lines {
        let findings = try replica.check(form: form.name, answers: line.answers).findings
        report.add(line.number, findings)
        if findings.isEmpty { report.saved += 1 }
      }
      return
    }
    let results = try replica.record(form: form.name, batch: lines.map(\.answers))
    for (line, result) in zip(lines, results) {
      switch result {
      case .success(let saved):
        report.saved += 1
        if let area = saved.foreignArea { report.foreignAreas[area, default: 0] += 1 }
      case .failure(let refusal): report.add(line.number, refusal.findings)
      }
    }
  }

  private func show(_ report: ImportReport, _ session: Session) throws {
    let catalog = session.catalog
    let refused = report.refused.sorted { $0.line < $1.line }
    let lines = Set(refused.map(\.line)).count
    var text = refused.map {
      catalog.text(
        $0.field.isEmpty ? "import.refused_line" : "import.refused",
        ["line": "\($0.line)", "field": $0.field, "why": $0.why(session.language, catalog)])
    }
    text.append(
      catalog.text("import.done", ["saved": "\(report.saved)", "refused": "\(lines)"]))
    if dryRun { text.append(catalog.text("import.dry_run")) }
    try session.output.result(
      [
        "saved": .integer(dryRun ? 0 : report.saved),
        "would_save": dryRun ? .integer(report.saved) : .null,
        "refused": .array(
          refused.map {
            [
              "line": .integer($0.line), "field": .string($0.field),
              "why": .string($0.why(session.language, catalog)), "code": .string($0.code),
            ]
          }),
      ], text: text)
    for (area, count) in report.foreignAreas.sorted(by: { $0.key < $1.key }) {
      session.output.note("import.foreign_area", ["area": area, "count": "\(count)"])
    }
    guard refused.isEmpty else {
      throw CommandFailure(
        .inputInvalid, Message("import.some_refused", ["count": "\(lines)"]),
        next: Message("import.some_refused.next"))
    }
  }
}
