/// One answer: the scalar values that a field write can carry (entry §1.2).
///
/// Dates, date-times and places are text in the forms that forms §3 fixes, so that a value reads
/// the same on every machine.
public enum FieldValue: Sendable, Hashable {
  case text(String)
  case integer(Int64)
  case boolean(Bool)
  case decimal(Decimal64)
  /// Only in the toolkit's own forms (keys, commitments, grants).
  case bytes([UInt8])
  /// The answer was taken away.
  case cleared
}

/// An exact decimal number, `mantissa × 10^exponent`, in its one canonical form (entry §1.2).
///
/// The mantissa is not divisible by ten unless it is zero, and zero has exponent zero. Binary
/// floating point never enters an entry: two machines must agree on every digit.
public struct Decimal64: Sendable, Hashable, Comparable {
  public let mantissa: Int64
  public let exponent: Int8

  /// Exponents that an entry may carry.
  public static let exponents: ClosedRange<Int64> = -18...18

  /// Makes the canonical form of `mantissa × 10^exponent`; nil when it does not fit.
  public init?(mantissa: Int64, exponent: Int64) {
    var m = mantissa
    var e = exponent
    if m == 0 { e = 0 }
    while m != 0, m % 10 == 0, e < Self.exponents.upperBound {
      m /= 10
      e += 1
    }
    guard Self.exponents.contains(e) else { return nil }
    self.mantissa = m
    self.exponent = Int8(e)
  }

  /// Reads `-12.50`; nil for anything else, for exponents and for more than 18 digits.
  public init?(_ text: some StringProtocol) {
    var digits = text[...]
    let negative = digits.first == "-"
    if negative { digits = digits.dropFirst() }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = parts.first, !whole.isEmpty else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    if parts.count == 2, fraction.isEmpty { return nil }
    let all = String(whole) + String(fraction)
    guard all.utf8.count <= 18, all.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let magnitude = Int64(all)
    else { return nil }
    self.init(mantissa: negative ? -magnitude : magnitude, exponent: -Int64(fraction.count))
  }

  /// The nearest binary value, for comparison with computed numbers only.
  public var approximate: Double {
    var value = Double(mantissa)
    for _ in 0..<abs(Int(exponent)) { value = exponent < 0 ? value / 10 : value * 10 }
    return value
  }

  public static func < (a: Self, b: Self) -> Bool {
    let signs = (a.mantissa.signum(), b.mantissa.signum())
    guard signs.0 == signs.1 else { return signs.0 < signs.1 }
    return signs.0 < 0 ? b.isNearerZero(than: a) : a.isNearerZero(than: b)
  }

  private func isNearerZero(than other: Self) -> Bool {
    let places = Int(exponent) - Int(other.exponent)
    return places > 0
      ? scaled(by: places).map { $0 < other.mantissa.magnitude } ?? false
      : other.scaled(by: -places).map { mantissa.magnitude < $0 } ?? true
  }

  /// The magnitude of the mantissa with so many zeros behind it; nil when that is beyond every
  /// mantissa. Only zero itself would not be, and it has no exponent to scale by.
  private func scaled(by places: Int) -> UInt128? {
    guard places < 20 else { return mantissa == 0 ? 0 : nil }
    return (0..<places).reduce(UInt128(mantissa.magnitude)) { value, _ in value * 10 }
  }
}

extension Decimal64: CustomStringConvertible {
  public var description: String {
    if exponent >= 0 { return "\(mantissa)" + String(repeating: "0", count: Int(exponent)) }
    let digits = "\(mantissa.magnitude)"
    let places = -Int(exponent)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return (mantissa < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
  }
}

/// What a field's concurrent writes look like to a reader while two of them remain (merge §3).
public enum MergePolicy: String, Sendable, Hashable, CaseIterable, Codable {
  /// Show the conflict with every value until a person resolves it. The default.
  case review
  /// Show the most protective value, marked as contested.
  case protective
  /// Multi-selects: adds that no seen removal covers.
  case set
  /// Notes: all of them, in causal order.
  case append
  /// Bookkeeping only: one, picked deterministically.
  case latest
}
