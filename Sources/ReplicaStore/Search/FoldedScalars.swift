/// What each scalar below U+0700, and of general punctuation, folds to, looked up instead of worked
/// out: text is folded once for every report that is saved.
///
/// Only scalars that fold alike wherever they stand are here: decomposition reorders combining
/// marks, so text that holds any kept mark, and text of other scripts, is folded whole.
struct FoldedScalars: Sendable {
  static let shared = FoldedScalars()

  private static let low = 0x700
  private static let punctuation: Range<UInt32> = 0x2000..<0x2070

  /// Bits 0–55: UTF-8, first byte lowest; bits 56–63: its length, or `whole`.
  private let packed: [UInt64]
  private static let whole: UInt64 = 0xFF

  private init() {
    packed = (Array(0..<UInt32(Self.low)) + Array(Self.punctuation)).map { value in
      guard let scalar = Unicode.Scalar(value) else { return Self.whole << 56 }
      let folded = SearchFolding.foldWhole(String(scalar))
      let isFixed = folded.unicodeScalars.allSatisfy {
        $0.properties.canonicalCombiningClass == .notReordered
      }
      guard isFixed, folded.utf8.count <= 7 else { return Self.whole << 56 }
      return folded.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        | UInt64(folded.utf8.count) << 56
    }
  }

  /// Appends what valid UTF-8 folds to; false, with part of it appended, when the text must be
  /// folded whole.
  func fold(_ text: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) -> Bool {
    out.reserveCapacity(out.count + text.count)
    var at = 0
    while at < text.count {
      let first = text[at]
      if first < 0x80 {
        switch first {
        case 0x41...0x5A: out.append(first + 32)
        case 0x61...0x7A, 0x30...0x39, 0x5F: out.append(first)
        default: out.append(0x20)
        }
        at += 1
        continue
      }
      let index: Int
      if first < 0xE0 {
        index = Int(first & 0x1F) << 6 | Int(text[at + 1] & 0x3F)
        guard index < Self.low else { return false }
        at += 2
      } else if first == 0xE2, text[at + 1] == 0x80 || text[at + 1] == 0x81 {
        let value = Int(text[at + 1] & 0x3F) << 6 | Int(text[at + 2] & 0x3F)
        guard value < Self.punctuation.count else { return false }
        index = Self.low + value
        at += 3
      } else {
        return false
      }
      var bytes = packed[index]
      let count = bytes >> 56
      guard count != Self.whole else { return false }
      for _ in 0..<count {
        out.append(UInt8(truncatingIfNeeded: bytes))
        bytes >>= 8
      }
    }
    return true
  }
}
