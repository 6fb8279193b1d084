/// What a decoder of HEVC is configured with, and the units of a coded picture (ISO/IEC 14496-15).
///
/// Both are lists of units with a kind each. Parameter sets and slices are the picture. Beside them
/// there are units for text and for whatever a maker likes: these go.
struct HEVCConfiguration: Hashable {
  private static let slices: ClosedRange<UInt8> = 0...31
  private static let parameterSets: ClosedRange<UInt8> = 32...34
  private static let unitsMax = 64

  private let head: [UInt8]
  /// By kind, in the file's order.
  private let sets: [(UInt8, [[UInt8]])]

  /// Bytes of the length before each unit.
  private let lengthBytes: Int

  init(_ content: MediaReader) throws(MediaFault) {
    var reader = content
    var head = Array(try reader.take(22))
    guard head[0] == 1 else { throw .unusual }
    lengthBytes = Int(head[21] & 3) + 1
    guard lengthBytes != 3 else { throw .damaged }
    // Bits without a meaning are ones.
    for (at, bits) in [(13, 0xF0), (15, 0xFC), (16, 0xFC), (17, 0xF8), (18, 0xF8)] as [(Int, UInt8)]
    { head[at] |= bits }
    self.head = head
    var sets: [(UInt8, [[UInt8]])] = []
    var left = Self.unitsMax
    for _ in 0..<(try reader.byte()) {
      let kind = try reader.byte() & 0xBF
      var units: [[UInt8]] = []
      for _ in 0..<(try reader.big16()) {
        units.append(Array(try reader.take(try reader.big16())))
        left -= 1
        guard left >= 0 else { throw .unusual }
      }
      if Self.parameterSets.contains(kind & 0x3F), !units.isEmpty { sets.append((kind, units)) }
    }
    self.sets = sets
  }

  /// Eight bits for each of three colours, in pictures or in films.
  var isMain: Bool { [1, 3].contains(head[1] & 0x1F) }

  var bytes: [UInt8] {
    var bytes = head + [UInt8(sets.count)]
    for (kind, units) in sets {
      bytes.append(kind)
      bytes.append(big16: units.count)
      for unit in units {
        bytes.append(big16: unit.count)
        bytes += unit
      }
    }
    return bytes
  }

  /// The units that are the picture.
  func picture(_ data: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(data)
    var picture: [UInt8] = []
    picture.reserveCapacity(data.count)
    var hasSlice = false
    while reader.left > 0 {
      let start = reader.at
      let length = try reader.take(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
      guard let first = try reader.take(length).first else { throw .damaged }
      let kind = first >> 1 & 0x3F
      hasSlice = hasSlice || Self.slices.contains(kind)
      guard Self.slices.contains(kind) || Self.parameterSets.contains(kind) else { continue }
      picture += data[start..<reader.at]
    }
    guard hasSlice else { throw .damaged }
    return picture
  }

  static func == (one: Self, other: Self) -> Bool { one.bytes == other.bytes }
  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
