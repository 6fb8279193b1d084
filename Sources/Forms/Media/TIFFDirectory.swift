/// The two orders in which a TIFF may have the bytes of its numbers.
enum TIFFOrder {
  case little, big

  func number(_ bytes: ArraySlice<UInt8>) -> Int {
    var number = 0
    var shift = self == .little ? 0 : 8 * bytes.count
    for byte in bytes {
      if self == .big { shift -= 8 }
      number |= Int(byte) << shift
      if self == .little { shift += 8 }
    }
    return number
  }

  func bytes(_ value: Int, count: Int) -> [UInt8] {
    let big = (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return self == .little ? big.reversed() : big
  }

  var mark: [UInt8] { self == .little ? [0x49, 0x49] : [0x4D, 0x4D] }
}

/// A TIFF that is read (TIFF 6.0 §2), and how much of it has been: values and strips may lie where
/// others do, but each kind is together no longer than the file.
struct TIFFSource {
  /// Strips and tiles of all pages.
  private static let partsMax = 1 << 20

  let order: TIFFOrder
  /// Where the first directory lies; 0 for none.
  let first: Int
  let bytes: [UInt8]
  private var valuesRoom: Int
  private var dataRoom: Int
  private var partsLeft = partsMax

  init(_ bytes: [UInt8]) throws(MediaFault) {
    guard bytes.count >= 8 else { throw .damaged }
    order = bytes[0] == 0x49 ? .little : .big
    // The other one, for files of more than four gigabytes, has another head.
    guard order.number(bytes[2..<4]) == 42 else { throw .unusual }
    first = order.number(bytes[4..<8])
    self.bytes = bytes
    valuesRoom = bytes.count
    dataRoom = bytes.count
  }

  func number(at: Int, bytes count: Int) throws(MediaFault) -> Int {
    guard at >= 0, at <= bytes.count - count else { throw .damaged }
    return order.number(bytes[at..<(at + count)])
  }

  mutating func value(at: Int, count: Int) throws(MediaFault) -> ArraySlice<UInt8> {
    try Self.take(count, of: &valuesRoom, bytes, at)
  }

  mutating func data(at: Int, count: Int) throws(MediaFault) -> ArraySlice<UInt8> {
    try Self.take(count, of: &dataRoom, bytes, at)
  }

  mutating func count(parts: Int) throws(MediaFault) {
    guard parts <= partsLeft else { throw .unusual }
    partsLeft -= parts
  }

  private static func take(
    _ count: Int, of room: inout Int, _ bytes: [UInt8], _ at: Int
  ) throws(MediaFault) -> ArraySlice<UInt8> {
    guard count <= room, at <= bytes.count, count <= bytes.count - at else { throw .damaged }
    room -= count
    return bytes[at..<(at + count)]
  }
}

/// What a TIFF says of one picture: fields of a tag, a type, a count, and a value or its place.
///
///     count 2 | tag 2, type 2, count 4, value or place 4 | … | next directory 4
struct TIFFDirectory {
  private struct Field {
    /// 0 where the tag is there twice.
    var type: Int
    let count: Int
    let at: Int
  }

  /// Scanners write twenty, cameras sixty.
  private static let fieldsMax = 512
  private static let widths = [1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4]
  private static let rational = 5
  private static let octets = 7

  private var fields: [TIFFTag: Field] = [:]
  let next: Int

  init(_ file: TIFFSource, at start: Int) throws(MediaFault) {
    let count = try file.number(at: start, bytes: 2)
    guard count <= Self.fieldsMax else { throw .unusual }
    for index in 0..<count {
      let at = start + 2 + 12 * index
      guard let tag = TIFFTag(rawValue: try file.number(at: at, bytes: 2)) else { continue }
      let isSecond = fields[tag] != nil
      fields[tag] = Field(
        type: isSecond ? 0 : try file.number(at: at + 2, bytes: 2),
        count: try file.number(at: at + 4, bytes: 4), at: at + 8)
    }
    next = try file.number(at: start + 2 + 12 * count, bytes: 4)
  }

  func has(_ tag: TIFFTag) -> Bool { fields[tag] != nil }

  /// How many values a tag says it has.
  func count(_ tag: TIFFTag) -> Int { fields[tag]?.count ?? 0 }

  /// The first so many whole numbers, in whichever type they are; nil without the tag.
  func numbers(
    _ tag: TIFFTag, count: Int, _ file: inout TIFFSource
  ) throws(MediaFault) -> [Int]? {
    guard let field = fields[tag] else { return nil }
    guard let width = Self.widths[field.type], field.type != Self.rational,
      field.type != Self.octets,
      // Nobody writes a list in single bytes, and read it would be eight times as long.
      width > 1 || count == 1
    else { throw .damaged }
    let bytes = try Self.value(field, width: width, count: count, &file)
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map {
      file.order.number(bytes[$0..<($0 + width)])
    }
  }

  /// The first so many fractions, each of two numbers.
  func rationals(
    _ tag: TIFFTag, count: Int, _ file: inout TIFFSource
  ) throws(MediaFault) -> [Int]? {
    guard let field = fields[tag] else { return nil }
    guard field.type == Self.rational else { throw .damaged }
    let bytes = try Self.value(field, width: 8, count: count, &file)
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map {
      file.order.number(bytes[$0..<($0 + 4)])
    }
  }

  func octets(_ tag: TIFFTag, _ file: inout TIFFSource) throws(MediaFault) -> [UInt8]? {
    guard let field = fields[tag] else { return nil }
    guard Self.widths[field.type] == 1 else { throw .damaged }
    return Array(try Self.value(field, width: 1, count: field.count, &file))
  }

  private static func value(
    _ field: Field, width: Int, count: Int, _ file: inout TIFFSource
  ) throws(MediaFault) -> ArraySlice<UInt8> {
    guard count <= field.count else { throw .damaged }
    // What fits in four bytes lies in the place of a place.
    let isInside = field.count * width <= 4
    let at = isInside ? field.at : try file.number(at: field.at, bytes: 4)
    return try file.value(at: at, count: count * width)
  }
}
