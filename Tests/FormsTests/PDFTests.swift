import Testing

@testable import Forms

@Suite struct PDFTests {
  typealias Sample = PDFSample

  private func tree(_ sample: PDFSample) throws -> PDFTree {
    let clean = try MediaStripper.strip(sample.bytes).bytes
    #expect(try MediaStripper.strip(clean).bytes == clean)
    return try #require(PDFTree(clean))
  }

  // MARK: What stays

  @Test func `what is left of a scan is a list of objects with the keys of a list`() throws {
    let tree = try tree(.full)
    let image = "/BitsPerComponent 8/ColorSpace"
    let size = "/Height 1"
    let kind = "/Subtype /Image/Type /XObject/Width 1>>"
    #expect(
      tree.lines == [
        "<</Pages 2 0 R/Type /Catalog>>", "<</Count 1/Kids [3 0 R]/Type /Pages>>",
        "<</Contents 8 0 R/CropBox [0 0 60 30]/Group <</CS /DeviceRGB/I true/S /Transparency>>"
          + "/MediaBox [0 0 60 30]/Parent 2 0 R/Resources <</XObject <</X1 4 0 R/X2 5 0 R>>>>"
          + "/Rotate 90/Type /Page/UserUnit 1.5>>",
        "<<\(image) /DeviceRGB/Filter /DCTDecode\(size)\(kind)",
        "<<\(image) 6 0 R/Filter /FlateDecode\(size)/SMask 7 0 R\(kind)",
        "[/Indexed /DeviceRGB 0 (abc)]",
        "<<\(image) /DeviceGray/Filter /FlateDecode\(size)\(kind)", "<</Filter /FlateDecode>>",
      ])
    let secret = MediaSamples.secret
    #expect(!tree.bytes.contains(run: Array("GPS".utf8)))
    for (_, content) in tree.contents { #expect(!content.contains(run: secret)) }
    #expect(tree.contents[4] == (try MediaStripper.strip(MediaSamples.jpeg()).bytes))
    #expect(tree.contents[5] == [0] && tree.contents[7] == [0x80])
  }

