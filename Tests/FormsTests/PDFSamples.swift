@testable import Forms

/// A scan with a secret in every place where a program could put one: a photo and a drawing on one
/// page, and beside them what is said of it.
struct PDFSample {
  /// What stands between `obj` and `endobj`, by number.
  var objects: [Int: [UInt8]]
  /// What was there before the file was changed.
  var before: [Int: [UInt8]] = [:]
  var trailer = "/Root 1 0 R /Info 20 0 R /ID [(\(secret))(\(secret))]"
  /// What comes between objects and behind the end.
  var gap = "% \(secret)\n"
  /// Whether objects lie in streams, and the tables do.
  var isPacked = false

  static let secret = String(decoding: MediaSamples.secret, as: UTF8.self)

  init(_ objects: [Int: String] = [:], streams: [Int: [UInt8]] = [:]) {
    self.objects = objects.mapValues { Array($0.utf8) }
    self.objects.merge(streams) { $1 }
  }

  static func stream(_ dictionary: String, _ data: [UInt8]) -> [UInt8] {
    Array("<<\(dictionary)/Length \(data.count)>>\nstream\n".utf8) + data
      + Array("\nendstream".utf8)
  }

  static func stream(_ dictionary: String, _ data: String) -> [UInt8] {
    stream(dictionary, Array(data.utf8))
  }

  /// With a secret behind its end.
  static func flate(_ dictionary: String, _ content: [UInt8]) -> [UInt8] {
    let coded = try! Flate.compress(content[...])
    return stream(dictionary + "/Filter /FlateDecode ", coded + MediaSamples.secret)
  }

