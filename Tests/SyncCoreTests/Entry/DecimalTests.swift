import SyncCore
import Testbed
import Testing

@Suite struct DecimalTests {
  private static func decimal(_ mantissa: Int64, _ exponent: Int64 = 0) throws -> Decimal64 {
    try #require(Decimal64(mantissa: mantissa, exponent: exponent))
  }

  /// All digits before and after the point, as long for every number: their order is that of text.
  private static func digits(_ number: Decimal64) -> String {
    let parts = "\(number)".drop { $0 == "-" }.split(separator: ".")
    let whole = parts[0]
    let fraction = parts.count > 1 ? parts[1] : ""
    return String(repeating: "0", count: 40 - whole.count) + whole + fraction
      + String(repeating: "0", count: 20 - fraction.count)
  }

  private static func isLess(_ a: Decimal64, _ b: Decimal64) -> Bool {
    switch (a.mantissa < 0, b.mantissa < 0) {
    case (true, false): true
    case (false, true): false
    case (false, false): digits(a) < digits(b)
    case (true, true): digits(b) < digits(a)
    }
  }

  @Test func `numbers that one binary value stands for are told apart`() throws {
    let a = try Self.decimal(9_007_199_254_740_992)
    let b = try Self.decimal(9_007_199_254_740_993)
    #expect(a < b && !(b < a))
    let tenth = try Self.decimal(1_000_000_000_000_000_001, -18)
    #expect(try Self.decimal(1) < tenth)
    #expect(try Self.decimal(.max, 18) > Self.decimal(.max - 1, 18))
    #expect(try Self.decimal(.min, 18) < Self.decimal(.min + 1, 18))
    #expect(try Self.decimal(1, 18) > Self.decimal(.max, -18))
    #expect(try Self.decimal(-1, 18) < Self.decimal(.min, -18))
    #expect(try Self.decimal(0) < Self.decimal(1, -18))
    #expect(try !(Self.decimal(0) < Self.decimal(0)))
  }

  @Test func `the order of decimals is the order of their digits`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    func number() throws -> Decimal64 {
      let exponent = Int64.random(in: -18...18, using: &random)
      let bits = Int.random(in: 1...63, using: &random)
      let mantissa = Int64.random(in: -(1 << (bits - 1))...(1 << (bits - 1) - 1), using: &random)
      return try Self.decimal(mantissa, exponent)
    }
    for _ in 0..<2_000 {
      let a = try number()
      let b = try number()
      #expect((a < b) == Self.isLess(a, b), "\(a) \(b)")
      // A neighbour in the last digit, where binary fractions are too coarse.
      guard a.mantissa != .max, let next = Decimal64(mantissa: a.mantissa + 1, exponent: Int64(a.exponent))
      else { continue }
      #expect(a < next && !(next < a), "\(a) \(next)")
    }
  }
}
