import Console
import Forms
import Glibc
import SyncCore

/// The lines of a JSON Lines or CSV file as answers to one form.
struct ImportSource {
  struct Line {
    let number: Int
    let answers: Answers
  }

  struct Batch {
    var lines: [Line] = []
    var refused: [ImportReport.Refused] = []
  }

  private enum Records {
    case json(lines: [ArraySlice<UInt8>])
    case csv([CSVReader.Record], Header)
  }

  private let records: Records
  private let form: Form
  private let context: ReadingContext
  private var at = 0

  private static let linesMax = 1_000_000

  /// JSON Lines when the file is named so or begins with `{`; else CSV.
  init(_ bytes: [UInt8], name: String, form: Form, context: ReadingContext) throws {
    self.form = form
    self.context = context
    let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    let isJSON =
      name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson")
      || !name.hasSuffix(".csv") && first == UInt8(ascii: "{")
    guard isJSON else {
      var reader = try CSVReader(bytes)
      guard let head = try reader.next() else {
        throw CommandFailure(.inputInvalid, "import.empty")
      }
      let header = try Header(head.cells, form)
      var rows: [CSVReader.Record] = []
      while let row = try reader.next() { rows.append(row) }
      records = .csv(rows, header)
      return
    }
    let lines = Self.lines(bytes)
    guard lines.count <= Self.linesMax else {
      throw CommandFailure(.inputInvalid, "import.too_many", ["maximum": "\(Self.linesMax)"])
    }
    records = .json(lines: lines)
  }

  /// What `split` gives, which looks at every byte by itself.
  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    bytes.withUnsafeBytes { memory in
      while start < memory.count,
        let found = memchr(memory.baseAddress! + start, 0x0A, memory.count - start)
      {
        let end = UnsafeRawPointer(found) - memory.baseAddress!
        lines.append(bytes[start..<end])
        start = end + 1
      }
    }
    lines.append(bytes[start...])
    return lines
  }

  var lineCount: Int {
    switch records {
    case .json(let lines): lines.count
    case .csv(let rows, _): rows.count
    }
  }

  /// The next lines, some of which may be refused already; nil at the end.
  mutating func next(_ count: Int) throws -> Batch? {
    guard at < lineCount else { return nil }
    let range = at..<min(at + count, lineCount)
    at = range.upperBound
    var batch = Batch()
    for index in range {
      switch records {
      case .json(let lines): read(json: lines[index], number: index + 1, &batch)
      case .csv(let rows, let header): read(csv: rows[index], header, &batch)
      }
    }
    return batch
  }

  private func read(json line: ArraySlice<UInt8>, number: Int, _ batch: inout Batch) {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return }
    do {
      let value = try JSONParser.parse(
        Array(line), limits: JSONLimits(bytesMax: 1 << 20, valuesMax: 20_000), firstLine: number)
      guard let read = AnswerJSON.read(value, form, context) else {
        batch.refused.append(
          .init(line: number, code: "object", message: Message("json.not_an_object")))
        return
      }
      take(read.answers, read.findings, number, &batch)
    } catch {
      batch.refused.append(.init(line: number, code: error.code.rawValue, message: error.message))
    }
  }

  private func read(csv row: CSVReader.Record, _ header: Header, _ batch: inout Batch) {
    guard row.cells.count <= header.columns.count else {
      batch.refused.append(
        .init(line: row.line, code: "cells", message: Message("import.too_many_cells")))
      return
    }
    var answers = Answers()
    var findings: [Finding] = []
    for (cell, column) in zip(row.cells, header.columns) where !cell.isEmpty {
      switch column {
      case .ignored: break
      case .answer(let path, let field):
        switch form.parseAnswer(field, CSVWriter.unprotect(cell), context, at: path) {
        case .success(let answer): answers[path] = answer
        case .failure(let finding): findings.append(finding)
        }
      case .instances(let name):
        guard let value = try? JSONParser.parse(Array(CSVWriter.unprotect(cell).utf8)) else {
          batch.refused.append(
            .init(
              line: row.line, code: "instances",
              message: Message("import.instances", ["field": name])))
          return
        }
        let read = form.parseAnswers([name: AnswerJSON.raw(value)], context)
        answers.repeats[name] = read.answers.repeats[name]
        findings += read.findings
      }
    }
    take(answers, findings, row.line, &batch)
  }

  private func take(
    _ answers: Answers, _ findings: [Finding], _ number: Int, _ batch: inout Batch
  ) {
    if findings.isEmpty {
      batch.lines.append(Line(number: number, answers: answers))
    } else {
      batch.refused += findings.map { .init(line: number, finding: $0) }
    }
  }

  /// What each column of a CSV file is.
  enum Column {
    /// Something that an export adds beside the answers.
    case ignored
    case answer(FieldPath, Field)
    /// A repeat as one cell of JSON, as an export writes it.
    case instances(String)
  }

  struct Header {
    let columns: [Column]

    init(_ cells: [String], _ form: Form) throws(CommandFailure) {
      var columns: [Column] = []
      var seen: Set<String> = []
      for cell in cells {
        let column: Column
        if let path = FieldName.path(cell, form), let field = form.field(path.name) {
          column = .answer(path, field)
        } else if form.field(cell)?.type == .repeat {
          column = .instances(cell)
        } else if ExportColumns.own.contains(cell) {
          column = .ignored
        } else {
          throw CommandFailure(
            .inputInvalid, "failure.field_missing", ["form": form.name, "field": cell])
        }
        guard seen.insert(cell).inserted else {
          throw CommandFailure(.inputInvalid, "import.column_twice", ["field": cell])
        }
        columns.append(column)
      }
      self.columns = columns
    }
  }
}