  /// One page of this content. Objects from 10 on are free for what it names.
  static func page(
    _ content: String, resources: String = "", page: String = "", root: String = "",
    _ more: [Int: String] = [:], streams: [Int: [UInt8]] = [:]
  ) -> PDFSample {
    var sample = PDFSample(
      [
        1: "<</Type /Catalog /Pages 2 0 R \(root)>>",
        2: "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: """
        <</Type /Page /Parent 2 0 R /MediaBox [0 0 60 30] /Contents 4 0 R
        /Resources <<\(resources)>> \(page)>>
        """,
      ], streams: [4: stream("", content)])
    sample.objects.merge(more.mapValues { Array($0.utf8) }) { $1 }
    sample.objects.merge(streams) { $1 }
    return sample
  }

  static let pixel = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "

  /// Everything at once.
  static let full: PDFSample = {
    let root = """
      <</Type /Catalog /Pages 2 0 R /Metadata 21 0 R /Lang (\(secret)) /Outlines 22 0 R
      /Names <</EmbeddedFiles <</Names [(\(secret)) 22 0 R]>>>> /OpenAction 22 0 R /AA 22 0 R
      /StructTreeRoot 22 0 R /PageLabels 22 0 R /PieceInfo 22 0 R /OutputIntents [22 0 R]
      /ViewerPreferences 22 0 R /OCProperties 22 0 R /AcroForm <</Fields [] /DA (\(secret))>>>>
      """
    let page = """
      <</Type /Page /Parent 2 0 R /Contents [4 0 R 5 0 R] /Thumb 6 0 R /Metadata 21 0 R
      /PieceInfo 22 0 R /LastModified (D:\(secret)) /StructParents 0 /Rotate 450 /UserUnit 1.50
      /CropBox [0 0 60 +30.0] /Group <</S /Transparency /CS 8 0 R /I true /X (\(secret))>>
      /Annots [<</Type /Annot /Subtype /Link /A <</S /URI /URI (\(secret))>>>> 23 0 R]
      /\(secret.replacing(" ", with: "_")) 1>>
      """
    let resources = """
      <</XObject <</\(name) 6 0 R /Im1 7 0 R>> /ColorSpace <</CS0 8 0 R>> /Font <</F0 24 0 R>>
      /ProcSet [/PDF] /Properties <</MC0 22 0 R>>>>
      """
    var sample = PDFSample([
      1: root, 3: page, 15: resources, 20: "<</Author (\(secret)) /Producer (\(secret))>>",
      2: "<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 60 30] /Resources 15 0 R>>",
      8: "[/ICCBased 9 0 R]", 22: "<</JS (\(secret)) /S /JavaScript>>",
      23: "<</Type /Annot /Subtype /Popup /Contents (\(secret))>>",
      24: "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>", 30: "(\(secret))",
    ])
    let marked = "/P <</MCID 0 /ActualText (\(secret))>> BDC"
    sample.objects[4] = stream(
      "",
      "% \(secret)\nq 1.50 0 0 -0.0 +3 .5 cm /\(name) Do Q \(marked) /MC0 /T MP EMC Q\n"
        + "BT 3 Tr /F0 12 Tf 0 g 10 10 Td (\(secret)) Tj T* [(a) -5 (\(secret))] TJ ET /CS0 cs")
    sample.objects[5] = flate("", Array("1 0 0 sc 0 0 m 10 10 l S q /Im1 Do Q".utf8))
    sample.objects[6] = stream(
      pixel + "/ColorSpace 8 0 R /Filter /DCTDecode /Metadata 21 0 R /Name /\(name) ",
      MediaSamples.jpeg(behind: MediaSamples.secret))
    sample.objects[7] = flate(
      pixel + "/ColorSpace [/Indexed /DeviceRGB 0 (abc\(secret))] /SMask 10 0 R ",
      [0] + MediaSamples.secret)
    sample.objects[9] = stream("/N 3 /Alternate /DeviceRGB ", MediaSamples.secret)
    sample.objects[10] = flate(pixel + "/ColorSpace /DeviceGray /PtData 22 0 R ", [0x80])
    sample.objects[21] = stream("/Type /Metadata /Subtype /XML ", MediaSamples.secret)
    sample.before = [4: stream("", "(\(secret)) Tj"), 31: Array("(\(secret))".utf8)]
    return sample
  }()

  /// A photo and a drawing, and hardly more.
  static let small: PDFSample = {
    var sample = PDFSample.page(
      "q /A Do /B Do Q /P BMC 1 0 0 rg f EMC BT 3 Tr(a)Tj ET",
      resources: "/XObject <</A 6 0 R /B 7 0 R>>",
      streams: [
        6: stream(pixel + "/ColorSpace [/ICCBased 8 0 R] /Filter /DCTDecode", MediaSamples.bare),
        7: stream(pixel + "/ColorSpace /DeviceGray /Filter [/ASCIIHexDecode]", "00"),
        8: stream("/N 1", "icc"),
      ])
    sample.gap = ""
    sample.before = [4: stream("", "f")]
    sample.trailer = "/Root 1 0 R"
    return sample
  }()

  private static let name = secret.replacing(" ", with: "_").replacing(".", with: "#2E")

  // MARK: Layout

  var bytes: [UInt8] {
    var bytes = Array("%PDF-1.4\n\(gap)".utf8)
    var previous: Int?
    for objects in before.isEmpty ? [objects] : [before, objects] {
      let isFirst = previous == nil
      let start =
        isPacked
        ? pack(objects, previous, isFirst, &bytes) : table(objects, previous, isFirst, &bytes)
      previous = start
      bytes += Array("startxref\n\(start)\n%%EOF\n\(gap)".utf8)
    }
    return bytes
  }

  private func ending(_ previous: Int?) -> String {
    "/Size \((objects.keys.max() ?? 0) + 3) \(trailer)" + (previous.map { " /Prev \($0)" } ?? "")
  }

  private func put(_ objects: [Int: [UInt8]], _ bytes: inout [UInt8]) -> [Int: Int] {
    var offsets: [Int: Int] = [:]
    for (number, content) in objects.sorted(by: { $0.key < $1.key }) {
      offsets[number] = bytes.count
      bytes += Array("\(number) 0 obj\n".utf8) + content + Array("\nendobj\n\(gap)".utf8)
    }
    return offsets
  }

  private func table(
    _ objects: [Int: [UInt8]], _ previous: Int?, _ isFirst: Bool, _ bytes: inout [UInt8]
  ) -> Int {
    let offsets = put(objects, &bytes)
    let start = bytes.count
    bytes += Array("xref\n".utf8)
    if isFirst { bytes += Array("0 1\n0000000000 65535 f \n".utf8) }
    for (number, offset) in offsets.sorted(by: { $0.key < $1.key }) {
      let padded = String(repeating: "0", count: 10 - "\(offset)".count) + "\(offset)"
      bytes += Array("\(number) 1\n\(padded) 00000 n \n".utf8)
    }
    bytes += Array("trailer\n<<\(ending(previous))>>\n".utf8)
    return start
  }

  private func pack(
    _ objects: [Int: [UInt8]], _ previous: Int?, _ isFirst: Bool, _ bytes: inout [UInt8]
  ) -> Int {
    let isStream = { (content: [UInt8]) in content.contains(run: Array("stream\n".utf8)) }
    let inner = objects.filter { !isStream($0.value) }.sorted { $0.key < $1.key }
    let container = (self.objects.keys.max() ?? 0) + (isFirst ? 1 : 2)
    var outer = objects.filter { isStream($0.value) }
    var head = ""
    var content: [UInt8] = []
    for (number, object) in inner {
      head += "\(number) \(content.count) "
      content += object + Array("\n".utf8)
    }
    outer[container] = Self.flate(
      "/Type /ObjStm /N \(inner.count) /First \(head.utf8.count) ", Array(head.utf8) + content)
    var rows: [(number: Int, row: [UInt8])] = []
    for (number, offset) in put(outer, &bytes) { rows.append((number, Self.row(1, offset, 0))) }
    for (index, (number, _)) in inner.enumerated() {
      rows.append((number, Self.row(2, container, index)))
    }
    rows.sort { $0.number < $1.number }
    let start = bytes.count
    let index = rows.map { "\($0.number) 1" }.joined(separator: " ")
    let dictionary =
      "/Type /XRef /W [1 4 2] /Index [\(index)] \(ending(previous)) "
      + "/DecodeParms <</Predictor 12 /Columns 7>> "
    // Each row by what it differs from the one above.
    var above = [UInt8](repeating: 0, count: 7)
    var coded: [UInt8] = []
    for (_, row) in rows {
      coded += [2] + zip(row, above).map { $0 &- $1 }
      above = row
    }
    bytes += Array("99 0 obj\n".utf8) + Self.flate(dictionary, coded) + Array("\nendobj\n".utf8)
    return start
  }

  static func row(_ kind: Int, _ second: Int, _ third: Int) -> [UInt8] {
    var row = [UInt8(kind)]
    row.append(big32: second)
    row.append(big16: third)
    return row
  }
}

/// What a cleaned file holds: its objects by number, each as it is written.
struct PDFTree {
  let bytes: [UInt8]
  private(set) var objects: [String] = []
  /// The content of those that are streams, without its coding where that is general.
  private(set) var contents: [Int: [UInt8]] = [:]

  /// - Returns: nil for a file that has anything between its objects.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    var at = Array("%PDF-1.7\n%1234\n".utf8).count
    while bytes[at...].starts(with: "\(objects.count + 1) 0 obj\n".utf8) {
      at += "\(objects.count + 1) 0 obj\n".utf8.count
      let end = Array("\nendobj\n".utf8)
      guard let last = bytes.indices.dropFirst(at).first(where: { bytes[$0...].starts(with: end) })
      else { return nil }
      let object = Array(bytes[at..<last])
      let start = Array(">>\nstream\n".utf8)
      if let data = object.indices.first(where: { object[$0...].starts(with: start) }) {
        let head = String(decoding: object[..<(data + 2)], as: UTF8.self)
        let coded = object[(data + start.count)...].dropLast("\nendstream".utf8.count)
        let isCoded = head.contains("/Filter /FlateDecode")
        contents[objects.count + 1] =
          isCoded ? try? Flate.expand(coded, max: 1 << 20) : Array(coded)
        objects.append(head)
      } else {
        objects.append(String(decoding: object, as: UTF8.self))
      }
      at = last + end.count
    }
    guard bytes[at...].starts(with: "xref\n0 \(objects.count + 1)\n".utf8) else { return nil }
  }

  func text(_ number: Int) -> String? {
    contents[number].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Everything that can be read, with the lengths of coded streams left out.
  var lines: [String] {
    objects.map { $0.replacing(#/\/Length \d+ ?/#, with: "") }
  }
}
