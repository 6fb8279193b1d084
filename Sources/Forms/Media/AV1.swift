/// What a decoder of AV1 is configured with (AV1 in ISOBMFF, `av1C`), and the units of a coded
/// picture (AV1 bitstream specification §5).
///
///     unit: head 1 | layer 1, if any | length, seven bits a byte | content
///
/// The sequence, its frame and its tiles are the picture. Beside them there are units for metadata
/// and for padding of any content, and kinds that nobody knows.
struct AV1Configuration: Hashable {
  private enum Unit: UInt8 {
    case sequence = 1
    case frameHead = 3
    case tiles = 4
    case frame = 6
    case repeatedHead = 7
    case tileList = 8
  }

  private static let hasLayer: UInt8 = 4
  private static let hasLength: UInt8 = 2

  /// Profile, level, bits of a channel, sampling.
  private let numbers: [UInt8]

  /// Units may follow. A picture has its own sequence, and so needs none of them; when it is to be
  /// shown, which the last byte says, is for films.
  init(_ content: MediaReader) throws(MediaFault) {
    var reader = content
    let head = Array(try reader.take(4))
    guard head[0] == 0x81 else { throw .unusual }
    numbers = Array(head[1...2])
  }

  var bytes: [UInt8] { [0x81] + numbers + [0] }

  /// The units that are the picture: one sequence, one frame.
  func picture(_ data: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(data)
    var picture: [UInt8] = []
    picture.reserveCapacity(data.count)
    var sequences = 0
    var frames = 0
    var hasTiles = false
    while reader.left > 0 {
      let head = try reader.byte()
      guard head & 0x80 == 0 else { throw .damaged }
      let layer = head & Self.hasLayer != 0 ? [try reader.byte() & 0xF8] : []
      // A last unit may leave its length open.
      let length = head & Self.hasLength != 0 ? try reader.leb128() : reader.left
      let content = try reader.take(length)
      guard let unit = Unit(rawValue: head >> 3 & 15) else { continue }
      switch unit {
      case .sequence: sequences += 1
      case .frameHead: frames += 1
      case .frame:
        frames += 1
        hasTiles = true
      case .tiles: hasTiles = true
      case .repeatedHead: break
      case .tileList: throw .unusual
      }
      picture.append(head & 0x7C | Self.hasLength)
      picture += layer
      picture.append(leb128: length)
      picture += content
    }
    guard sequences > 0, frames > 0, hasTiles else { throw .damaged }
    // Another frame is another picture, in front of this one or behind it: or a layer of a finer
    // one, which a reader may show or not.
    guard sequences == 1, frames == 1 else { throw .unusual }
    return picture
  }
}

extension MediaReader {
  /// A number of seven bits a byte, the lowest first, in at most eight bytes.
  fileprivate mutating func leb128() throws(MediaFault) -> Int {
    var value = 0
    for index in 0..<8 {
      let byte = try self.byte()
      value |= Int(byte & 0x7F) << (7 * index)
      if byte & 0x80 == 0 { return value }
    }
    throw .damaged
  }
}

extension [UInt8] {
  fileprivate mutating func append(leb128 value: Int) {
    var rest = value
    while rest > 0x7F {
      append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}
