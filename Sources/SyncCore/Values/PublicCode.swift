/// A record's code for people: `XXXX-XXXX` in Crockford's base32 (entry §2.3).
///
/// Seven digits name the record, the eighth catches a wrong digit and two that changed places.
/// The code is short enough to be said; two records may share one.
public struct PublicCode: Sendable, Hashable {
  /// The first 35 bits of the hash of the record id.
  private let bits: UInt64

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// The code of a record.
  public init(of record: RecordID) {
    let digest = Hash.sha256(domain: "yarrow.code/1", record)
    bits = digest.withUnsafeBytes { raw in
      raw.prefix(5).reduce(0) { $0 << 8 | UInt64($1) } >> 5
    }
  }

  /// Reads a code as people write it: any case, O for 0, I and L for 1, hyphens and spaces
  /// anywhere. Nil when it has not eight digits or the check digit is wrong.
  public init?(_ text: some StringProtocol) {
    var bits: UInt64 = 0
    var sum: UInt64 = 0
    var count: UInt64 = 0
    for character in text.utf8 {
      if character == 0x2d || character == 0x20 { continue }
      guard count < 8, let digit = Self.digit(character) else { return nil }
      count += 1
      if count == 8 {
        guard digit == sum % 31 else { return nil }
      } else {
        bits = bits << 5 | digit
        sum += count * digit
      }
    }
    guard count == 8 else { return nil }
    self.bits = bits
  }

  private static func digit(_ character: UInt8) -> UInt64? {
    let upper = (0x61...0x7a).contains(character) ? character - 0x20 : character
    switch upper {
    case 0x4f: return 0
    case 0x49, 0x4c: return 1
    default: return alphabet.firstIndex(of: upper).map { UInt64($0) }
    }
  }
}

extension PublicCode: CustomStringConvertible {
  /// Eight digits in upper case with a hyphen in the middle.
  public var description: String {
    var text: [UInt8] = []
    var sum: UInt64 = 0
    for position in 0..<7 as Range<UInt64> {
      let digit = bits >> (30 - 5 * position) & 31
      sum += (position + 1) * digit
      text.append(Self.alphabet[Int(digit)])
      if position == 3 { text.append(0x2d) }
    }
    text.append(Self.alphabet[Int(sum % 31)])
    return String(decoding: text, as: UTF8.self)
  }
}
