import SyncCore

/// What an expression works with (forms §5.2).
enum Value: Sendable {
  case empty
  case boolean(Bool)
  /// NaN is "no number".
  case number(Double)
  case text(String)
  /// Ascending by bytes.
  case codes([String])
  case date(CivilDate)
  case instant(Instant)

  var isEmpty: Bool {
    switch self {
    case .empty: true
    case .text(let text): text.isEmpty
    case .codes(let codes): codes.isEmpty
    case .number(let number): number.isNaN
    default: false
    }
  }

  var isTrue: Bool {
    switch self {
    case .empty: false
    case .boolean(let flag): flag
    case .number(let number): number != 0 && !number.isNaN
    case .text(let text): !text.isEmpty
    case .codes(let codes): !codes.isEmpty
    case .date, .instant: true
    }
  }

  var number: Double {
    switch self {
    case .empty, .codes: .nan
    case .boolean(let flag): flag ? 1 : 0
    case .number(let number): number
    case .text(let text): Decimal64(text)?.binary ?? .nan
    case .date(let date): Double(date.dayNumber)
    case .instant(let instant): Double(instant.seconds) / 86_400
    }
  }

  var text: String {
    switch self {
    case .empty: ""
    case .boolean(let flag): flag ? "true" : "false"
    case .number(let number): Decimal64(sixPlaces: number)?.description ?? ""
    case .text(let text): text
    case .codes(let codes): codes.joined(separator: " ")
    case .date(let date): date.description
    case .instant(let instant): instant.description
    }
  }

  /// As a moment in seconds: dates count from their UTC midnight, text is read.
  var seconds: Int64? {
    switch self {
    case .date(let date): Int64(date.dayNumber) * 86_400
    case .instant(let instant): instant.seconds
    case .text(let text):
      CivilDate(text).map { Int64($0.dayNumber) * 86_400 } ?? Instant(text)?.seconds
    default: nil
    }
  }

  /// As a day: of a moment its UTC day, text is read.
  var day: CivilDate? {
    switch self {
    case .date(let date): date
    case .instant(let instant): instant.date
    case .text(let text): CivilDate(text) ?? Instant(text)?.date
    default: nil
    }
  }

  var isMoment: Bool {
    switch self {
    case .date, .instant: true
    default: false
    }
  }
}

extension Decimal64 {
  /// The nearest binary value: the mantissa rounded to binary64, then one multiplication or
  /// division by a power of ten (forms §5.2).
  var binary: Double {
    let power = Self.powers[Int(exponent.magnitude)]
    return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
  }

  /// Every one of them is exact in binary64.
  private static let powers: [Double] = {
    var powers: [Double] = [1]
    for _ in 0..<18 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()

  /// `number` to six places, half to even; nil when it is no number or its magnitude is 9 × 10^9
  /// or more, where six places are not exact.
  init?(sixPlaces number: Double) {
    let scaled = (number * 1_000_000).rounded(.toNearestOrEven)
    guard scaled.magnitude < 9e15 else {
      // Whole numbers keep their digits as far as binary64 does.
      guard number.magnitude < 9e15, number == number.rounded() else { return nil }
      self.init(mantissa: Int64(number), exponent: 0)
      return
    }
    self.init(mantissa: Int64(scaled), exponent: -6)
  }
}
