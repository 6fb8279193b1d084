import Testing

@testable import Forms

@Suite struct PDFFontTests {
  typealias Sample = PDFSample

  private static let secret = PDFSample.secret

  private func tree(_ font: String, _ more: [Int: String] = [:], streams: [Int: [UInt8]] = [:])
    throws -> PDFTree
  {
    let bytes = Self.sample(font, more, streams: streams).bytes
    let clean = try MediaStripper.strip(bytes).bytes
    #expect(try MediaStripper.strip(clean).bytes == clean)
    let tree = try #require(PDFTree(clean))
    for bytes in [tree.bytes] + tree.contents.values {
      #expect(!bytes.contains(run: MediaSamples.secret))
    }
    return tree
  }

  private static func sample(
    _ font: String, _ more: [Int: String] = [:], streams: [Int: [UInt8]] = [:]
  ) -> PDFSample {
    .page(
      "BT /A 9 Tf (a) Tj ET", resources: "/Font <</A <<\(font)>>>>", more, streams: streams)
  }

  // MARK: Programs

  static func openType(_ tables: [(String, [UInt8])], kind: [UInt8] = [0, 1, 0, 0]) -> [UInt8] {
    var font = kind
    font.append(big16: tables.count)
    font += [9, 9, 9, 9, 9, 9]
    var offset = font.count + 16 * tables.count
    for (name, content) in tables {
      font += Array(name.utf8) + [9, 9, 9, 9]
      font.append(big32: offset)
      font.append(big32: content.count)
      offset += content.count
    }
    return font + tables.flatMap(\.1)
  }

  private static let head = (0..<54).map(UInt8.init)