  @Test func `what is drawn is kept, in one way of writing it`() throws {
    // The colour that the hidden text set is in force behind it; the text is not there.
    #expect(
      try tree(.full).text(8) == """
        q
        1.5 0 0 0 3 0.5 cm
        /X1 Do
        Q
        0 g
        /DeviceRGB cs
        1 0 0 sc
        0 0 m
        10 10 l
        S
        q
        /X2 Do
        Q

        """)
  }

  @Test func `a file is written whole, with nothing but its objects and a table`() throws {
    let drawing = "0 0 m\n9 9 l\nS\n"
    let coded = try Flate.compress(Array(drawing.utf8)[...])
    let parts = [
      "1 0 obj\n<</Pages 2 0 R/Type /Catalog>>\nendobj\n",
      "2 0 obj\n<</Count 1/Kids [3 0 R]/Type /Pages>>\nendobj\n",
      "3 0 obj\n<</Contents 4 0 R/MediaBox [0 0 60 30]/Parent 2 0 R/Resources <<>>/Type /Page>>\n"
        + "endobj\n", "4 0 obj\n<</Filter /FlateDecode/Length \(coded.count)>>\nstream\n",
    ].map { Array($0.utf8) }
    var wanted = Array("%PDF-1.7\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 10]
    var table = "xref\n0 5\n0000000000 65535 f \n"
    for part in parts {
      table += "0000000\(wanted.count < 100 ? "0" : "")\(wanted.count) 00000 n \n"
      wanted += part
    }
    wanted += coded + Array("\nendstream\nendobj\n".utf8)
    let start = wanted.count
    wanted += Array(
      "\(table)trailer\n<</Root 1 0 R/Size 5>>\nstartxref\n\(start)\n%%EOF\n".utf8)
    #expect(try tree(.page("0 0 m 9 9 l S")).bytes == wanted)
  }

  @Test func `however objects are laid out, the same is written`() throws {
    let clean = try tree(.full).bytes
    var sample = PDFSample.full
    sample.isPacked = true
    #expect(!sample.bytes.contains(run: Array("/OpenAction".utf8)))
    #expect(try tree(sample).bytes == clean)
    sample.before = [:]
    #expect(try tree(sample).bytes == clean)
    sample.isPacked = false
    #expect(try tree(sample).bytes == clean)
  }

  @Test func `a page has what stands above it, unless it has its own`() throws {
    var sample = PDFSample.page("f", page: "/Rotate -90")
    sample.objects[2] = Array(
      "<</Type /Pages /Kids [3 0 R 5 0 R] /Rotate 180 /MediaBox [0 0 1 1]>>".utf8)
    sample.objects[5] = Array("<</Type /Pages /Kids [6 0 R] /CropBox [0 0 2 2]>>".utf8)
    sample.objects[6] = Array("<</Type /Page>>".utf8)
    let lines = try tree(sample).lines
    #expect(lines[1] == "<</Count 2/Kids [3 0 R 5 0 R]/Type /Pages>>")
    #expect(lines[2].contains("/MediaBox [0 0 60 30]") && lines[2].contains("/Rotate 270"))
    #expect(
      lines[4] == "<</CropBox [0 0 2 2]/MediaBox [0 0 1 1]/Parent 2 0 R/Resources <<>>"
        + "/Rotate 180/Type /Page>>")
  }

  @Test func `a picture on two pages is one object, and what no content names is none`() throws {
    var sample = PDFSample.page(
      "/A Do /B Do", resources: "/XObject <</A 10 0 R /B 10 0 R /C 11 0 R>>",
      streams: [
        10: Sample.flate(Sample.pixel + "/ColorSpace /DeviceGray ", [1]),
        11: Sample.flate(Sample.pixel + "/ColorSpace /DeviceGray ", MediaSamples.secret),
      ])
    sample.objects[2] = Array("<</Type /Pages /Kids [3 0 R 5 0 R]>>".utf8)
    sample.objects[5] = Array(
      ("<</Type /Page /MediaBox [0 0 1 1] /Contents 4 0 R"
        + "/Resources <</XObject <</A 10 0 R /B 10 0 R>>>>>>").utf8)
    let tree = try tree(sample)
    #expect(tree.objects.count == 7)
    #expect(tree.lines[2].contains("/XObject <</X1 4 0 R/X2 4 0 R>>"))
    #expect(tree.lines[5].contains("/XObject <</X1 4 0 R/X2 4 0 R>>"))
  }

  // MARK: Changes

  @Test func `the newest version counts, and what is free is not looked up in an older`() throws {
    var sample = PDFSample.page("1 w", page: "/Group 10 0 R")
    sample.before = [
      4: Sample.stream("", "2 w"), 10: Array("<</S /Transparency /I true>>".utf8),
    ]
    let kept = try tree(sample)
    #expect(kept.text(4) == "1 w\n" && kept.lines[2].contains("/Group"))
    var bytes = sample.bytes
    // In the place of the last object, which nothing needs: 10 is free now.
    sample.objects[11] = []
    bytes = sample.bytes
    let entry = Array("11 1\n".utf8)
    let at = try #require(bytes.indices.last { bytes[$0...].starts(with: entry) })
    bytes.replaceSubrange(at..<(at + 2), with: Array("10".utf8))
    bytes[at + 22] = UInt8(ascii: "f")
    let freed = try #require(PDFTree(try MediaStripper.strip(bytes).bytes))
    #expect(freed.text(4) == "1 w\n" && !freed.lines[2].contains("/Group"))
  }

  // MARK: Refused

  private static let image = Sample.pixel + "/ColorSpace /DeviceGray "

  private static func drawn(_ stream: [UInt8], _ more: [Int: String] = [:]) -> PDFSample {
    .page("/A Do", resources: "/XObject <</A 10 0 R>>", more, streams: [10: stream])
  }

  private static func trailed(_ trailer: String) -> PDFSample {
    var sample = PDFSample.page("f")
    sample.trailer = trailer
    return sample
  }

  private static let fine: [(String, PDFSample)] = [
    ("no content", .page("", [3: "<</Type /Page /MediaBox [0 0 1 1]>>"])),
    ("a link", .page("f", page: "/Annots [<</Subtype /Link>> null]")),
    ("a form without fields", .page("f", root: "/AcroForm <<>>")),
    ("marks", .page("/P BMC f EMC /A /B DP")),
    ("hidden text", .page("BT 3 Tr (a) Tj ET")),
    ("a picture", drawn(Sample.stream(image, [1]))),
    ("a stencil", drawn(Sample.stream(Sample.pixel + "/ImageMask true ", [1]))),
    ("a fax", drawn(Sample.stream(image + "/Filter /CCITTFaxDecode ", [1]))),
    ("colours that are masked", drawn(Sample.stream(image + "/Mask [0 1] ", [1]))),
  ]

  @Test(arguments: fine)
  func `a simple page is cleaned`(_ what: String, _ sample: PDFSample) throws {
    _ = try tree(sample)
  }

  private static let odd: [(String, PDFSample)] = [
    ("encryption", trailed("/Root 1 0 R /Encrypt <<>>")),
    ("a note", .page("f", page: "/Annots [<</Subtype /Text>>]")),
    ("a field", .page("f", page: "/Annots [<</Subtype /Widget>>]")),
    ("a form of another kind", .page("f", root: "/AcroForm <</XFA []>>")),
    ("a portfolio", .page("f", root: "/Collection <<>>")),
    ("what a reader may hide", .page("/OC /A BDC f EMC")),
    ("a picture that a reader may hide", drawn(Sample.stream(image + "/OC 1 0 R ", [1]))),
    ("an operator that nobody knows", .page("1 xx")),
    ("JPEG 2000", drawn(Sample.stream(image + "/Filter /JPXDecode ", [1]))),
    ("a filter that nobody knows", drawn(Sample.stream(image + "/Filter /Crypt ", [1]))),
    ("data in another file", drawn(Sample.stream(image + "/F (a) ", [1]))),
    (
      "a mask that has a mask",
      .page(
        "/A Do", resources: "/XObject <</A 10 0 R>>",
        streams: [
          10: Sample.stream(image + "/SMask 11 0 R ", [1]),
          11: Sample.stream(image + "/SMask 10 0 R ", [1]),
        ])
    ),
    (
      "a profile that is none of a device",
      .page(
        "/A cs", resources: "/ColorSpace <</A [/ICCBased 10 0 R]>>",
        streams: [10: Sample.stream("/N 3 /Alternate [/Lab <<>>] ", [1])])
    ),
    ("text that is drawn from where hidden text ends", .page("BT 3 Tr (a) Tj 0 Tr (b) Tj ET")),
  ]

  @Test(arguments: odd)
  func `a page that is not simple is refused`(_ what: String, _ sample: PDFSample) {
    #expect(refusal(of: sample.bytes) == .unusual)
  }

  private static let broken: [(String, PDFSample)] = [
    ("no root", trailed("/Root 9 0 R")),
    ("a root that is none", trailed("/Root 2 0 R")),
    ("no pages", .page("f", [2: "<</Type /Pages /Kids []>>"])),
    ("a page of no size", .page("f", [3: "<</Type /Page>>"])),
    ("a size of five numbers", .page("f", page: "/CropBox [1 2 3 4 5]")),
    ("a content that is not there", .page("", [3: "<</Type /Page /Contents 9 0 R>>"])),
    ("a turn by half", .page("f", page: "/Rotate 45")),
    ("a key twice", .page("f", page: "/A 1 /A 2")),
    ("a page that is two", .page("f", [2: "<</Type /Pages /Kids [3 0 R 3 0 R]>>"])),
    ("a page above itself", .page("f", [3: "<</Type /Pages /Kids [2 0 R]>>"])),
    ("too few operands", .page("1 m")),
    ("too many operands", .page("(a) 1 w")),
    ("operands without an operator", .page("1 w 2")),
    ("text without an end", .page("BT")),
    ("an end without text", .page("ET")),
    ("words outside of text", .page("3 Tr (a) Tj")),
    ("a picture that is not there", .page("/A Do")),
    ("a picture of no size", drawn(Sample.stream("/Subtype /Image ", [1]))),
    ("a picture without colours", drawn(Sample.stream(Sample.pixel, [1]))),
    ("a picture cut short", drawn(Sample.stream(image, []))),
    ("a coding cut short", drawn(Sample.stream(image + "/Filter /FlateDecode ", [0x78, 0x9C]))),
    ("a photo that is none", drawn(Sample.stream(image + "/Filter /DCTDecode ", [1, 2, 3]))),
    ("a string without an end", .page("(a")),
    ("a number that is none", .page("1.2.3 w")),
    (
      "a table of colours cut short",
      .page(
        "/A cs", resources: "/ColorSpace <</A [/Indexed /DeviceRGB 1 (abcde)]>>")
    ),
  ]

  @Test(arguments: broken)
  func `a page that contradicts itself is refused`(_ what: String, _ sample: PDFSample) {
    #expect(refusal(of: sample.bytes) == .damaged)
  }
}
