extension JSONValue {
  /// One line of JSON without a line break at the end.
  ///
  /// What `SafeText` would escape is written as `\uXXXX`: the value survives, and a terminal that
  /// shows it is not steered by it.
  public var line: String {
    var out: [UInt8] = []
    write(to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  func write(to out: inout [UInt8]) {
    switch self {
    case .null: out += "null".utf8
    case .bool(let value): out += (value ? "true" : "false").utf8
    case .number(let text): out += text.utf8
    case .string(let text): Self.write(string: text, to: &out)
    case .array(let values):
      out.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        value.write(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let members):
      out.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        Self.write(string: member.name, to: &out)
        out.append(UInt8(ascii: ":"))
        member.value.write(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  private static func write(string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\"".utf8
      case "\\": out += "\\\\".utf8
      case "\n": out += "\\n".utf8
      case "\r": out += "\\r".utf8
      case "\t": out += "\\t".utf8
      default:
        if SafeText.isUnsafe(scalar) {
          for unit in UTF16.encode(scalar)! { write(escaped: unit, to: &out) }
        } else {
          out += UTF8.encode(scalar)!
        }
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func write(escaped unit: UInt16, to out: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    out += "\\u".utf8
    for shift in [12, 8, 4, 0] { out.append(digits[Int(unit >> UInt16(shift)) & 15]) }
  }
}
