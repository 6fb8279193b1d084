/// A font of the OpenType format (ISO/IEC 14496-22): a list of tables.
///
/// Names of its maker, licence and number have tables of their own.
enum OpenTypeFont {
  /// What letters look like, how wide they are, and which is which.
  private static let kept: Set = [
    "CFF ", "OS/2", "VORG", "cmap", "cvt ", "fpgm", "gasp", "glyf", "head", "hhea", "hmtx", "loca",
    "maxp", "post", "prep", "vhea", "vmtx",
  ]
  private static let kinds: Set<[UInt8]> = [
    [0, 1, 0, 0], Array("true".utf8), Array("OTTO".utf8),
  ]
  private static let tablesMax = 64
  private static let headBytes = 54
  /// Within `head`: the sum of the whole, and when it was made and changed.
  private static let sum = 8..<12
  private static let times = 20..<36
  private static let sumOfWhole: UInt32 = 0xB1B0_AFBA

  static func strip(_ font: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(font)
    let kind = Array(try reader.take(4))
    guard kinds.contains(kind) else { throw .unusual }
    let count = try reader.big16()
    guard count <= tablesMax else { throw .unusual }
    _ = try reader.take(6)
    var tables: [(name: [UInt8], content: [UInt8])] = []
    var room = font.count
    for _ in 0..<count {
      let name = Array(try reader.take(4))
      _ = try reader.big32()
      let offset = try reader.big32()
      let length = try reader.big32()
      let word = String(decoding: name, as: UTF8.self)
      guard kept.contains(word) else { continue }
      guard offset <= font.count, length <= font.count - offset, length <= room,
        !tables.contains(where: { $0.name == name })
      else { throw .damaged }
      room -= length
      var content = Array(font[offset..<(offset + length)])
      if word == "CFF " { content = try CompactFont.strip(content) }
      if word == "head" {
        guard content.count >= headBytes else { throw .damaged }
        content.replaceSubrange(times, with: repeatElement(0, count: times.count))
        content.replaceSubrange(sum, with: [0, 0, 0, 0])
      }
      tables.append((name, content))
    }
    guard !tables.isEmpty else { throw .damaged }
    tables.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return write(kind, tables)
  }

  private static func write(
    _ kind: [UInt8], _ tables: [(name: [UInt8], content: [UInt8])]
  ) -> [UInt8] {
    let steps = tables.count.bitWidth - 1 - tables.count.leadingZeroBitCount
    var font = kind
    font.append(big16: tables.count)
    font.append(big16: 16 << steps)
    font.append(big16: steps)
    font.append(big16: tables.count * 16 - 16 << steps)
    var offset = 12 + 16 * tables.count
    var sumAt: Int?
    for (name, content) in tables {
      font += name
      font.append(big32: Int(checksum(content)))
      font.append(big32: offset)
      font.append(big32: content.count)
      if name == Array("head".utf8) { sumAt = offset + sum.lowerBound }
      offset += (content.count + 3) & ~3
    }
    for (_, content) in tables {
      font += content
      font += repeatElement(0, count: -content.count & 3)
    }
    if let sumAt {
      let rest = sumOfWhole &- checksum(font)
      var bytes: [UInt8] = []
      bytes.append(big32: Int(rest))
      font.replaceSubrange(sumAt..<(sumAt + 4), with: bytes)
    }
    return font
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0
    for (at, byte) in bytes.enumerated() { sum &+= UInt32(byte) << UInt32(24 - at % 4 * 8) }
    return sum
  }
}
