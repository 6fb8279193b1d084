import Testing

@testable import Forms

/// How data lies in a PDF file: numbers, words, filters, rows.
@Suite struct PDFCodingTests {
  private func tokens(_ text: String) throws -> [PDFLexer.Token] {
    var lexer = PDFLexer(Array(text.utf8))
    var tokens: [PDFLexer.Token] = []
    while true {
      let token = try lexer.next()
      if token == .end { return tokens }
      tokens.append(token)
    }
  }

  @Test(arguments: [
    ("1", "1"), ("+1", "1"), ("-1", "-1"), ("007", "7"), ("1.", "1"), ("1.50", "1.5"),
    (".5", "0.5"),
    ("-.5", "-0.5"), ("-0", "0"), ("-0.000", "0"), ("100", "100"), ("0.0010", "0.001"),
  ])
  func `a number is written in one way`(_ text: String, _ wanted: String) throws {
    let number = try PDFNumber(Array(text.utf8)[...])
    #expect(number.text == wanted)
    #expect(number.negated.negated == number)
    #expect(try PDFNumber(Array(number.negated.text.utf8)[...]) == number.negated)
  }

  @Test(arguments: ["", "+", ".", "1.2.3", "--1", "1-2", "1e3", "0x1", "1a"])
  func `what is no number is refused`(_ text: String) {
    #expect(throws: MediaFault.damaged) { try PDFNumber(Array(text.utf8)[...]) }
  }

