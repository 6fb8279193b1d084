import Testing

@testable import Forms

/// What pages draw beside pictures: text, forms, patterns, what is set by name.
@Suite struct PDFDrawingTests {
  typealias Sample = PDFSample

  private static let secret = PDFSample.secret
  private static let helvetica = "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>"
  private static let tile =
    "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources <<>> "

  private func tree(_ sample: PDFSample) throws -> PDFTree {
    let clean = try MediaStripper.strip(sample.bytes).bytes
    #expect(try MediaStripper.strip(clean).bytes == clean)
    let tree = try #require(PDFTree(clean))
    for bytes in [tree.bytes] + tree.contents.values {
      #expect(!bytes.contains(run: MediaSamples.secret))
    }
    return tree
  }

  /// The page's own content, which is written behind what it names.
  private func drawn(_ content: String, fonts: String = "/A 10 0 R /B 11 0 R") throws -> String? {
    let tree = try tree(
      .page(
        content, resources: "/Font <<\(fonts)>>", [10: Self.helvetica, 11: Self.helvetica]))
    return tree.text(tree.objects.count)
  }

  // MARK: Text

  @Test func `text that is seen stays, with what is in force for it and no more`() throws {
    #expect(
      try drawn("BT /A 9 Tf 5 Tc 2 Tc 14 TL 1 2 Td (a) Tj T* [(b) -3.0 (c)] TJ ET") == """
        BT
        1 2 Td
        2 Tc
        /F1 9 Tf
        (a) Tj
        0 -14 Td
        [(b) -3 (c)] TJ
        ET

        """)
    // Operators that do two things at once are taken apart.
    #expect(
      try drawn("BT /B 9 Tf 3 -7 TD (a) ' 1 2 (b) \" ET") == """
        BT
        3 -7 Td
        0 -7 Td
        /F1 9 Tf
        (a) Tj
        0 -7 Td
        2 Tc
        1 Tw
        (b) Tj
        ET

        """)
    // What was set within comes to its end with what it was set in.
    #expect(
      try drawn("/A 9 Tf q 3 Tr /B 8 Tf BT (x) Tj ET Q BT (a) Tj ET BT (b) Tj ET") == """
        q
        Q
        BT
        /F1 9 Tf
        (a) Tj
        ET
        BT
        (b) Tj
        ET

        """)
  }

  @Test func `text that is not seen goes, and what it set besides stays`() throws {
    #expect(
      try drawn("BT /A 9 Tf 3 Tr 1 0 0 rg 2 w 1 1 Td (\(Self.secret)) Tj ET 0 0 m 1 1 l S")
        == "1 0 0 rg\n2 w\n0 0 m\n1 1 l\nS\n")
    // Between text that is seen.
    #expect(
      try drawn("BT /A 9 Tf (a) Tj 3 Tr (\(Self.secret)) Tj 0 Tr 9 9 Td (b) Tj ET") == """
        BT
        /F1 9 Tf
        (a) Tj
        9 9 Td
        (b) Tj
        ET

        """)
    // Nothing of the font either.
    let tree = try tree(
      .page(
        "BT /A 9 Tf 3 Tr (\(Self.secret)) Tj ET", resources: "/Font <</A 10 0 R>>",
        [10: Self.helvetica]))
    #expect(tree.objects.count == 3)
  }

  @Test func `letters that are drawings are seen in any mode`() throws {
    let font = """
      <</Type /Font /Subtype /Type3 /FontMatrix [1 0 0 1 0 0] /FontBBox [0 0 9 9] /FirstChar 97
      /LastChar 97 /Widths [9] /Encoding <</Type /Encoding /Differences [97 /a /b]>>
      /CharProcs <</a 11 0 R /c 12 0 R>> /Resources <</XObject <</I 13 0 R>>>>
      /Name (\(Self.secret))>>
      """
    let tree = try tree(
      .page(
        "BT 3 Tr /A 9 Tf (a) Tj ET", resources: "/Font <</A 10 0 R>>", [10: font],
        streams: [
          11: Sample.stream("", "9 0 0 0 9 9 d1 % \(Self.secret)\n/I Do"),
          12: Sample.stream("", Self.secret),
          13: Sample.stream(
            "/Subtype /Image /Width 1 /Height 1 /ImageMask true ", [0x80] + MediaSamples.secret),
        ]))
    #expect(tree.text(tree.objects.count) == "BT\n3 Tr\n/F1 9 Tf\n(a) Tj\nET\n")
    #expect(
      tree.lines[3] == "<</CharProcs <</a 5 0 R>>/Encoding <</Differences [97 /a /b]>>"
        + "/FirstChar 97/FontBBox [0 0 9 9]/FontMatrix [1 0 0 1 0 0]/LastChar 97"
        + "/Resources <</XObject <</X1 6 0 R>>>>/Subtype /Type3/Type /Font/Widths [9]>>")
    #expect(tree.text(5) == "9 0 0 0 9 9 d1\n/X1 Do\n")
  }

  // MARK: Forms and patterns

  @Test func `a content within a content is cleaned like the one around it`() throws {
    let tree = try tree(
      .page(
        "3 Tr /A Do /A Do", resources: "/XObject <</A 10 0 R>>", [12: Self.helvetica],
        streams: [
          10: Sample.flate(
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Matrix [2 0 0 2 0 0] /Metadata 13 0 R "
              + "/PieceInfo <<>> /LastModified (\(Self.secret)) /StructParents 1 "
              + "/Group <</S /Transparency>> /Resources <</XObject <</B 11 0 R>>>> ",
            Array("% \(Self.secret)\n/B Do".utf8)),
          11: Sample.stream(
            "/Subtype /Form /BBox [0 0 1 1] /Resources <</Font <</F 12 0 R>>>> ",
            "BT 3 Tr /F 9 Tf (\(Self.secret)) Tj ET BT /F 9 Tf 0 Tr (a) Tj ET"),
          13: Sample.stream("", Self.secret),
        ]))
    #expect(
      tree.lines[3] == "<</BBox [0 0 9 9]/Filter /FlateDecode/Group <</S /Transparency>>"
        + "/Matrix [2 0 0 2 0 0]/Resources <</XObject <</X1 5 0 R>>>>/Subtype /Form/Type /XObject>>"
    )
    #expect(tree.text(4) == "/X1 Do\n")
    #expect(tree.text(5) == "BT\n0 Tr\n/F1 9 Tf\n(a) Tj\nET\n")
    // The mode that is in force around it.
    #expect(tree.text(7) == "3 Tr\n/X1 Do\n/X1 Do\n")
  }

  @Test func `patterns and what passes from one colour into another stay`() throws {
    let function = "<</FunctionType 2 /Domain [0 1] /C0 [0] /C1 [1] /N 1.0 /X (\(Self.secret))>>"
    let shading = """
      <</ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 1 1] /Extend [true false]
      /Function 11 0 R /X (\(Self.secret))>>
      """
    let tree = try tree(
      .page(
        "/Pattern cs /P scn /Q scn /S sh",
        resources: "/Pattern <</P 12 0 R /Q 13 0 R>> /Shading <</S 10 0 R>>",
        [
          10: shading, 11: function,
          13: "<</PatternType 2 /Shading 10 0 R /Matrix [1 0 0 1 0 0] /X (\(Self.secret))>>",
        ], streams: [12: Sample.stream(Self.tile + "/X (a) ", "% \(Self.secret)\nf")]))
    #expect(tree.text(tree.objects.count) == "/Pattern cs\n/P1 scn\n/P2 scn\n/S1 sh\n")
    #expect(tree.text(4) == "f\n")
    #expect(
      Array(tree.lines[4...6]) == [
        "<</Matrix [1 0 0 1 0 0]/PatternType 2/Shading 6 0 R>>",
        "<</ColorSpace /DeviceGray/Coords [0 0 1 1]/Extend [true false]/Function 7 0 R"
          + "/ShadingType 2>>", "<</C0 [0]/C1 [1]/Domain [0 1]/FunctionType 2/N 1>>",
      ])
  }

  @Test func `colours by number stay, with the names of inks that every printer has`() throws {
    let spaces = """
      /A [/Separation /\(Self.secret.replacing(" ", with: "#20")) /DeviceCMYK 10 0 R]
      /B [/DeviceN [/Cyan /\(Self.secret.replacing(" ", with: "_"))] /DeviceCMYK 11 0 R
      <</Subtype /DeviceN /Process (\(Self.secret))>>]
      /C [/CalGray <</WhitePoint [1 1 1] /X (\(Self.secret))>>] /D [/DeviceRGB]
      /E [/Lab <</WhitePoint [1 1 1]>>] /F [/Indexed [/CalRGB <</WhitePoint [1 1 1]>>] 0 12 0 R]
      """
    let tree = try tree(
      .page(
        "/A cs /B cs /B CS /C cs /D cs /E cs /F cs", resources: "/ColorSpace <<\(spaces)>>",
        [10: "<</FunctionType 2 /Domain [0 1] /N 1>>"],
        streams: [
          11: Sample.stream(
            "/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1 0 1] ",
            "% \(Self.secret)\n{ 0 0 } \(Self.secret)"),
          12: Sample.stream("", Array("abc".utf8) + MediaSamples.secret),
        ]))
    #expect(
      tree.text(tree.objects.count)
        == "/C1 cs\n/C2 cs\n/C2 CS\n/C3 cs\n/DeviceRGB cs\n/C4 cs\n/C5 cs\n")
    #expect(
      tree.lines.filter { $0.hasPrefix("[") } == [
        "[/Separation /Spot1 /DeviceCMYK 5 0 R]",
        "[/DeviceN [/Cyan /Spot2] /DeviceCMYK 7 0 R]", "[/CalGray <</WhitePoint [1 1 1]>>]",
        "[/Lab <</WhitePoint [1 1 1]>>]", "[/Indexed 11 0 R 0 (abc)]",
        "[/CalRGB <</WhitePoint [1 1 1]>>]",
      ])
    #expect(tree.text(7) == "{ 0 0 }")
  }

  @Test func `what is set by name is what is on the list`() throws {
    let state = """
      <</Type /ExtGState /LW 2 /ca .50 /BM [/Odd /Multiply] /D [[1 2] 0] /HT /Default /TR /Identity
      /X (\(Self.secret)) /SMask <</Type /Mask /S /Luminosity /G 11 0 R /BC [0] /TR /Identity>>>>
      """
    let tree = try tree(
      .page(
        "/A gs", resources: "/ExtGState <</A 10 0 R>>", [10: state],
        streams: [
          11: Sample.stream(
            "/Subtype /Form /BBox [0 0 1 1] /Resources <<>> /Group <</S /Transparency>> ", "f")
        ]))
    #expect(tree.text(6) == "/G1 gs\n")
    #expect(
      tree.lines[3] == "<</BM /Multiply/D [[1 2] 0]/LW 2/SMask <</BC [0]/G 5 0 R/S /Luminosity>>"
        + "/ca 0.5>>")
  }

  @Test func `a picture within a content becomes one beside it`() throws {
    let coded = try Flate.compress([7])
    var content = Array(
      "q BI /W 1 /H 1 /CS /G /BPC 8 ID Z EI Q BI /W 1/H 1/IM true/F/AHx ID 80".utf8)
    content += Array(
      ">\nEI BI /W 1 /H 1 /CS [/I /RGB 0 (abc\(Self.secret))] /BPC 8 /F [/Fl] ID ".utf8)
    content +=
      coded + MediaSamples.secret.prefix(0) + Array("\nEI /C cs BI /W 1/H 1/BPC 8/CS/C ID Y".utf8)
    content += Array("\nEI".utf8)
    let tree = try tree(
      .page(
        "", resources: "/ColorSpace <</C [/CalGray <</WhitePoint [1 1 1]>>]>>",
        streams: [4: Sample.stream("", content)]))
    #expect(
      tree.text(tree.objects.count) == "q\n/X1 Do\nQ\n/X2 Do\n/X3 Do\n/C1 cs\n/X4 Do\n")
    #expect(tree.contents[4] == [UInt8(ascii: "Z")] && tree.contents[5] == [0x80])
    #expect(tree.contents[6] == [7] && tree.contents[9] == [UInt8(ascii: "Y")])
  }

  // MARK: Refused

  private static func state(_ keys: String) -> PDFSample {
    .page("/A gs", resources: "/ExtGState <</A <<\(keys)>>>>")
  }

  private static func form(_ keys: String, _ content: String = "f") -> PDFSample {
    .page(
      "/A Do", resources: "/XObject <</A 10 0 R>> /Font <</F 11 0 R>>", [11: helvetica],
      streams: [10: Sample.stream("/Subtype /Form \(keys) ", content)])
  }

  private static let box = "/BBox [0 0 1 1] "

  private static let odd: [(String, PDFSample)] = [
    ("a font that is set by name", state("/Font [10 0 R 9]")),
    ("colours that are turned into others", state("/TR 10 0 R /TR2 /Odd")),
    ("a way of mixing that nobody knows", state("/BM /Odd")),
    ("a form that a reader may hide", form(box + "/OC 1 0 R")),
    ("names of who shows it", form(box, "BT /F 9 Tf (a) Tj ET")),
    ("lines that are as far apart as around it", form(box + "/Resources <<>>", "BT T* ET")),
    (
      "a form of another language",
      .page(
        "/A Do", resources: "/XObject <</A 10 0 R>>",
        streams: [10: Sample.stream("/Subtype /PS ", "")])
    ),
    (
      "a plane of points",
      .page(
        "/A sh", resources: "/Shading <</A 10 0 R>>",
        streams: [10: Sample.stream("/ShadingType 4 /ColorSpace /DeviceGray ", "")])
    ),
    ("a photo within a content", .page("BI /W 1 /H 1 /CS /G /BPC 8 /F /DCT ID a EI")),
    (
      "colours of its own within a content",
      .page("BI /W 1 /H 1 /CS [/CalGray <<>>] /BPC 8 ID a EI")
    ),
    ("a drawing of letters elsewhere", .page("1 0 d0")),
    ("a picture within text", .page("BT /A Do ET")),
    ("text without a font", .page("BT (a) Tj ET")),
  ]

  @Test(arguments: odd)
  func `what is not simple is refused`(_ what: String, _ sample: PDFSample) {
    #expect(refusal(of: sample.bytes) == .unusual)
  }

  private static let broken: [(String, PDFSample)] = [
    (
      "a form that shows itself",
      .page(
        "/A Do", resources: "/XObject <</A 10 0 R>>",
        streams: [
          10: Sample.stream("/Subtype /Form \(box) /Resources <</XObject <</A 10 0 R>>>> ", "/A Do")
        ])
    ),
    ("a form without a box", form("/Resources <<>>")),
    (
      "a pattern without steps",
      .page(
        "/A scn", resources: "/Pattern <</A 10 0 R>>",
        streams: [10: Sample.stream("/PatternType 1 /BBox [0 0 1 1] ", "")])
    ),
    (
      "a pattern that paints with itself",
      .page(
        "/A scn", resources: "/Pattern <</A 10 0 R>>",
        streams: [
          10: Sample.stream(
            tile.replacing("<<>>", with: "<</Pattern <</A 10 0 R>>>>"), "/A scn")
        ])
    ),
    ("a font that is not there", .page("BT /A 9 Tf (a) Tj ET")),
    ("a mode that is none", .page("8 Tr")),
    ("a text in a text", .page("BT BT ET ET")),
    ("words that are none", .page("BT /A 9 Tf [/a] TJ ET")),
    ("a picture within a content cut short", .page("BI /W 9 /H 9 /CS /G /BPC 8 ID a EI")),
    ("a picture within a content too long", .page("BI /W 1 /H 1 /CS /G /BPC 8 ID ab EI")),
    ("a picture within a content without an end", .page("BI /W 1 /H 1 /CS /G /BPC 8 ID a")),
    ("a picture within a content of two sizes", .page("BI /W 1 /Width 1 /H 1 /IM true ID a EI")),
    ("dashes that are none", state("/D [1 2]")),
    (
      "a table of functions that is none",
      .page(
        "/A sh", resources: "/Shading <</A <</ShadingType 2 /ColorSpace /DeviceGray>>>>")
    ),
    (
      "samples cut short",
      .page(
        "/A cs", resources: "/ColorSpace <</A [/Separation /B /DeviceGray 10 0 R]>>",
        streams: [
          10: Sample.stream(
            "/FunctionType 0 /Domain [0 1] /Range [0 1] /Size [3] /BitsPerSample 8 ", [1, 2])
        ])
    ),
  ]

  @Test(arguments: broken)
  func `what contradicts itself is refused`(_ what: String, _ sample: PDFSample) {
    #expect(refusal(of: sample.bytes) == .damaged)
  }

  @Test func `a form that is shown in a form has a depth`() {
    func nested(_ depth: Int) -> PDFSample {
      var streams: [Int: [UInt8]] = [:]
      for n in 0..<depth {
        streams[100 + n] = Sample.stream(
          "/Subtype /Form \(Self.box) /Resources <</XObject <</A \(101 + n) 0 R>>>> ",
          n == depth - 1 ? "f" : "/A Do")
      }
      return .page("/A Do", resources: "/XObject <</A 100 0 R>>", streams: streams)
    }
    #expect(refusal(of: nested(32).bytes) == nil)
    #expect(refusal(of: nested(33).bytes) == .unusual)
  }
}
