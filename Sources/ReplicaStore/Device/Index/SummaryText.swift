internal import Forms
internal import SyncCore

/// The summary fields of a record as a JSON object of codes and numbers.
struct SummaryText {
  private(set) var text = "{"

  init(_ columns: FormColumns, _ row: FormColumns.Row) {
    for (name, position) in columns.summary {
      let value: String? =
        switch row.single[position] {
        case .value(.text(let text)): text
        case .value(.integer(let number)): "\(number)"
        case .value(.boolean(let flag)): flag ? "true" : "false"
        case .value(.decimal(let number)): number.description
        case .codes(let codes): codes.joined(separator: " ")
        default: nil
        }
      guard let value else { continue }
      if text.utf8.count > 1 { text += "," }
      text += "\""
      text += name
      text += "\":\""
      append(value)
      text += "\""
    }
    text += "}"
  }

  /// Escaped as RFC 8259 wants it.
  private mutating func append(_ value: String) {
    guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else {
      text += value
      return
    }
    for scalar in value.unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0..<0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
