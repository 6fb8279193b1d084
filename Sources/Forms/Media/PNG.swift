/// PNG (ISO/IEC 15948): a signature, then chunks of length, name, content and checksum.
enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// What the picture is made of, and how transparent and how bright it is.
  private static let kept: Set<String> = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "sRGB"]

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(bytes, at: signature.count)
    var clean = signature
    clean.reserveCapacity(bytes.count)
    var isFirst = true
    var hasData = false
    while true {
      let start = reader.at
      let length = try reader.big32()
      let name = try reader.take(4)
      guard name.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }) else {
        throw .damaged
      }
      let content = try reader.take(length)
      let sum = try reader.big32()
      guard Int(CRC32.of(bytes[(start + 4)..<content.endIndex])) == sum else { throw .damaged }
      let word = String(decoding: name, as: UTF8.self)
      guard isFirst == (word == "IHDR") else { throw .damaged }
      isFirst = false
      if kept.contains(word) {
        clean += bytes[start..<reader.at]
      } else if name.first! < 0x61 {
        // Whoever does not know a critical chunk cannot show the picture.
        throw .unusual
      }
      if word == "IDAT" { hasData = true }
      if word == "IEND" { break }
    }
    guard hasData else { throw .damaged }
    return clean
  }
}

/// The checksum of PNG: polynomial 0x04C11DB7, bits reflected.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { (n: UInt32) in
    (0..<8).reduce(n) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
