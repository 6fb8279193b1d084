/// JBIG2 as it lies in a PDF file (ITU-T T.88): segments, each with a number, a kind and a length.
///
/// Dictionaries, regions and pages are the picture. There are segments for remarks too.
enum JBIG2 {
  private static let kept: Set<UInt8> = [
    0, 4, 6, 7, 16, 20, 22, 23, 36, 38, 39, 40, 42, 43, 48, 50, 53,
  ]
  /// The ends of page and file, which have no place here, profiles, and remarks.
  private static let dropped: Set<UInt8> = [49, 51, 52, 62]
  private static let headBytes = 11
  private static let open = 0xFFFF_FFFF

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(bytes)
    var clean: [UInt8] = []
    // Fewer bytes than a head has belong to nothing.
    while reader.left >= headBytes {
      let start = reader.at
      let number = try reader.big32()
      let flags = try reader.byte()
      let few = try reader.byte()
      var count = Int(few >> 5)
      if count == 7 {
        reader.at -= 1
        count = try reader.big32() & 0x1FFF_FFFF
        _ = try reader.take((count + 8) / 8)
      }
      _ = try reader.take(count * (number <= 256 ? 1 : number <= 65_536 ? 2 : 4))
      _ = try reader.take(flags & 0x40 == 0 ? 1 : 4)
      let length = try reader.big32()
      guard length != open else { throw .unusual }
      _ = try reader.take(length)
      let kind = flags & 0x3F
      if kept.contains(kind) {
        clean += bytes[start..<reader.at]
      } else if !dropped.contains(kind) {
        throw .unusual
      }
    }
    return clean
  }
}