  @Test func `of an OpenType font the tables of letters stay`() throws {
    let font = Self.openType([
      ("name", MediaSamples.secret), ("head", Self.head), ("glyf", [1, 2, 3]),
      ("DSIG", MediaSamples.secret),
    ])
    let clean = try OpenTypeFont.strip(font + MediaSamples.secret)
    #expect(clean == (try OpenTypeFont.strip(clean)))
    var head = Self.head
    head.replaceSubrange(20..<36, with: [UInt8](repeating: 0, count: 16))
    var wanted: [UInt8] = [0, 1, 0, 0, 0, 2, 0, 32, 0, 1, 0, 0]
    wanted += Array("glyf".utf8) + [1, 2, 3, 0, 0, 0, 0, 44, 0, 0, 0, 3] + Array("head".utf8)
    #expect(clean.starts(with: wanted))
    #expect(Array(clean[44..<48]) == [1, 2, 3, 0] && clean.count == 104)
    #expect(
      Array(clean[48..<56]) == Array(head[..<8]) && Array(clean[60..<102]) == Array(head[12...]))
    // All of it together comes to the number of the format.
    var sum: UInt32 = 0
    for at in stride(from: 0, to: clean.count, by: 4) {
      sum &+= clean[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    #expect(sum == 0xB1B0_AFBA)
  }

  @Test func `an OpenType font that lies is refused`() throws {
    func fault(_ font: [UInt8]) -> MediaFault? {
      do {
        _ = try OpenTypeFont.strip(font)
        return nil
      } catch { return error }
    }
    #expect(fault(Array("ttcf".utf8)) == .unusual)
    #expect(fault([0, 1]) == .damaged)
    #expect(fault(Self.openType([("name", [])])) == .damaged)
    #expect(fault(Self.openType([("head", [1])])) == .damaged)
    #expect(fault(Self.openType([("glyf", [1]), ("glyf", [1])])) == .damaged)
    #expect(fault(Array(Self.openType([("glyf", [1])]).dropLast())) == .damaged)
    #expect(fault(Self.openType((0..<65).map { ("a\($0)", []) })) == .unusual)
  }

  private static func index(_ items: [[UInt8]]) -> [UInt8] {
    var index: [UInt8] = []
    index.append(big16: items.count)
    guard !items.isEmpty else { return index }
    index.append(2)
    var end = 1
    for item in [[]] + items {
      end += item.count
      index.append(big16: end)
    }
    return index + items.joined()
  }

  /// Of a notice, a name, a weight and a list of parts with a name each.
  private static func compact(parts: Bool = true, notice: Int = 391) -> [UInt8] {
    func settings(_ at: Int) -> [UInt8] {
      let place = [29, 0, 0, UInt8(at >> 8), UInt8(at & 255), 12, 36]
      return [28, UInt8(notice >> 8), UInt8(notice & 255), 1] + [28, 1, 0x88, 2, 30, 0x1F, 17]
        + [28, 0, 5, 4] + (parts ? place : [])
    }
    func head(_ at: Int) -> [UInt8] {
      [1, 0, 4, 2] + index([Array("QWERTY+Name".utf8)]) + index([settings(at)])
        + index([MediaSamples.secret, Array("Full".utf8), Array("kept".utf8), Array("Part".utf8)])
        + index([])
    }
    return head(head(0).count) + index([[28, 1, 0x8A, 12, 38]]) + [1, 2, 3]
  }

  @Test func `what a compact font says of itself is written over, and nothing moves`() throws {
    let font = Self.compact()
    let clean = try CompactFont.strip(font)
    #expect(clean.count == font.count && clean.suffix(3) == [1, 2, 3])
    #expect(!clean.contains(run: MediaSamples.secret))
    for (text, isLeft) in [
      ("QWERTY", false), ("AAAAAA+Name", true), ("Full", false), ("kept", true), ("Part", false),
    ] {
      #expect(clean.contains(run: Array(text.utf8)) == isLeft, "\(text)")
    }
    #expect(try CompactFont.strip(clean) == clean)
    // Without it nothing else is another.
    var wanted = font
    for text in [MediaSamples.secret, Array("Full".utf8), Array("Part".utf8)] {
      let at = try #require(wanted.indices.first { wanted[$0...].starts(with: text) })
      wanted.replaceSubrange(at..<(at + text.count), with: text.map { _ in UInt8(ascii: "x") })
    }
    let at = try #require(wanted.indices.first { wanted[$0...].starts(with: "QWERTY".utf8) })
    wanted.replaceSubrange(at..<(at + 6), with: Array("AAAAAA".utf8))
    #expect(clean == wanted)
  }

  @Test func `a compact font that lies is refused`() throws {
    #expect(throws: MediaFault.damaged) { try CompactFont.strip(Self.compact(notice: 999)) }
    #expect(throws: MediaFault.unusual) { try CompactFont.strip([2, 0, 4, 1, 0, 0]) }
    let font = Self.compact()
    for n in font.indices {
      for value in [UInt8(0), 0x7F, 0xFF] {
        var changed = font
        changed[n] = value
        _ = try? CompactFont.strip(changed)
      }
      _ = try? CompactFont.strip(Array(font.prefix(n)))
    }
  }

  @Test func `of a font of the first format the remarks go, and what its strings say`() throws {
    let clear = """
      %!PS-AdobeFont-1.0: Name \(Self.secret)
      %%Creator: \(Self.secret)
      /FontInfo 2 dict dup begin /Notice (\(Self.secret) \\( (a)) def end % \(Self.secret)
      /FontName /QWERTY+Name def currentfile eexec
      """
    let sealed: [UInt8] = [1, 2, 3, 4]
    let bytes = Array("\(clear)\n".utf8)
    let clean = try Type1Font.strip(
      bytes + sealed + MediaSamples.secret, clear: bytes.count, sealed: 4)
    #expect(
      String(decoding: clean.clear, as: UTF8.self) == """
        %!PS-AdobeFont-1.0
        /FontInfo 2 dict dup begin /Notice () def end\u{20}
        /FontName /AAAAAA+Name def currentfile eexec

        """)
    #expect(Array(clean.sealed) == sealed)
    let again = try Type1Font.strip(
      clean.clear + clean.sealed, clear: clean.clear.count, sealed: 4)
    #expect(again.clear == clean.clear)
    for (clear, sealed) in [(bytes.count - 2, 4), (bytes.count, 99), (-1, 4), (bytes.count, -1)] {
      #expect(throws: MediaFault.damaged) {
        try Type1Font.strip(bytes + [1, 2, 3, 4], clear: clear, sealed: sealed)
      }
    }
    #expect(throws: MediaFault.unusual) {
      try Type1Font.strip([0x80, 1] + bytes, clear: bytes.count, sealed: 0)
    }
  }

  // MARK: Dictionaries

  private static let descriptor = """
    <</Type /FontDescriptor /FontName /QWERTY+Name /Flags 4 /FontBBox [0 0 9 9] /ItalicAngle 0
    /Ascent 9 /Descent -2.50 /CapHeight 9 /StemV 1 /CharSet (\(secret)) /FontFamily (\(secret))
    /Style <</Panose (\(secret))>> /Lang /\(secret.replacing(" ", with: "_"))
    """

  @Test func `of a simple font stays what letters look like, and which they are`() throws {
    let tree = try tree(
      """
      /Type /Font /Subtype /TrueType /BaseFont /QWERTY+Name /FirstChar 97 /LastChar 97 /Widths [500]
      /Encoding <</BaseEncoding /WinAnsiEncoding /Differences [97 /a]>> /FontDescriptor 10 0 R
      /ToUnicode 12 0 R /Name (\(Self.secret)) /Metadata 13 0 R
      """, [10: Self.descriptor + " /FontFile2 11 0 R>>"],
      streams: [
        11: Sample.stream(
          "/Length1 9999 /Metadata 13 0 R ",
          Self.openType([("glyf", [1, 2, 3]), ("name", MediaSamples.secret)])),
        12: Sample.stream("", Self.map), 13: Sample.stream("", Self.secret),
      ])
    #expect(
      Array(tree.lines[3...]) == [
        "<</BaseFont /AAAAAA+Name/Encoding <</BaseEncoding /WinAnsiEncoding/Differences [97 /a]>>"
          + "/FirstChar 97/FontDescriptor 5 0 R/LastChar 97/Subtype /TrueType/ToUnicode 7 0 R"
          + "/Type /Font/Widths [500]>>",
        "<</Ascent 9/CapHeight 9/Descent -2.5/Flags 4/FontBBox [0 0 9 9]/FontFile2 6 0 R"
          + "/FontName /AAAAAA+Name/ItalicAngle 0/StemV 1/Type /FontDescriptor>>",
        "<</Filter /FlateDecode/Length1 32>>", "<</Filter /FlateDecode>>",
        "<</Filter /FlateDecode>>",
      ])
    #expect(tree.contents[6] == (try OpenTypeFont.strip(Self.openType([("glyf", [1, 2, 3])]))))
    #expect(tree.text(7) == Self.cleanMap)
  }

  private static let composite = """
    /Type /Font /Subtype /Type0 /BaseFont /QWERTY+Name /Encoding /Identity-H
    /DescendantFonts [10 0 R] /ToUnicode /Identity-H
    """

  private static func descendant(_ keys: String = "/CIDToGIDMap /Identity") -> String {
    """
    <</Type /Font /Subtype /CIDFontType2 /BaseFont /QWERTY+Name /DW 1000 /W [1 [500 600] 7 9 300]
    /CIDSystemInfo <</Registry (\(secret)) /Ordering (\(secret)) /Supplement 7>> /X (\(secret))
    /FontDescriptor 11 0 R \(keys)>>
    """
  }

  @Test func `of a font of many letters stays the same, and how its letters are numbered`() throws {
    let streams = [
      12: Sample.stream("/Subtype /CIDFontType0C ", Self.compact()),
      13: Sample.stream("", [0, 1, 0, 2]),
    ]
    let more = [10: Self.descendant(), 11: Self.descriptor + " /FontFile3 12 0 R>>"]
    let named = try tree(Self.composite, more, streams: streams)
    let descendant =
      "<</BaseFont /AAAAAA+Name/CIDSystemInfo <</Ordering (Identity)/Registry (Adobe)"
      + "/Supplement 0>>/CIDToGIDMap /Identity/DW 1000/FontDescriptor 6 0 R/Subtype /CIDFontType2"
      + "/Type /Font/W [1 [500 600] 7 9 300]>>"
    #expect(
      Array(named.lines[3...4]) == [
        "<</BaseFont /AAAAAA+Name/DescendantFonts [5 0 R]/Encoding /Identity-H/Subtype /Type0"
          + "/ToUnicode /Identity-H/Type /Font>>", descendant,
      ])
    #expect(named.contents[7] == (try CompactFont.strip(Self.compact())))
    // With tables of its own.
    let own = Self.composite.replacing("/Encoding /Identity-H", with: "/Encoding 14 0 R")
    let mapped = try tree(
      own, more.merging([10: Self.descendant("/CIDToGIDMap 13 0 R")]) { $1 },
      streams: streams.merging([14: Sample.stream("/Type /CMap /X (a) ", Self.map)]) { $1 })
    #expect(
      mapped.lines[4] == "<</CIDSystemInfo <</Ordering (Identity)/Registry (Adobe)/Supplement 0>>"
        + "/CMapName /M/Filter /FlateDecode/Type /CMap>>")
    #expect(mapped.text(5) == Self.cleanMap && mapped.contents[9] == [0, 1, 0, 2])
  }

  @Test func `marks of fonts that are not whole are counted, and one stays one`() throws {
    let sample = PDFSample.page(
      "BT /A 9 Tf (a) Tj /B 9 Tf (a) Tj /C 9 Tf (a) Tj ET",
      resources: "/Font <</A 10 0 R /B 11 0 R /C 12 0 R>>",
      [
        10: "<</Type /Font /Subtype /Type1 /BaseFont /ZZZZZZ+One>>",
        11: "<</Type /Font /Subtype /Type1 /BaseFont /YYYYYY+Two>>",
        12: "<</Type /Font /Subtype /Type1 /BaseFont /ZZZZZZ+One>>",
      ])
    let tree = try #require(PDFTree(try MediaStripper.strip(sample.bytes).bytes))
    #expect(
      tree.lines[3...5].map { $0.firstMatch(of: #/\/BaseFont \/(\S+?)\//#)?.1 } == [
        "AAAAAA+One", "AAAAAB+Two", "AAAAAA+One",
      ])
  }

  // MARK: Character maps

  private static let map = """
    % \(secret)
    /CIDInit /ProcSet findresource begin 12 dict begin begincmap
    /CIDSystemInfo << /Registry (\(secret)) /Ordering (UCS) /Supplement 0 >> def
    /CMapName /\(secret.replacing(" ", with: "_")) def /XUID [1 2 3] def
    1 begincodespacerange <00> <ff> endcodespacerange
    2 beginbfchar <61> <0061> (b) <00620063> endbfchar
    2 beginbfrange <01> <02> <0041> <03> <04> [<0043> (\\000D)] endbfrange
    1 begincidrange <05> <06> 7 endcidrange 1 begincidchar <08> 9 endcidchar
    endcmap CMapName currentdict /CMap defineresource pop end end \(secret)
    """
  private static let cleanMap = """
    /CIDInit /ProcSet findresource begin
    12 dict begin
    begincmap
    /CMapName /M def
    1 begincodespacerange
    <00><FF>
    endcodespacerange
    2 beginbfchar
    <61><0061>
    <62><00620063>
    endbfchar
    2 beginbfrange
    <01><02><0041>
    <03><04>[<0043><0044>]
    endbfrange
    1 begincidrange
    <05><06>7
    endcidrange
    1 begincidchar
    <08>9
    endcidchar
    endcmap
    CMapName currentdict /CMap defineresource pop
    end
    end

    """

  @Test func `of a map of letters the tables stay`() throws {
    let map = try PDFCharacterMap(Array(Self.map.utf8))
    #expect(String(decoding: map.bytes, as: UTF8.self) == Self.cleanMap)
    let vertical = try PDFCharacterMap(
      Array("/UniJIS-UTF16-H usecmap /WMode 1 def 1 begincidchar <01> 2 endcidchar".utf8))
    #expect(vertical.base == "UniJIS-UTF16-H" && vertical.isVertical)
    #expect(try PDFCharacterMap(vertical.bytes).bytes == vertical.bytes)
  }

  @Test(arguments: [
    "", "1 beginbfchar <01> endbfchar", "1 beginbfchar <01> /a endbfchar", "1 beginbfchar <01>",
    "1 beginbfrange <01> <02> 3 endbfrange", "1 begincidchar <01> <02> endcidchar",
    "1 beginbfrange <01> <02> [<01> endbfrange", "1 begincodespacerange <01> endcodespacerange",
  ]) func `a map of letters that contradicts itself is refused`(_ map: String) {
    #expect(throws: MediaFault.damaged) { try PDFCharacterMap(Array(map.utf8)) }
  }

  // MARK: Refused

  private static let simple = "/Type /Font /Subtype /Type1 /BaseFont /Name "

  @Test(arguments: [
    simple + "/Encoding /OddEncoding", simple + "/Encoding <</BaseEncoding /Odd>>",
    composite.replacing("Identity-H\n", with: "Odd\n"),
    simple + "/FontDescriptor <</FontName /Name /FontFile3 20 0 R>>",
    simple + "/FontDescriptor <</FontName /Name /FontFile2 20 0 R>>",
    simple + "/FontDescriptor <</FontName /Name /FontFile 20 0 R>>",
  ]) func `a font that is not simple is refused`(_ font: String) {
    let bytes = Self.sample(
      font, [10: Self.descendant(), 11: Self.descriptor + ">>"],
      streams: [20: Sample.stream("/Subtype /Odd ", "odd font")]
    ).bytes
    #expect(refusal(of: bytes) == .unusual)
  }

  @Test(arguments: [
    "/Type /Font /Subtype /Odd", "/Subtype /Type1", simple + "/Widths [/a]",
    simple + "/Encoding <</Differences [(a)]>>", simple + "/ToUnicode 20 0 R",
    simple + "/FontDescriptor 9", simple + "/FontDescriptor <</FontName /Name /FontFile2 9 0 R>>",
    "/Subtype /Type0 /BaseFont /Name /Encoding /Identity-H /DescendantFonts []",
    "/Subtype /Type0 /BaseFont /Name /Encoding /Identity-H /DescendantFonts [<<>>]",
    "/Subtype /Type3 /FontMatrix [1 0 0 1 0 0]",
  ]) func `a font that contradicts itself is refused`(_ font: String) {
    let bytes = Self.sample(font, streams: [20: Sample.stream("", "odd map")]).bytes
    #expect(refusal(of: bytes) == .damaged)
  }
}
