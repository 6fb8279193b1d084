import Forms
import SyncCore

@testable import Console

let transferTargets = [
  Target(name: "json") { input in
    let limits = JSONLimits(bytesMax: 1 << 16, valuesMax: 1_000)
    guard let value = try? JSONParser.parse(input, limits: limits) else { return false }
    let line = Array(value.line.utf8)
    check((try? JSONParser.parse(line)) == value, "what was read is written as something else")
    checkRoundTrip(Array((try? JSONParser.parse(line))?.line.utf8 ?? "".utf8), line, "JSON line")
    return true
  },

  Target(name: "csv") { input in
    guard var reader = try? CSVReader(input, limits: csvLimits) else { return false }
    var records: [[String]] = []
    var isWhole = true
    do {
      while let record = try reader.next() { records.append(record.cells) }
    } catch { isWhole = false }
    // What an export writes, a spreadsheet and an import read again. A header stands before it.
    for cells in records where cells != [""] {
      let written = CSVWriter.record(["_record"]) + CSVWriter.record(cells)
      let again = record(2, of: Array(written.utf8))?.map(CSVWriter.unprotect)
      checkRoundTrip(
        Array((again ?? []).joined(separator: "\u{1}").utf8),
        cells.joined(separator: "\u{1}").utf8, "CSV record")
    }
    return isWhole && !records.isEmpty
  },

  // A file of reports, as `yarrow import` reads it.
  Target(name: "import") { input in
    var input = Input(input)
    let name = input.byte() & 1 == 0 ? "reports.jsonl" : "reports.csv"
    let form = FormLibrary.shipped.newest("report")!
    guard
      var source = try? ImportSource(
        input.all(), name: name, form: form, context: ReadingContext(utcOffsetMinutes: 60))
    else { return false }
    var isRead = false
    while let batch = try? source.next(1_000) {
      for line in batch.lines {
        isRead = isRead || !line.answers.fields.isEmpty
        _ = form.evaluate(line.answers, context)
        let written = AnswerJSON.draft(line.answers, form)
        let again = AnswerJSON.answers(draft: written, form, ReadingContext())
        check(
          AnswerJSON.draft(again, form) == written,
          "answers that were read are written as others: \(written.hex)")
      }
      for refusal in batch.refused { _ = refusal.code }
    }
    return isRead
  },
]

private let csvLimits = CSVLimits(bytesMax: 1 << 16, recordsMax: 500, cellsMax: 200)
private let context = EvaluationContext(
  today: CivilDate(year: 2026, month: 2, day: 28)!, now: Instant(seconds: 1_772_236_800))

private func record(_ place: Int, of bytes: [UInt8]) -> [String]? {
  guard var reader = try? CSVReader(bytes, limits: csvLimits, separator: ",") else { return nil }
  for _ in 1..<place { guard (try? reader.next()) != nil else { return nil } }
  return (try? reader.next())?.cells
}
