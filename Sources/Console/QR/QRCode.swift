/// A QR code (ISO/IEC 18004), versions 1…25, for an invite on a terminal.
public struct QRCode: Sendable {
  /// Modules on each side, without the quiet zone.
  public let size: Int
  public let version: Int
  let mask: Int
  private let modules: [Bool]

  /// The smallest symbol that holds the text; nil when version 25 is too small for it.
  ///
  /// Upper-case letters, digits and `$%*+-./: ` take 5.5 bits a character, anything else 8 a byte.
  public init?(_ text: String, errorCorrection level: QRErrorCorrection = .medium) {
    self.init(text, level: level, versionMin: 1, mask: nil)
  }

  init?(_ text: String, level: QRErrorCorrection, versionMin: Int, mask forced: Int?) {
    guard text.utf8.count < 3_000 else { return nil }
    let segment = QRSegment(text)
    guard
      let version = (versionMin...QRVersion.largest).lazy.map(QRVersion.init).first(where: {
        segment.bitCount($0) <= $0.dataCodewords(level) * 8
      })
    else { return nil }
    let data = segment.codewords(version, count: version.dataCodewords(level))
    var matrix = QRMatrix(version)
    matrix.drawCodewords(ReedSolomon.interleaved(data, version: version, level: level))
    var best: (penalty: Int, mask: Int, matrix: QRMatrix)?
    for mask in forced.map({ $0...$0 }) ?? 0...7 {
      var masked = matrix
      masked.apply(mask: mask)
      masked.drawFormat(level: level, mask: mask)
      let penalty = masked.penalty
      if best.map({ penalty < $0.penalty }) ?? true { best = (penalty, mask, masked) }
    }
    guard let best else { return nil }
    self.size = version.size
    self.version = version.number
    self.mask = best.mask
    self.modules = best.matrix.modules
  }

  /// Whether the module is dark; outside is the light quiet zone.
  public subscript(x: Int, y: Int) -> Bool {
    (0..<size).contains(x) && (0..<size).contains(y) && modules[y * size + x]
  }

  /// Lines for a terminal, two modules a line in half blocks, with the quiet zone of four modules.
  ///
  /// Light modules are drawn and dark ones left, so that it reads on a dark terminal; the escape
  /// sequences make it white on black whatever the colours are.
  public var terminalLines: [String] {
    let range = -4..<size + 4
    return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { y in
      var line = "\u{1B}[40;97m"
      for x in range {
        switch (self[x, y], self[x, y + 1]) {
        case (false, false): line += "█"
        case (false, true): line += "▀"
        case (true, false): line += "▄"
        case (true, true): line += " "
        }
      }
      return line + "\u{1B}[0m"
    }
  }
}
