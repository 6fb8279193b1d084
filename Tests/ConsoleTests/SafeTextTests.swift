import Testing

@testable import Console

struct SafeTextTests {
  @Test func `characters that move the cursor or reorder a line are shown and not sent`() {
    #expect(SafeText.escape("a\u{1B}[2Jb") == "a\\u{1b}[2Jb")
    #expect(SafeText.escape("\u{202E}evil\u{2066}") == "\\u{202e}evil\\u{2066}")
    #expect(SafeText.escape("a\u{200B}b\u{FEFF}\u{9B}") == "a\\u{200b}b\\u{feff}\\u{9b}")
    #expect(SafeText.escape("\u{E0041}\u{2028}") == "\\u{e0041}\\u{2028}")
    #expect(SafeText.escape("été نص 人 👍") == "été نص 人 👍")
  }

  @Test func `a joiner stays between Arabic letters and nowhere else`() {
    #expect(SafeText.escape("می\u{200C}خواهم") == "می\u{200C}خواهم")
    #expect(SafeText.escape("مِ\u{200D}ه") == "مِ\u{200D}ه")
    #expect(SafeText.escape("a\u{200D}b") == "a\\u{200d}b")
    #expect(SafeText.escape("م\u{200C}") == "م\\u{200c}")
    #expect(SafeText.escape("م\u{200C}\u{200C}ه") == "م\\u{200c}\\u{200c}ه")
  }

  @Test func `line breaks follow the policy, and a carriage return is never kept`() {
    #expect(SafeText.escape("a\nb") == "a\\u{a}b")
    #expect(SafeText.escape("a\nb", newlines: .keep) == "a\nb")
    #expect(SafeText.escape("a\nb", newlines: .space) == "a b")
    #expect(SafeText.escape("a\r\nb", newlines: .keep) == "a\\u{d}\nb")
    #expect(SafeText.escape(bytes: [0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
  }

  @Test func `a plain text is one whose every scalar is safe and one column wide`() {
    for value in UInt32(0)...0x3FF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = "a" + String(Character(scalar)) + "b"
      let isPlain = !SafeText.isUnsafe(scalar) && ColumnWidth.of(scalar) == 1 && value < 0x300
      #expect(SafeText.columnsOfPlain(text) == (isPlain ? 3 : nil), "\(value)")
    }
    #expect(SafeText.columnsOfPlain("a·é") == 3)
    #expect(SafeText.columnsOfPlain("") == 0)
    #expect(SafeText.columnsOfPlain("ab\u{E0041}") == nil)
  }

  @Test func `columns count what a terminal shows`() {
    #expect(ColumnWidth.of("e\u{301}té") == 3)
    #expect(ColumnWidth.of("人権") == 4)
    #expect(ColumnWidth.of("مُحَمَّد") == 4)
    #expect(ColumnWidth.truncate("人権abc", to: 4) == "人…")
    #expect(ColumnWidth.wrap("one two three", to: 7) == ["one two", "three"])
    #expect(ColumnWidth.wrap("abcdefgh", to: 3) == ["abc", "def", "gh"])
    #expect(ColumnWidth.pad("人", to: 4) == "人  ")
  }

  @Test func `a table aligns cells and shows no line break of theirs`() {
    var table = TextTable()
    table.append(["a", "long", "x"])
    table.append(["人人", "b\nc", "y\u{1B}"])
    #expect(table.lines() == ["a     long  x", "人人  b c   y\\u{1b}"])
  }

  @Test func `a number is read in every script, and refused when it has two readings`() {
    #expect(NumberReader.read("٣٢") == .number("32"))
    #expect(NumberReader.read("۴٫۵") == .number("4.5"))
    #expect(NumberReader.read("1٬234") == .number("1234"))
    #expect(NumberReader.read("-007") == .number("-7"))
    #expect(NumberReader.read("3,5") == .number("3.5"))
    #expect(NumberReader.read("1.234,50") == .number("1234.5"))
    #expect(NumberReader.read("1,234,567") == .number("1234567"))
    #expect(NumberReader.read("3,500") == .ambiguous("3.5", "3500"))
    for bad in [
      "", "-", "1e3", "12a", "1,23,4", "0x10", "1.", ".5", "--1", "1.2.3", "3,\u{64D}5", "3.\u{301}5",
      "1,\u{301}234.5", "\u{301}3,5", "1٫\u{301}5",
    ] {
      #expect(NumberReader.read(bad) == .invalid, "\(bad)")
    }
  }

  @Test func `sizes are read with their unit and shown as a data plan counts them`() {
    #expect(ByteCount.read("200k") == 200_000)
    #expect(ByteCount.read("1 MiB") == 1 << 20)
    #expect(ByteCount.read("٥M") == 5_000_000)
    #expect(ByteCount.read("1T") == nil)
    #expect(ByteCount.read("-1") == nil)
    #expect(ByteCount.text(999) == "999 B")
    #expect(ByteCount.text(4_149) == "4.1 kB")
    #expect(ByteCount.text(999_960) == "1.0 MB")
  }
}
