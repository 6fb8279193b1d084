import SyncCore
import Testing

struct PublicCodeTests {
  private static let codes = (0..<200 as Range<UInt64>).map {
    PublicCode(of: RecordID(high: $0 &* 0x9e37_79b9_7f4a_7c15, low: $0))
  }

  @Test func `a code reads back from its text, however people write it`() {
    for code in Self.codes {
      let text = code.description
      #expect(text.utf8.count == 9)
      let letters = String(text.map { $0 == "0" ? "o" : $0 == "1" ? "l" : $0 })
      for written in [
        text, text.lowercased(), text.filter { $0 != "-" }, letters, letters.uppercased(),
        " " + String(text.map { $0 == "1" ? "I" : $0 }) + " ",
      ] {
        #expect(PublicCode(written) == code, "\(written)")
      }
    }
  }

  @Test func `a wrong digit is caught, but for 0 and Z`() {
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    for code in Self.codes.prefix(40) {
      let text = Array(code.description)
      for place in text.indices where text[place] != "-" {
        for digit in alphabet where digit != text[place] {
          if Set([digit, text[place]]) == ["0", "Z"] { continue }
          var wrong = text
          wrong[place] = digit
          #expect(PublicCode(String(wrong)) == nil, "\(String(wrong))")
        }
      }
    }
  }

  @Test func `two digits that changed places are caught`() {
    for code in Self.codes {
      let digits = Array(code.description.filter { $0 != "-" })
      for place in 0..<6 where Set([digits[place], digits[place + 1]]).count == 2 {
        if Set([digits[place], digits[place + 1]]) == ["0", "Z"] { continue }
        var wrong = digits
        wrong.swapAt(place, place + 1)
        #expect(PublicCode(String(wrong)) == nil, "\(String(wrong))")
      }
    }
  }

  @Test func `text that is no code is refused`() {
    let text = Self.codes[1].description
    for wrong in ["", "-", text.dropLast() + "", text + "0", text + text, "U" + text.dropFirst()] {
      #expect(PublicCode(String(wrong)) == nil, "\(wrong)")
    }
  }
}