  @Test func `strings and names are read however they are written`() throws {
    #expect(
      try tokens(#"(a\(b\)(c)\\ \101\7\12\n)(a\"# + "\r\nb\r\nc)") == [
        .string(Array("a(b)(c)\\ A\u{7}\n\n".utf8)), .string(Array("ab\nc".utf8)),
      ])
    #expect(
      try tokens("<4a 4B4>/A#42c#x/#C3%remark\n/ T*") == [
        .string([0x4A, 0x4B, 0x40]), .name("ABc#x"), .name("\u{C3}"), .name(""), .word("T*"),
      ])
    for broken in ["(", "<4", "<4g>", ">", ")", "(\\"] {
      #expect(throws: MediaFault.damaged) { try self.tokens(broken) }
    }
    var written: [UInt8] = []
    PDFWriter.append(
      .array([.name("A B#\u{C3}"), .string(Array("a(\\)".utf8)), .string([0x41, 9])]), to: &written)
    #expect(String(decoding: written, as: UTF8.self) == #"[/A#20B#23#C3 (a\(\\\)) <4109>]"#)
  }

  @Test func `a reference is two numbers and a letter, and nothing less`() throws {
    var parser = PDFParser(PDFLexer(Array("[1 2 R 3 4 5 R 6 7]".utf8)), valuesLeft: 99)
    let object = try parser.object()
    let reference = { PDFObject.reference(PDFReference(number: $0, generation: $1)) }
    #expect(
      object == .array([reference(1, 2), .integer(3), reference(4, 5), .integer(6), .integer(7)]))
  }

  @Test func `the codings of the first years are undone, up to their end`() throws {
    let max = 99
    #expect(try PDFOldFilters.hexadecimal(Array("4 14>zz".utf8)[...], max: max) == [0x41, 0x40])
    #expect(
      try PDFOldFilters.base85(Array("87cURz~>behind".utf8)[...], max: max)
        == Array("Hell\0\0\0\0".utf8))
    #expect(try PDFOldFilters.base85(Array("87cURDZ~>".utf8)[...], max: max) == Array("Hello".utf8))
    #expect(
      try PDFOldFilters.runLength([2, 1, 2, 3, 254, 9, 128, 7], max: max) == [1, 2, 3, 9, 9, 9])
    let lzw: [UInt8] = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01, 0x41]
    #expect(
      try PDFOldFilters.lzw(lzw[...], isEarly: true, max: max)
        == [45, 45, 45, 45, 45, 65, 45, 45, 45, 66])
    // One that names the string that it makes.
    #expect(
      try PDFOldFilters.lzw(codes([256, 65, 258, 257])[...], isEarly: true, max: max)
        == [65, 65, 65])
  }

  @Test func `codes of more bits are read from where they begin`() throws {
    for isEarly in [true, false] {
      // Each code but the first makes a string; every byte is a code of its own.
      let bytes = (0..<5_000).map { UInt8($0 % 251) }
      var all = [256] + bytes.map(Int.init)
      all.append(257)
      let coded = codes(all, isEarly: isEarly)
      #expect(try PDFOldFilters.lzw(coded[...], isEarly: isEarly, max: 5_000) == bytes)
      #expect(throws: MediaFault.unusual) {
        try PDFOldFilters.lzw(coded[...], isEarly: isEarly, max: 4_999)
      }
    }
  }

  private func codes(_ codes: [Int], isEarly: Bool = true) -> [UInt8] {
    var bits: [Bool] = []
    var strings = 0
    var width = 9
    for (index, code) in codes.enumerated() {
      for bit in (0..<width).reversed() { bits.append(code >> bit & 1 == 1) }
      if index > 1, code != 257 { strings = min(strings + 1, 4_096 - 258) }
      let next = strings + 258 + (isEarly ? 1 : 0)
      width = next >= 2_048 ? 12 : next >= 1_024 ? 11 : next >= 512 ? 10 : 9
    }
    while bits.count % 8 != 0 { bits.append(false) }
    return stride(from: 0, to: bits.count, by: 8).map { at in
      bits[at..<(at + 8)].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
    }
  }

  @Test func `codings that break their rules are refused, and those that come to too much`() {
    func fault(_ run: () throws -> [UInt8]) -> MediaFault? {
      do {
        _ = try run()
        return nil
      } catch { return error as? MediaFault }
    }
    let zeros = try! Flate.compress([UInt8](repeating: 0, count: 1_000)[...])
    #expect(fault { try Flate.expand(zeros[...], max: 1_000) } == nil)
    #expect(fault { try Flate.expand(zeros[...], max: 999) } == .unusual)
    #expect(fault { try Flate.expand(zeros.dropLast(), max: 1_000) } == .damaged)
    #expect(fault { try Flate.expand([], max: 1_000) } == .damaged)
    #expect(fault { try PDFOldFilters.hexadecimal(Array("4142".utf8)[...], max: 1) } == .unusual)
    #expect(fault { try PDFOldFilters.hexadecimal(Array("4x".utf8)[...], max: 9) } == .damaged)
    #expect(fault { try PDFOldFilters.base85(Array("zz".utf8)[...], max: 7) } == .unusual)
    #expect(fault { try PDFOldFilters.base85(Array("uuuuu".utf8)[...], max: 9) } == .damaged)
    #expect(fault { try PDFOldFilters.base85(Array("!~>".utf8)[...], max: 9) } == .damaged)
    #expect(fault { try PDFOldFilters.runLength([129, 1], max: 127) } == .unusual)
    #expect(fault { try PDFOldFilters.runLength([3, 1], max: 9) } == .damaged)
    #expect(fault { try PDFOldFilters.runLength([200], max: 9) } == .damaged)
    #expect(
      fault { try PDFOldFilters.lzw(codes([256, 300])[...], isEarly: true, max: 9) } == .damaged)
    #expect(
      fault { try PDFOldFilters.lzw(codes([256, 1, 259])[...], isEarly: true, max: 9) } == .damaged)
  }

  @Test func `a coded content is measured without what stands behind it`() throws {
    let coded = try Flate.compress([1, 2, 3])
    #expect(
      try Flate.measure((coded + [9, 9])[...], max: 3)
        == Flate.Extent(codedBytes: coded.count, bytes: 3))
  }

  @Test func `rows are undone by what stands above and to the left`() throws {
    let png = try PDFPredictor(kind: 15, colours: 1, bits: 8, columns: 3)
    let coded: [UInt8] = [
      0, 10, 20, 30, 1, 10, 10, 10, 2, 1, 1, 1, 3, 5, 5, 5, 4, 1, 2, 3,
    ]
    #expect(
      try png.undo(coded)
        == [10, 20, 30, 10, 20, 30, 11, 21, 31, 10, 20, 30, 11, 22, 33])
    #expect(throws: MediaFault.damaged) { try png.undo([5, 1, 2, 3]) }
    // As long as a row may be, of which there is one byte.
    let long = try PDFPredictor(kind: 15, colours: 32, bits: 16, columns: 1 << 20)
    #expect(try long.undo([1, 7]) == [7] && long.undo([]) == [])
    let tiff = try PDFPredictor(kind: 2, colours: 2, bits: 8, columns: 2)
    #expect(try tiff.undo([1, 2, 3, 4, 5, 6, 7, 8]) == [1, 2, 4, 6, 5, 6, 12, 14])
    #expect(throws: MediaFault.unusual) {
      try PDFPredictor(kind: 2, colours: 1, bits: 1, columns: 2)
    }
  }

  @Test func `remarks in a fax go`() throws {
    func segment(_ kind: UInt8, _ content: [UInt8], number: UInt8 = 1) -> [UInt8] {
      [0, 0, 0, number, kind, 0, 1, 0, 0, 0, UInt8(content.count)] + content
    }
    let page = segment(48, [1, 2, 3])
    let region = segment(38, [4, 5], number: 2)
    let remark = segment(62, MediaSamples.secret)
    #expect(try JBIG2.strip(page + remark + region + segment(49, []) + [10]) == page + region)
    // More references than one byte counts, and more pages than one byte numbers.
    let wide: [UInt8] = [0, 0, 0, 9, 0x46, 0xE0, 0, 0, 5, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 0, 0, 0, 0]
    #expect(try JBIG2.strip(wide + remark) == wide)
    #expect(throws: MediaFault.unusual) { try JBIG2.strip(segment(60, [])) }
    #expect(throws: MediaFault.unusual) {
      try JBIG2.strip([0, 0, 0, 1, 38, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF])
    }
    #expect(throws: MediaFault.damaged) { try JBIG2.strip(page.dropLast()) }
    #expect(throws: MediaFault.damaged) {
      try JBIG2.strip([0, 0, 0, 1, 38, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
    }
  }

  @Test func `programs that mix colours are words of a list`() throws {
    let program = Array("% \(PDFSample.secret)\n{ 1.0 exch sub {pop}\n{} ifelse } behind".utf8)
    #expect(
      String(decoding: try PDFProgram.strip(program), as: UTF8.self)
        == "{ 1 exch sub { pop } { } ifelse }")
    #expect(throws: MediaFault.unusual) { try PDFProgram.strip(Array("{ run }".utf8)) }
    for broken in ["", "1", "{", "}", "{(a)}", "{/a}"] {
      #expect(throws: MediaFault.damaged) { try PDFProgram.strip(Array(broken.utf8)) }
    }
    let deep = String(repeating: "{", count: 33)
    #expect(throws: MediaFault.unusual) { try PDFProgram.strip(Array(deep.utf8)) }
  }
}
