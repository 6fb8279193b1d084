/// A text as the bits of one segment (ISO/IEC 18004 §7.4).
struct QRSegment {
  private let mode: Int
  private let characterCount: Int
  private let payload: [Bool]
  private let isAlphanumeric: Bool

  /// Alphanumeric when every character is of that set, which takes 5.5 bits each; else bytes.
  init(_ text: String) {
    let values = text.utf8.map { Self.alphanumeric[$0] }
    if values.allSatisfy({ $0 != nil }) {
      isAlphanumeric = true
      mode = 0b0010
      characterCount = values.count
      var bits: [Bool] = []
      var index = 0
      while index < values.count {
        if index + 1 < values.count {
          Self.append(values[index]! * 45 + values[index + 1]!, bits: 11, to: &bits)
        } else {
          Self.append(values[index]!, bits: 6, to: &bits)
        }
        index += 2
      }
      payload = bits
    } else {
      isAlphanumeric = false
      mode = 0b0100
      characterCount = text.utf8.count
      var bits: [Bool] = []
      for byte in text.utf8 { Self.append(Int(byte), bits: 8, to: &bits) }
      payload = bits
    }
  }

  private func countBits(_ version: QRVersion) -> Int {
    if isAlphanumeric { return version.number < 10 ? 9 : 11 }
    return version.number < 10 ? 8 : 16
  }

  func bitCount(_ version: QRVersion) -> Int { 4 + countBits(version) + payload.count }

  /// Data codewords with terminator and padding; the caller checked that they fit.
  func codewords(_ version: QRVersion, count: Int) -> [UInt8] {
    var bits: [Bool] = []
    Self.append(mode, bits: 4, to: &bits)
    Self.append(characterCount, bits: countBits(version), to: &bits)
    bits += payload
    bits += Array(repeating: false, count: min(4, count * 8 - bits.count))
    while bits.count % 8 != 0 { bits.append(false) }
    var bytes = stride(from: 0, to: bits.count, by: 8).map { start in
      bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
    }
    var pad: UInt8 = 0xEC
    while bytes.count < count {
      bytes.append(pad)
      pad ^= 0xEC ^ 0x11
    }
    return bytes
  }

  private static func append(_ value: Int, bits: Int, to out: inout [Bool]) {
    for shift in stride(from: bits - 1, through: 0, by: -1) { out.append(value >> shift & 1 == 1) }
  }

  private static let alphanumeric: [UInt8: Int] = Dictionary(
    uniqueKeysWithValues: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8.enumerated().map {
      ($0.element, $0.offset)
    })
}
