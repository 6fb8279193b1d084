public import SyncCore

/// Whether a stored answer has the shape of its field (forms §3), and its value if so.
///
/// Follows from the form alone, so every machine decides alike.
enum AnswerShape {
  enum Fault: Error {
    case type, tooLong, codeUnknown
  }

  /// Whole numbers that binary64 and JSON hold exactly.
  static let integers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991

  /// Without a list any well-formed code passes: areas change while a form does not.
  static func value(
    _ answer: Answer, type: FieldType, list: ChoiceList?, limits: FormLimits
  ) throws(Fault) -> Value {
    switch (type, answer) {
    case (_, .value(.cleared)): return .empty
    case (.selectMultiple, .codes(let codes)):
      guard codes.count <= limits.codesPerAnswerMax else { throw .tooLong }
      var ascending = true
      for (n, code) in codes.enumerated() {
        try check(code: code, list: list)
        if n > 0, !utf8Less(codes[n - 1], code) { ascending = false }
      }
      return .codes(ascending ? codes : Set(codes).sorted(by: utf8Less))
    case (.text, .value(.text(let text))):
      guard text.utf8.count <= limits.textAnswerBytesMax else { throw .tooLong }
      return .text(text)
    case (.selectOne, .value(.text(let code))):
      try check(code: code, list: list)
      return .text(code)
    case (.integer, .value(.integer(let number))):
      guard integers.contains(number) else { throw .type }
      return .number(Double(number))
    case (.decimal, .value(.decimal(let number))): return .number(number.binary)
    case (.boolean, .value(.boolean(let flag))), (.acknowledge, .value(.boolean(let flag))):
      return .boolean(flag)
    case (.date, .value(.text(let text))):
      guard let date = CivilDate(text) else { throw .type }
      return .date(date)
    case (.datetime, .value(.text(let text))):
      guard let instant = canonicalInstant(text) else { throw .type }
      return .instant(instant)
    case (.geopoint, .value(.text(let text))):
      guard Geopoint(text)?.description == text else { throw .type }
      return .text(text)
    case (.record, .value(.text(let text))):
      guard isLowerHex(text, count: 32) else { throw .type }
      return .text(text)
    case (.image, .value(.text(let text))), (.file, .value(.text(let text))):
      guard AttachmentDescriptor(text) != nil else { throw .type }
      return .text(text)
    default: throw .type
    }
  }

  private static func check(code: String, list: ChoiceList?) throws(Fault) {
    if let list {
      guard list.contains(code) else { throw .codeUnknown }
    } else {
      guard Choice.isCode(code) else { throw .codeUnknown }
    }
  }

  /// Only `YYYY-MM-DDTHH:MM:SSZ`.
  private static func canonicalInstant(_ text: String) -> Instant? {
    let bytes = text.utf8
    guard bytes.count == 20, bytes.last == 0x5A,
      bytes[bytes.index(bytes.startIndex, offsetBy: 10)] == 0x54
    else { return nil }
    return Instant(text)
  }

  static func isLowerHex(_ text: String, count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}

/// Order by UTF-8 bytes, which no locale changes.
func utf8Less(_ a: String, _ b: String) -> Bool {
  let precedes = a.utf8.withContiguousStorageIfAvailable { first in
    b.utf8.withContiguousStorageIfAvailable { first.lexicographicallyPrecedes($0) }
  }
  return (precedes ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
}

/// A place on Earth as typed or measured (forms §3.2): `lat lon [alt [accuracy]]`, in degrees and
/// metres.
public struct Geopoint: Sendable, Hashable, CustomStringConvertible {
  public let latitude: Decimal64
  public let longitude: Decimal64
  public let altitude: Decimal64?
  public let accuracy: Decimal64?

  /// Reads two to four decimal numbers, between spaces or after commas.
  public init?(_ text: String) {
    guard text.utf8.count <= 100 else { return nil }
    let parts = text.split { $0 == " " || $0 == "," }
    let numbers = parts.compactMap { Decimal64($0) }
    guard (2...4).contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0.exponent >= -9 }), (-90...90).contains(numbers[0].binary),
      (-180...180).contains(numbers[1].binary)
    else { return nil }
    latitude = numbers[0]
    longitude = numbers[1]
    altitude = numbers.count > 2 ? numbers[2] : nil
    accuracy = numbers.count > 3 ? numbers[3] : nil
    if let altitude, !(-12_000...100_000).contains(altitude.binary) { return nil }
    if let accuracy, !(0...100_000).contains(accuracy.binary) { return nil }
  }

  public var description: String {
    [latitude, longitude, altitude, accuracy].compactMap { $0?.description }
      .joined(separator: " ")
  }
}
