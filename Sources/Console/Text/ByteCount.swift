/// Sizes as commands take and show them.
public enum ByteCount {
  /// `200000`, `200k`, `1M`, `1MB`, `1MiB`; k, M, G are powers of 1000, Ki, Mi, Gi of 1024.
  public static func read(_ text: String) -> Int? {
    let folded = DigitFolding.fold(text).lowercased()
    let digits = folded.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, digits.count <= 15, let count = Int(digits) else { return nil }
    let factor: Int
    switch folded.dropFirst(digits.count).drop(while: { $0 == " " }) {
    case "", "b": factor = 1
    case "k", "kb": factor = 1_000
    case "m", "mb": factor = 1_000_000
    case "g", "gb": factor = 1_000_000_000
    case "ki", "kib": factor = 1 << 10
    case "mi", "mib": factor = 1 << 20
    case "gi", "gib": factor = 1 << 30
    default: return nil
    }
    let product = count.multipliedReportingOverflow(by: factor)
    return product.overflow ? nil : product.partialValue
  }

  /// `812 B`, `4.1 kB`, `2.0 MB`: what a data plan is sold in.
  public static func text(_ bytes: Int) -> String {
    if bytes < 1_000 { return "\(bytes) B" }
    var tenths = (bytes + 50) / 100
    for unit in ["kB", "MB", "GB"] {
      if tenths < 10_000 || unit == "GB" { return "\(tenths / 10).\(tenths % 10) \(unit)" }
      tenths = (tenths + 500) / 1_000
    }
    return ""
  }
}
