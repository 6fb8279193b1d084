/// How much a damaged symbol can lose and still be read (ISO/IEC 18004 §6.5.1).
public enum QRErrorCorrection: Sendable {
  /// About 7 %.
  case low
  /// About 15 %.
  case medium

  /// The two bits in the format information.
  var formatBits: Int { self == .low ? 0b01 : 0b00 }
}

/// Sizes of a symbol version (ISO/IEC 18004 table 9); 1…25 here.
struct QRVersion {
  static let largest = 25
  let number: Int

  var size: Int { number * 4 + 17 }

  /// Modules that carry data and error correction.
  private var dataModules: Int {
    var modules = (16 * number + 128) * number + 64
    if number >= 2 {
      let alignment = number / 7 + 2
      modules -= (25 * alignment - 10) * alignment - 55
      if number >= 7 { modules -= 36 }
    }
    return modules
  }

  var codewords: Int { dataModules / 8 }

  func correctionPerBlock(_ level: QRErrorCorrection) -> Int {
    (level == .low ? Self.correctionLow : Self.correctionMedium)[number - 1]
  }

  func blocks(_ level: QRErrorCorrection) -> Int {
    (level == .low ? Self.blocksLow : Self.blocksMedium)[number - 1]
  }

  func dataCodewords(_ level: QRErrorCorrection) -> Int {
    codewords - correctionPerBlock(level) * blocks(level)
  }

  /// Centres of alignment patterns on each axis (annex E).
  var alignmentCentres: [Int] {
    guard number > 1 else { return [] }
    let count = number / 7 + 2
    let step = (number * 8 + count * 3 + 5) / (count * 4 - 4) * 2
    var centres = (0..<count - 1).map { size - 7 - $0 * step }
    centres.append(6)
    return centres.reversed()
  }

  private static let correctionLow = [
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30,
    26,
  ]
  private static let correctionMedium = [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28,
    28,
  ]
  private static let blocksLow = [
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12,
  ]
  private static let blocksMedium = [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21,
  ]
}
