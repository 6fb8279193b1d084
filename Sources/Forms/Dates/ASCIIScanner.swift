/// Reads fixed forms out of bytes without allocating.
struct ASCIIScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// Runs `body` on the text; nil unless it succeeds and reads to the end.
  static func scan<T>(_ text: String, _ body: (inout ASCIIScanner) -> T?) -> T? {
    var copy = text
    return copy.withUTF8 { bytes in
      var scanner = ASCIIScanner(bytes: bytes)
      guard let value = body(&scanner), scanner.position == bytes.count else { return nil }
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var atEnd: Bool { position == bytes.count }

  mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Exactly `count` digits.
  mutating func number(_ count: Int) -> Int? {
    guard position + count <= bytes.count else { return nil }
    var value = 0
    for i in position..<position + count {
      guard (0x30...0x39).contains(bytes[i]) else { return nil }
      value = value * 10 + Int(bytes[i] - 0x30)
    }
    position += count
    return value
  }

  mutating func date() -> CivilDate? {
    guard let year = number(4), take(0x2D), let month = number(2), take(0x2D), let day = number(2)
    else { return nil }
    return CivilDate(year: year, month: month, day: day)
  }

  mutating func instant(offsetMinutes: Int?) -> Instant? {
    guard let date = date(), take(0x54) || take(0x74) || take(0x20) else { return nil }
    guard let hour = number(2), hour < 24, take(0x3A), let minute = number(2), minute < 60 else {
      return nil
    }
    var second = 0
    if take(0x3A) {
      guard let read = number(2), read < 60 else { return nil }
      second = read
      if take(0x2E) {
        guard number(1) != nil else { return nil }
        while number(1) != nil {}
      }
    }
    guard let offset = offset() ?? (atEnd ? offsetMinutes : nil) else { return nil }
    let seconds = date.dayNumber * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    let instant = Instant(seconds: Int64(seconds))
    return instant.date == nil ? nil : instant
  }

  /// `Z`, `+HH:MM` or `-HH:MM`, in minutes east.
  private mutating func offset() -> Int? {
    if take(0x5A) || take(0x7A) { return 0 }
    let sign = take(0x2B) ? 1 : take(0x2D) ? -1 : 0
    guard sign != 0, let hour = number(2), hour < 24, take(0x3A), let minute = number(2),
      minute < 60
    else { return nil }
    return sign * (hour * 60 + minute)
  }
}
