import Testing

@testable import Forms

/// Files that were made to break their reader, and the codings of what is in them.
@Suite struct PDFHostileTests {
  typealias Sample = PDFSample

  private func code(_ sample: PDFSample) -> MediaError.Code? { refusal(of: sample.bytes) }

  private func changed(_ old: String, to new: String, _ sample: PDFSample = .page("f")) throws
    -> MediaError.Code?
  {
    var bytes = sample.bytes
    let run = Array(old.utf8)
    let at = try #require(bytes.indices.last { bytes[$0...].starts(with: run) })
    bytes.replaceSubrange(at..<(at + run.count), with: Array(new.utf8))
    return refusal(of: bytes)
  }

  @Test func `a place that leads nowhere is not followed`() throws {
    let start = try #require(
      String(decoding: PDFSample.page("f").bytes, as: UTF8.self)
        .firstMatch(of: #/startxref\n(\d+)/#)?.1)
    #expect(try changed("startxref\n\(start)", to: "startxref\n\(start)") == nil)
    for wrong in ["-1", "0", "9999", "9223372036854775807", "99999999999999999999999", "x", ""] {
      #expect(try changed("startxref\n\(start)", to: "startxref\n\(wrong)") == .damaged)
    }
    #expect(try changed("startxref", to: "starthere") == .damaged)
    #expect(try changed("xref\n0 1", to: "xref\n8388607 9") == .damaged)
    #expect(try changed("xref\n0 1", to: "xref\n0 9223372036854775807") == .damaged)
    #expect(try changed("xref\n0 1", to: "xref\n-1 1") == .damaged)
    #expect(try changed("0000000000 65535 f", to: "0000000000 65535 x") == .damaged)
    #expect(try changed("4 0 obj", to: "5 0 obj") == .damaged)
    #expect(try changed("4 0 obj", to: "4 1 obj") == .damaged)
    #expect(try changed("00000 n \ntrailer", to: "00001 n \ntrailer") == .damaged)
  }

  @Test func `a length that lies is refused`() throws {
    for wrong in ["-1", "0", "3", "99999", "9223372036854775807", "(a)", "4 0 R", "1 0 R"] {
      #expect(try changed("/Length 1>>", to: "/Length \(wrong)>>") == .damaged, "\(wrong)")
    }
    let length = "<</Length 10 0 R>>\nstream\nf\nendstream"
    #expect(code(.page("", [4: length, 10: "1"])) == nil)
    #expect(code(.page("", [4: length, 10: "4"])) == .damaged)
    #expect(code(.page("", [4: length, 10: "(a)"])) == .damaged)
    #expect(code(.page("", [4: length])) == .damaged)
  }

  @Test func `tables that lead in a circle, or are too many, are refused`() throws {
    var sample = PDFSample.page("f")
    sample.before = [4: Sample.stream("", "n")]
    let bytes = sample.bytes
    let text = String(decoding: bytes, as: UTF8.self)
    let starts = text.matches(of: #/startxref\n(\d+)/#).compactMap { Int($0.1) }
    #expect(starts.count == 2 && refusal(of: bytes) == nil)
    #expect(try changed("/Prev \(starts[0])", to: "/Prev \(starts[1])", sample) == .damaged)
    #expect(try changed("/Prev \(starts[0])", to: "/Prev (a)", sample) == .damaged)
    // A chain of tables, each a little before the next.
    func chain(_ count: Int) -> [UInt8] {
      var bytes = PDFSample.page("f").bytes
      var last = Int(text.matches(of: #/startxref\n(\d+)/#).count)
      let own = String(decoding: bytes, as: UTF8.self).matches(of: #/startxref\n(\d+)/#)
      last = Int(own.last!.1)!
      for _ in 0..<count {
        let start = bytes.count
        bytes += Array("xref\n0 0\ntrailer\n<</Root 1 0 R /Prev \(last)>>\nstartxref\n".utf8)
        bytes += Array("\(start)\n%%EOF\n".utf8)
        last = start
      }
      return bytes
    }
    #expect(refusal(of: chain(63)) == nil)
    #expect(refusal(of: chain(64)) == .unusual)
  }

  @Test func `depth and numbers have their ends`() {
    func nested(_ depth: Int) -> PDFSample {
      .page(
        "f",
        page: "/X " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    #expect(code(nested(30)) == nil)
    #expect(code(nested(40)) == .unusual)
    #expect(code(nested(100_000)) == .unusual)
    #expect(code(.page("(" + String(repeating: "(", count: 100_000))) == .damaged)
    func deep(_ depth: Int) -> PDFSample {
      var more: [Int: String] = [2: "<</Type /Pages /Kids [100 0 R]>>"]
      for n in 0..<depth { more[100 + n] = "<</Type /Pages /Kids [\(101 + n) 0 R]>>" }
      more[100 + depth] = "<</Type /Page /MediaBox [0 0 1 1]>>"
      return .page("f", more)
    }
    #expect(code(deep(31)) == nil)
    #expect(code(deep(32)) == .unusual)
    func many(_ count: Int) -> PDFSample {
      var sample = PDFSample.page("f")
      sample.gap = ""
      let kids = (100..<(100 + count)).map { "\($0) 0 R" }.joined(separator: " ")
      sample.objects[2] = Array("<</Type /Pages /MediaBox [0 0 1 1] /Kids [\(kids)]>>".utf8)
      for n in 0..<count { sample.objects[100 + n] = Array("<</Type /Page>>".utf8) }
      return sample
    }
    #expect(code(many(4_096)) == nil)
    #expect(code(many(4_097)) == .unusual)
    #expect(code(.page(String(repeating: "q ", count: 512))) == nil)
    #expect(code(.page(String(repeating: "q ", count: 513))) == .unusual)
    #expect(code(.page(String(repeating: "1 ", count: 65) + "sc")) == .damaged)
    #expect(code(.page("1\(String(repeating: "0", count: 40)) w")) == .unusual)
  }

  @Test func `references in a circle end`() {
    #expect(code(.page("f", page: "/Group 10 0 R", [10: "11 0 R", 11: "10 0 R"])) == .damaged)
    #expect(code(.page("f", page: "/Group 10 0 R", [10: "10 0 R"])) == .damaged)
    #expect(
      code(
        .page(
          "/A cs", resources: "/ColorSpace <</A 10 0 R>>", [10: "[/Indexed 10 0 R 0 (abc)]"]))
        == .damaged)
    #expect(
      code(
        .page(
          "/A cs", resources: "/ColorSpace <</A [/Separation /B /DeviceGray 10 0 R]>>",
          [10: "<</FunctionType 3 /Functions [10 0 R]>>"])) == .damaged)
  }

  @Test func `a small file that stands for a large one is refused`() throws {
    let zeros = [UInt8](repeating: 0x20, count: 1 << 20)
    func file(_ count: Int) -> PDFSample {
      var sample = PDFSample.page("f")
      sample.objects[4] = Sample.flate("", zeros)
      let pieces = String(repeating: "4 0 R ", count: count)
      sample.objects[3] = Array(
        "<</Type /Page /MediaBox [0 0 1 1] /Contents [\(pieces)]>>".utf8)
      return sample
    }
    #expect(code(file(2)) == nil)
    #expect(code(file(65)) == .unusual)
    // Coded twice or thrice it is smaller still.
    var inner = try Flate.compress(([UInt8](repeating: 0, count: 1 << 22))[...])
    for _ in 0..<2 { inner = try Flate.compress(inner[...]) }
    let filters = String(repeating: "/FlateDecode ", count: 9)
    #expect(
      code(.page("", streams: [4: Sample.stream("/Filter [\(filters)] ", inner)])) == .damaged)
    // Samples without end, of a picture of one.
    let image = Sample.pixel + "/ColorSpace /DeviceGray "
    let picture = Sample.flate(image, zeros)
    let bomb = PDFSample.page(
      "/A Do", resources: "/XObject <</A 10 0 R>>", streams: [10: picture])
    #expect(code(bomb) == nil)
  }

  @Test func `objects that lie within one another are together not longer than the file`() {
    // Each begins in a string of the one before, and ends where the last ends.
    func file(_ count: Int) -> [UInt8] {
      var bytes = Array("%PDF-1.4\n".utf8)
      var offsets: [Int] = []
      let kids = (4..<(4 + count)).map { "\($0) 0 R" }.joined(separator: " ")
      for text in [
        "<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [3 0 R]>>",
        "<</Type /Page /MediaBox [0 0 1 1] /Annots [\(kids)]>>",
      ] {
        offsets.append(bytes.count)
        bytes += Array("\(offsets.count) 0 obj \(text) endobj\n".utf8)
      }
      for n in 4..<(4 + count) {
        offsets.append(bytes.count)
        bytes += Array("\(n) 0 obj <</Subtype /Link /A (".utf8)
      }
      for _ in 0..<count { bytes += Array(")>> endobj\n".utf8) }
      let start = bytes.count
      bytes += Array("xref\n1 \(offsets.count)\n".utf8)
      for offset in offsets {
        bytes += Array(String(repeating: "0", count: 10 - "\(offset)".count).utf8)
        bytes += Array("\(offset) 00000 n \n".utf8)
      }
      return bytes + Array("trailer <</Root 1 0 R>>\nstartxref\n\(start)\n".utf8)
    }
    #expect(refusal(of: file(1)) == nil)
    #expect(refusal(of: file(500)) == .damaged)
  }

  @Test func `objects within one another in a stream are together not longer than it`() throws {
    func file(_ count: Int) throws -> [UInt8] {
      let opening = "<</Subtype /Link /A ("
      let head = (0..<count).map { "\(10 + $0) \($0 * opening.utf8.count) " }.joined()
      let content =
        head + String(repeating: opening, count: count) + String(repeating: ")>>", count: count)
      let kids = (10..<(10 + count)).map { "\($0) 0 R" }.joined(separator: " ")
      var bytes = Array("%PDF-1.5\n".utf8)
      var rows: [[UInt8]] = []
      for object in [
        Array("<</Type /Catalog /Pages 2 0 R>>".utf8), Array("<</Type /Pages /Kids [3 0 R]>>".utf8),
        Array("<</Type /Page /MediaBox [0 0 1 1] /Annots [\(kids)]>>".utf8),
        Sample.stream(
          "/Type /ObjStm /N \(count) /First \(head.utf8.count) ", Array(content.utf8)),
      ] {
        rows.append(Sample.row(1, bytes.count, 0))
        bytes += Array("\(rows.count) 0 obj ".utf8) + object + Array(" endobj\n".utf8)
      }
      for index in 0..<count { rows.append(Sample.row(2, 4, index)) }
      let start = bytes.count
      let keys = "/Type /XRef /Root 1 0 R /Size 99 /W [1 4 2] /Index [1 4 10 \(count)] "
      bytes += Array("9 0 obj ".utf8) + Sample.stream(keys, Array(rows.joined()))
      return bytes + Array(" endobj\nstartxref\n\(start)\n".utf8)
    }
    #expect(refusal(of: try file(1)) == nil)
    #expect(refusal(of: try file(100)) == .damaged)
  }

  @Test func `a list that many ask for is not gone through for each`() {
    let nulls = "[" + String(repeating: "null ", count: 400_000) + "]"
    func pages(_ count: Int) -> PDFSample {
      let kids = (20..<(20 + count)).map { "\($0) 0 R" }.joined(separator: " ")
      var more: [Int: String] = [2: "<</Type /Pages /Kids [\(kids)]>>", 10: nulls]
      for n in 0..<count { more[20 + n] = "<</Type /Page /MediaBox [0 0 1 1] /Annots 10 0 R>>" }
      return .page("f", more)
    }
    #expect(code(pages(2)) == nil)
    #expect(code(pages(3)) == .unusual)
    func widths(_ lists: Int) -> PDFSample {
      let list = "[" + String(repeating: "1 ", count: 60_000) + "]"
      let own = String(repeating: "1 12 0 R ", count: lists)
      let font = """
        <</Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H
        /DescendantFonts [<</Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo <<>> /W [\(own)]
        /FontDescriptor <</FontName /A>>>>]>>
        """
      return .page(
        "BT /A 9 Tf (a) Tj ET", resources: "/Font <</A 11 0 R>>", [11: font, 12: list])
    }
    #expect(code(widths(2)) == nil)
    #expect(code(widths(3)) == .unusual)
    let modes = String(repeating: "/Odd ", count: 16)
    #expect(
      code(.page("/A gs", resources: "/ExtGState <</A <</BM [\(modes)/Normal]>>>>")) == .unusual)
    let masked =
      Sample.pixel + "/ColorSpace /DeviceGray /Mask [\(String(repeating: "1 ", count: 65))] "
    #expect(
      code(
        .page(
          "/A Do", resources: "/XObject <</A 10 0 R>>", streams: [10: Sample.stream(masked, [1])]))
        == .unusual)
  }

  @Test func `a stream of objects that lies is refused`() {
    var sample = PDFSample.full
    sample.isPacked = true
    for (old, new) in [
      ("/N ", "/N 9999"), ("/N ", "/N -"), ("/First ", "/First 9999"), ("/W [1 4 2]", "/W [0 0 0]"),
      ("/W [1 4 2]", "/W [9 4 2]"), ("/W [1 4 2]", "/W [1 4]"), ("/Index [", "/Index [1 "),
      ("/Index [", "/Index [9 9999999999 "), ("/Columns 7", "/Columns 0"),
      ("/Predictor 12", "/Predictor 99"), ("/Type /XRef", "/Type /XReg"),
    ] {
      #expect((try? changed(old, to: new, sample)) == .damaged, "\(new)")
    }
  }

  @Test func `no cut and no changed byte of a packed file makes the reader trap`() {
    var sample = PDFSample.page("f", page: "/Annots [5 0 R]", [5: "<</Subtype /Link>>"])
    sample.gap = ""
    sample.isPacked = true
    let bytes = sample.bytes
    #expect(refusal(of: bytes) == nil)
    for n in bytes.indices {
      _ = refusal(of: Array(bytes.prefix(n)))
      for value in [UInt8(0), 0x2F, 0x39, 0x7F, 0xFF] {
        var changed = bytes
        changed[n] = value
        _ = refusal(of: changed)
      }
    }
  }
}
