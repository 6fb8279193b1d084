import Testing

@testable import Console

struct CSVTests {
  private func rows(_ text: String, _ limits: CSVLimits = CSVLimits()) throws -> [CSVReader.Record]
  {
    var reader = try CSVReader(Array(text.utf8), limits: limits)
    var out: [CSVReader.Record] = []
    while let row = try reader.next() { out.append(row) }
    return out
  }

  @Test func `quoted breaks, doubled quotes, a byte order mark and both line ends are read`() throws
  {
    let read = try rows("\u{FEFF}a,b\r\n\"x\r\ny\",\"say \"\"no\"\"\"\n,\n\nlast,1")
    #expect(
      read.map(\.cells) == [["a", "b"], ["x\r\ny", "say \"no\""], ["", ""], ["last", "1"]])
    #expect(read.map(\.line) == [1, 2, 4, 6])
  }

  @Test func `a spreadsheet set to French writes semicolons, and is read`() throws {
    #expect(try rows("nom;âge\nA;3,5\n").map(\.cells) == [["nom", "âge"], ["A", "3,5"]])
  }

  @Test(arguments: [
    ("a\n\"b", CSVFailure.Code.quoteNotClosed, 2), ("a\nb\"c", .strayQuote, 2),
    ("\"a\"b", .strayQuote, 1), ("a\rb", .strayCarriageReturn, 1), ("a,b,c,d", .tooManyCells, 1),
    ("a\nb\nc\nd", .tooManyRecords, 4), ("abcdefghi", .cellTooLarge, 1),
    ("\"abcdefghi\"", .cellTooLarge, 1), (String(repeating: "a\n", count: 40), .tooLarge, 1),
  ])
  func `damage and excess are refused with their line`(
    text: String, code: CSVFailure.Code, line: Int
  ) {
    let limits = CSVLimits(bytesMax: 64, recordsMax: 3, cellsMax: 3, cellBytesMax: 8)
    #expect(throws: CSVFailure(code: code, line: line)) { try rows(text, limits) }
  }

  @Test func `no cell is a formula, and every cell comes back`() throws {
    let cells = [
      "=1+1", "+49", "-3", "@x", "\ttab", "\rret", "＝full", "'=quoted", "plain", "a,b", "q\"q",
      "", "'", "it's", "two\nlines", "=\u{301}",
    ]
    let written = CSVWriter.record(cells)
    let read = try rows(written)
    #expect(read.count == 1)
    for (cell, back) in zip(cells, read[0].cells) {
      let first = back.unicodeScalars.first
      #expect(!"=+-@\t\r\n＝".unicodeScalars.contains(where: { $0 == first }), "\(back)")
      #expect(CSVWriter.unprotect(back) == cell)
    }
  }
}
