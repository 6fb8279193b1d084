internal import SyncCore

/// A fingerprint that people read to each other: 80 bits as five proquints (identity §2).
///
///     lusab-babad-gutih-tugad-gutuk
public struct Words: Sendable, Hashable {
  /// Sixteen bits a word, in reading order; always five.
  private let values: [UInt16]

  public static let count = 5
  private static let consonants = Array("bdfghjklmnprstvz".utf8)
  private static let vowels = Array("aiou".utf8)

  /// The words of a subject: a device's `origin ‖ signing key ‖ opening key`, or a programme's
  /// authority key.
  public static func fingerprint(_ subject: [UInt8]) -> Words {
    let digest = Hash.sha256(domain: "yarrow.words/1", subject).bytes
    return Words(
      values: (0..<count).map { UInt16(digest[2 * $0]) << 8 | UInt16(digest[2 * $0 + 1]) })
  }

  private init(values: [UInt16]) { self.values = values }

  /// Reads words as a person types them: any case, with hyphens, spaces or nothing between them.
  /// Nil when it isn't five words.
  public init?(_ typed: some StringProtocol) {
    guard typed.utf8.count <= 128 else { return nil }
    var letters: [UInt8] = []
    for byte in typed.utf8 {
      switch byte {
      case 0x20, 0x09, 0x0a, 0x0d, 0x2d: continue
      case 0x41...0x5a: letters.append(byte | 0x20)
      default: letters.append(byte)
      }
    }
    guard letters.count == 5 * Self.count else { return nil }
    var values: [UInt16] = []
    for word in 0..<Self.count {
      guard let value = Self.value(letters[5 * word..<5 * word + 5]) else { return nil }
      values.append(value)
    }
    self.values = values
  }

  private static func value(_ word: ArraySlice<UInt8>) -> UInt16? {
    var value: UInt16 = 0
    for (place, letter) in word.enumerated() {
      let alphabet = place % 2 == 0 ? consonants : vowels
      guard let digit = alphabet.firstIndex(of: letter) else { return nil }
      value = value << (place % 2 == 0 ? 4 : 2) | UInt16(digit)
    }
    return value
  }

  private static func word(_ value: UInt16) -> String {
    let letters = [
      consonants[Int(value >> 12)], vowels[Int(value >> 10 & 3)], consonants[Int(value >> 6 & 15)],
      vowels[Int(value >> 4 & 3)], consonants[Int(value & 15)],
    ]
    return String(decoding: letters, as: UTF8.self)
  }
}

extension Words: CustomStringConvertible {
  /// The five words in lower case, joined by hyphens.
  public var description: String { values.map(Self.word).joined(separator: "-") }
}
