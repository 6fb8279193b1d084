import SyncCore

/// Date-times as differences from the earliest (wire-format §3.3, form 1).
struct TimeColumn {
  static let form: UInt64 = 1
  private static let spanMax: Int64 = 1 << 31 - 1
  private static let units: [Int64] = [3_600, 60, 1]

  private let seconds: [Int64]
  private let earliest: Int64

  /// Nil when not every value is a date-time that fits, or there are less than two.
  init?(_ values: [ArraySlice<UInt8>]) {
    guard values.count > 1 else { return nil }
    var seconds: [Int64] = []
    seconds.reserveCapacity(values.count)
    for value in values {
      guard value.count == 21, value.first == 0x74, let time = DateTimeText.seconds(value.dropFirst())
      else { return nil }
      seconds.append(time)
    }
    guard let earliest = seconds.min(), let latest = seconds.max(),
      latest - earliest <= Self.spanMax
    else { return nil }
    self.seconds = seconds
    self.earliest = earliest
  }

  func encode(to e: inout CBOREncoder) {
    let unit = Self.units.first { unit in seconds.allSatisfy { ($0 - earliest) % unit == 0 } } ?? 1
    let steps = seconds.map { UInt64(($0 - earliest) / unit) }
    let width = (64 - (steps.max() ?? 0).leadingZeroBitCount + 7) / 8
    e.arrayHead(3)
    e.encode(earliest)
    e.encode(UInt64(unit))
    e.encode(bytes: Bytes.planes(steps, width: width))
  }

  static func read(
    _ count: Int, from r: inout MessageReader
  ) throws(WireError) -> [ArraySlice<UInt8>] {
    guard try r.readCount(max: 3) == 3 else { throw WireError(.inconsistent) }
    let (earliest, unit) = try r.read { d throws(CBORError) in
      let earliest = try d.readInt()
      let unit = Int64(try d.readUInt())
      guard DateTimeText.range.contains(earliest), units.contains(unit) else {
        throw d.error(.outOfRange)
      }
      return (earliest, unit)
    }
    let bytes = try r.readByteString()
    guard bytes.count % count == 0, bytes.count <= 4 * count else { throw WireError(.inconsistent) }
    var values: [ArraySlice<UInt8>] = []
    values.reserveCapacity(count)
    for step in Bytes.values(bytes, count: count, width: bytes.count / count) {
      // Four bytes of hours fit; the sum must be a date-time again.
      let seconds = earliest + Int64(step) * unit
      guard DateTimeText.range.contains(seconds) else { throw WireError(.malformed(.outOfRange)) }
      values.append([0x74] + DateTimeText.bytes(seconds))
    }
    return values
  }
}

/// `YYYY-MM-DDTHH:MM:SSZ` of the years 1 to 9999, and seconds since 1970.
enum DateTimeText {
  /// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  private static let layout = Array("0000-00-00T00:00:00Z".utf8)

  /// Nil for every other text, also for a day that does not exist.
  static func seconds(_ text: ArraySlice<UInt8>) -> Int64? {
    guard text.count == layout.count else { return nil }
    var digits: [Int64] = []
    digits.reserveCapacity(14)
    for (byte, place) in zip(text, layout) {
      if place == 0x30 {
        guard (0x30...0x39).contains(byte) else { return nil }
        digits.append(Int64(byte) - 0x30)
      } else {
        guard byte == place else { return nil }
      }
    }
    func pair(_ at: Int) -> Int64 { digits[at] * 10 + digits[at + 1] }
    let year = pair(0) * 100 + pair(2)
    let (month, day) = (pair(4), pair(6))
    let (hour, minute, second) = (pair(8), pair(10), pair(12))
    guard year > 0, (1...12).contains(month), day > 0, hour < 24, minute < 60, second < 60 else {
      return nil
    }
    let days = GregorianDay.number(year: year, month: month, day: day)
    guard GregorianDay.date(days) == (year, month, day) else { return nil }
    return days * 86_400 + hour * 3_600 + minute * 60 + second
  }

  static func bytes(_ seconds: Int64) -> [UInt8] {
    let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    let rest = seconds - days * 86_400
    let (year, month, day) = GregorianDay.date(days)
    var text = layout
    func put(_ value: Int64, _ at: Int, _ width: Int) {
      var value = value
      for place in (at..<at + width).reversed() {
        text[place] = 0x30 + UInt8(value % 10)
        value /= 10
      }
    }
    put(year, 0, 4)
    put(month, 5, 2)
    put(day, 8, 2)
    put(rest / 3_600, 11, 2)
    put(rest / 60 % 60, 14, 2)
    put(rest % 60, 17, 2)
    return text
  }
}
