/// Error correction codewords over GF(2⁸) with x⁸+x⁴+x³+x²+1 (ISO/IEC 18004 §7.5).
enum ReedSolomon {
  static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
    var product = 0
    for shift in stride(from: 7, through: 0, by: -1) {
      product = product << 1 ^ (product >> 7) * 0x11D
      product ^= (Int(b) >> shift & 1) * Int(a)
    }
    return UInt8(product)
  }

  /// Coefficients of (x-1)(x-2)…, highest power first, without the leading one.
  static func generator(degree: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: degree)
    result[degree - 1] = 1
    var root: UInt8 = 1
    for _ in 0..<degree {
      for index in 0..<degree {
        result[index] = multiply(result[index], root)
        if index + 1 < degree { result[index] ^= result[index + 1] }
      }
      root = multiply(root, 2)
    }
    return result
  }

  static func remainder(of data: some Sequence<UInt8>, generator: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: generator.count)
    for byte in data {
      let factor = byte ^ result.removeFirst()
      result.append(0)
      for index in result.indices { result[index] ^= multiply(generator[index], factor) }
    }
    return result
  }

  /// The final sequence: data split into blocks, interleaved, then their correction, interleaved.
  static func interleaved(
    _ data: [UInt8], version: QRVersion, level: QRErrorCorrection
  ) -> [UInt8] {
    let count = version.blocks(level)
    let generator = generator(degree: version.correctionPerBlock(level))
    let shortLength = data.count / count
    let shortBlocks = count - data.count % count
    var blocks: [ArraySlice<UInt8>] = []
    var start = 0
    for index in 0..<count {
      let length = shortLength + (index < shortBlocks ? 0 : 1)
      blocks.append(data[start..<start + length])
      start += length
    }
    let corrections = blocks.map { remainder(of: $0, generator: generator) }
    var out: [UInt8] = []
    for index in 0...shortLength {
      for block in blocks where index < block.count { out.append(block[block.startIndex + index]) }
    }
    for index in generator.indices {
      for correction in corrections { out.append(correction[index]) }
    }
    return out
  }
}
