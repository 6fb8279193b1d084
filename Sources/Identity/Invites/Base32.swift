/// RFC 4648 base32 without padding, upper case when written, any case when read.
enum Base32 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + 4) / 5)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for byte in bytes {
      buffer = (buffer << 8 | UInt32(byte)) & 0xffff
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(alphabet[Int(buffer >> bits & 31)])
      }
    }
    if bits > 0 { text.append(alphabet[Int(buffer << (5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for a letter outside the alphabet. Left-over bits are reported, not refused.
  static func decode(_ letters: ArraySlice<UInt8>) -> (bytes: [UInt8], isExact: Bool)? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(letters.count * 5 / 8)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for letter in letters {
      let value: UInt8
      switch letter {
      case 0x41...0x5a: value = letter - 0x41
      case 0x61...0x7a: value = letter - 0x61
      case 0x32...0x37: value = letter - 0x32 + 26
      default: return nil
      }
      buffer = (buffer << 5 | UInt32(value)) & 0xffff
      bits += 5
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
      }
    }
    return (bytes, bits < 5 && buffer & ((1 << bits) - 1) == 0)
  }
}
