/// One value of a table, as SQLite stores it.
enum SQLiteValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case text([UInt8])
  case blob([UInt8])

  static func text(_ text: String) -> SQLiteValue { .text(Array(text.utf8)) }

  /// The value's serial type in a record (committee §6.2).
  var serialType: UInt64 {
    switch self {
    case .null: 0
    case .integer(0): 8
    case .integer(1): 9
    case .integer(let number):
      switch number {
      case -0x80...0x7f: 1
      case -0x8000...0x7fff: 2
      case -0x80_0000...0x7f_ffff: 3
      case -0x8000_0000...0x7fff_ffff: 4
      case -0x8000_0000_0000...0x7fff_ffff_ffff: 5
      default: 6
      }
    case .blob(let bytes): 12 + 2 * UInt64(bytes.count)
    case .text(let bytes): 13 + 2 * UInt64(bytes.count)
    }
  }

  func append(to bytes: inout [UInt8]) {
    switch self {
    case .null, .integer(0), .integer(1): break
    case .integer(let number):
      let widths: [UInt64: Int] = [1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8]
      let width = widths[serialType] ?? 8
      for shift in stride(from: 8 * (width - 1), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
      }
    case .text(let content), .blob(let content): bytes += content
    }
  }

  /// A record: the serial types, then the values.
  static func record(_ values: [SQLiteValue]) -> [UInt8] {
    var types: [UInt8] = []
    for value in values { types.appendVarint(value.serialType) }
    // No table has so many columns that the length of the header needs two bytes.
    precondition(types.count < 127)
    var record: [UInt8] = [UInt8(types.count + 1)]
    record += types
    for value in values { value.append(to: &record) }
    return record
  }
}

extension [UInt8] {
  /// Appends SQLite's big-endian number of one to nine bytes.
  mutating func appendVarint(_ value: UInt64) {
    guard value >> 56 == 0 else {
      for shift in stride(from: 57, through: 8, by: -7) {
        append(UInt8(truncatingIfNeeded: value >> UInt64(shift)) | 0x80)
      }
      append(UInt8(truncatingIfNeeded: value))
      return
    }
    var groups = 1
    while groups < 8, value >> UInt64(7 * groups) != 0 { groups += 1 }
    for group in stride(from: groups - 1, through: 0, by: -1) {
      append(UInt8(value >> UInt64(7 * group) & 0x7f) | (group > 0 ? 0x80 : 0))
    }
  }
}
