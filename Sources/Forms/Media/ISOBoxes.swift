/// A part of a file of the ISO base media format (ISO/IEC 14496-12): a length, a name, a content.
/// What a content is, parts of its own or numbers, follows from the name alone.
struct ISOBox {
  let name: String
  /// Stands at the beginning of the content and ends with it.
  let content: MediaReader

  /// Boxes in one list. Recordings have tens; long ones in fragments, thousands.
  static let boxesMax = 4_096

  /// The boxes of which a content consists, behind so many bytes of numbers.
  func boxes(behind count: Int = 0) throws(MediaFault) -> [ISOBox] {
    var reader = content
    _ = try reader.take(count)
    return try Self.boxes(&reader, isFile: false)
  }

  /// The boxes of a whole file; the last one may leave its length open.
  static func boxes(ofFile bytes: [UInt8]) throws(MediaFault) -> [ISOBox] {
    var reader = MediaReader(bytes)
    return try boxes(&reader, isFile: true)
  }

  private static func boxes(
    _ reader: inout MediaReader, isFile: Bool
  ) throws(MediaFault) -> [ISOBox] {
    var found: [ISOBox] = []
    // Fewer bytes than a head has are padding, as old programs put behind a list.
    while reader.left >= 8 {
      let start = reader.at
      var length = try reader.big32()
      let name = String(decoding: try reader.take(4), as: UTF8.self)
      if length == 1 {
        length = try reader.big64()
      } else if length == 0, isFile {
        length = reader.end - start
      }
      guard length >= reader.at - start, length <= reader.end - start else { throw .damaged }
      let end = start + length
      found.append(ISOBox(name: name, content: MediaReader(reader.bytes, at: reader.at, end: end)))
      guard found.count <= boxesMax else { throw .unusual }
      reader.at = end
    }
    return found
  }

  // MARK: Writing

  static func box(_ name: StaticString, _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(content.count + 8)
    bytes.append(big32: content.count + 8)
    bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    return bytes + content
  }

  static func box(_ name: StaticString, _ parts: [[UInt8]]) -> [UInt8] {
    var content: [UInt8] = []
    for part in parts { content += part }
    return box(name, content)
  }

  /// A box whose content begins with a version and flags.
  static func full(
    _ name: StaticString, version: UInt8 = 0, flags: UInt8 = 0, _ content: [UInt8]
  ) -> [UInt8] { box(name, [version, 0, 0, flags] + content) }

  /// What the content is: sound, or a picture. Its free text says nothing.
  static func handler(_ kind: StaticString) -> [UInt8] {
    let kind = UnsafeBufferPointer(start: kind.utf8Start, count: kind.utf8CodeUnitCount)
    return full(
      "hdlr", [0, 0, 0, 0] + kind + [UInt8](repeating: 0, count: 12) + [0])
  }
}

extension ISOBox {
  /// The four letters that say what the content of a track or an item is.
  static func kind(ofHandler box: ISOBox) throws(MediaFault) -> String {
    var reader = box.content
    _ = try reader.take(8)
    return String(decoding: try reader.take(4), as: UTF8.self)
  }
}

extension [ISOBox] {
  func only(_ name: String) throws(MediaFault) -> ISOBox? {
    var found: ISOBox?
    for box in self where box.name == name {
      guard found == nil else { throw .unusual }
      found = box
    }
    return found
  }

  func needed(_ name: String) throws(MediaFault) -> ISOBox {
    guard let box = try only(name) else { throw .damaged }
    return box
  }

  func has(_ name: String) -> Bool { contains { $0.name == name } }
}

extension MediaReader {
  mutating func big64() throws(MediaFault) -> Int {
    let high = try big32()
    guard high <= Int(Int32.max) else { throw .damaged }
    return high << 32 | (try big32())
  }

  /// The number that a head of a box says: 0, or one of the others that the reader knows.
  mutating func version(max: UInt8 = 0) throws(MediaFault) -> (version: UInt8, flags: Int) {
    let both = try big32()
    guard both >> 24 <= Int(max) else { throw .unusual }
    return (UInt8(both >> 24), both & 0xFF_FFFF)
  }

  /// The length of a table that follows, none of whose rows has fewer bytes than said.
  mutating func count(of rowBytes: Int, max: Int) throws(MediaFault) -> Int {
    let count = try big32()
    guard count <= left / rowBytes else { throw .damaged }
    guard count <= max else { throw .unusual }
    return count
  }
}
