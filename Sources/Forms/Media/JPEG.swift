/// JPEG (ITU-T T.81): a list of marked segments, then coded data.
///
///     SOI | segments | SOS, coded data, … | EOI | anything
///
/// EXIF, XMP, IPTC, colour profiles, thumbnails and comments each lie in a segment of their own;
/// further pictures, maps of depth and films lie behind the end.
enum JPEG {
  private static let startOfImage: UInt8 = 0xD8
  private static let endOfImage: UInt8 = 0xD9
  private static let startOfScan: UInt8 = 0xDA
  private static let restarts: ClosedRange<UInt8> = 0xD0...0xD7

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    let segments = try Segments(MediaReader(bytes, at: 2), isAlone: true)
    guard segments.hasScan else { throw .damaged }
    var head = segments.density
    if let orientation = segments.orientation, orientation > 1 {
      head += segment(0xE1, EXIFOrientation.only(orientation))
    }
    return framed(head + segments.body)
  }

  /// A picture in another format, which says itself what its pixels mean.
  static func bare(_ bytes: ArraySlice<UInt8>) throws(MediaFault) -> [UInt8] {
    let segments = try Segments(inner(bytes), isAlone: false)
    guard segments.hasScan else { throw .damaged }
    return framed(segments.body)
  }

  /// What several such pictures have in common.
  static func tables(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    let segments = try Segments(inner(bytes[...]), isAlone: false)
    guard !segments.hasFrame else { throw .unusual }
    return framed(segments.body)
  }

  private static func inner(_ bytes: ArraySlice<UInt8>) throws(MediaFault) -> MediaReader {
    let all = Array(bytes)
    guard all.starts(with: [0xFF, startOfImage]) else { throw .damaged }
    return MediaReader(all, at: 2)
  }

  private static func framed(_ body: [UInt8]) -> [UInt8] {
    [0xFF, startOfImage] + body + [0xFF, endOfImage]
  }

  /// What stays, up to the end of the picture.
  private struct Segments {
    var density: [UInt8] = []
    var orientation: UInt8?
    var body: [UInt8] = []
    var hasFrame = false
    var hasScan = false

    init(_ content: MediaReader, isAlone: Bool) throws(MediaFault) {
      var reader = content
      body.reserveCapacity(reader.left)
      while true {
        let marker = try nextMarker(&reader)
        if marker == endOfImage { break }
        let length = try reader.big16()
        guard length >= 2 else { throw .damaged }
        let content = try reader.take(length - 2)
        switch marker {
        // Frames, tables, restart intervals: without them there is no picture.
        case 0xC0...0xC7, 0xC9...0xCF, 0xDB, 0xDC, 0xDD:
          if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xCC { hasFrame = true }
          append(marker, content, to: &body)
        case startOfScan:
          guard hasFrame else { throw .damaged }
          hasScan = true
          append(marker, content, to: &body)
          try copyScan(&reader, to: &body)
        case 0xE0: if density.isEmpty { density = segment(0xE0, JPEG.density(content)) }
        case 0xE1: if orientation == nil { orientation = EXIFOrientation.read(content) }
        case 0xEE:
          if isAlone, let adobe = colourTransform(content) { append(0xEE, adobe, to: &body) }
        // Every other application's segment, comments, and what is reserved.
        case 0xE2...0xEF, 0xFE, 0xF0...0xFD: break
        default: throw .unusual
        }
      }
    }
  }

  private static func nextMarker(_ reader: inout MediaReader) throws(MediaFault) -> UInt8 {
    guard try reader.byte() == 0xFF else { throw .damaged }
    var marker = try reader.byte()
    while marker == 0xFF { marker = try reader.byte() }
    guard marker >= 0xC0, marker != startOfImage, !restarts.contains(marker) else { throw .damaged }
    return marker
  }

  /// Up to the next marker that is no restart.
  private static func copyScan(
    _ reader: inout MediaReader, to body: inout [UInt8]
  ) throws(MediaFault) {
    let start = reader.at
    var at = start
    let bytes = reader.bytes
    while true {
      guard let mark = bytes[at...].firstIndex(of: 0xFF), mark + 1 < bytes.count else {
        throw .damaged
      }
      let next = bytes[mark + 1]
      if next == 0 || restarts.contains(next) {
        at = mark + 2
      } else {
        body += bytes[start..<mark]
        reader.at = mark
        return
      }
    }
  }

  private static func append(
    _ marker: UInt8, _ content: ArraySlice<UInt8>, to body: inout [UInt8]
  ) {
    body += segment(marker, Array(content))
  }

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0xFF, marker]
    bytes.append(big16: content.count + 2)
    return bytes + content
  }

  /// The shape of a pixel, without the thumbnail.
  private static func density(_ content: ArraySlice<UInt8>) -> [UInt8] {
    let name = Array("JFIF\0".utf8)
    guard content.count >= 12, content.starts(with: name) else {
      return name + [1, 1, 0, 0, 1, 0, 1, 0, 0]
    }
    let at = content.startIndex
    return name + [1, 1] + content[(at + 7)..<(at + 12)] + [0, 0]
  }

  /// Whether colours are stored as they are or as YCC: without it some pictures are shown inverted.
  private static func colourTransform(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard content.count >= 12, content.starts(with: "Adobe".utf8) else { return nil }
    let transform = content[content.startIndex + 11]
    guard transform <= 2 else { return nil }
    return (Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, transform])[...]
  }
}

/// The one thing of EXIF that a picture is wrong without: which way is up.
enum EXIFOrientation {
  private static let name = Array("Exif\0\0".utf8)
  private static let tag = 0x0112

  /// 1 to 8; nil where there is none, or none that can be read.
  static func read(_ content: ArraySlice<UInt8>) -> UInt8? {
    guard content.starts(with: name) else { return nil }
    let tiff = Array(content.dropFirst(name.count))
    guard tiff.count >= 8 else { return nil }
    let isLittle: Bool
    switch (tiff[0], tiff[1]) {
    case (0x49, 0x49): isLittle = true
    case (0x4D, 0x4D): isLittle = false
    default: return nil
    }
    func number(_ at: Int, _ count: Int) -> Int? {
      guard at >= 0, at <= tiff.count - count else { return nil }
      let bytes = tiff[at..<(at + count)]
      return isLittle
        ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let first = number(4, 4), let count = number(first, 2) else {
      return nil
    }
    for n in 0..<min(count, 512) {
      let at = first + 2 + 12 * n
      guard let found = number(at, 2) else { return nil }
      guard found == tag else { continue }
      guard number(at + 2, 2) == 3, let value = number(at + 8, 2), (1...8).contains(value) else {
        return nil
      }
      return UInt8(value)
    }
    return nil
  }

  /// A segment that says nothing else.
  static func only(_ orientation: UInt8) -> [UInt8] {
    name + [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1] + [
      0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
    ]
      + [0, 0, 0, 0]
  }
}
