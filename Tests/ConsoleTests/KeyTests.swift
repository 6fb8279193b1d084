import Testing

@testable import Console

struct KeyTests {
  private func keys(_ text: String) -> [Key] {
    var decoder = KeyDecoder()
    return decoder.feed(text.utf8)
  }

  @Test func `bytes become keys, whole or one by one`() {
    let text = "aé\u{1B}[A\u{1B}OB\u{1B}[3~\r\n\u{7F}\u{3}م\u{1B}[200~x\r\ny\u{1B}[31m\u{1B}[201~z"
    let expected: [Key] = [
      .character("a"), .character("é"), .up, .down, .delete, .enter, .newline, .backspace,
      .control("c"), .character("م"), .paste("x\ny[31m"), .character("z"),
    ]
    #expect(keys(text) == expected)
    var decoder = KeyDecoder()
    var oneByOne: [Key] = []
    for byte in text.utf8 { oneByOne += decoder.feed([byte]) }
    #expect(oneByOne == expected)
  }

  @Test func `a lone escape is the key only when nothing follows`() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]) == [])
    #expect(decoder.isPending)
    #expect(decoder.flush() == [.escape])
    #expect(decoder.feed([0x1B, 0x5B]) == [])
    #expect(decoder.flush() == [])
    #expect(decoder.feed([0x61]) == [.character("a")])
  }

  @Test func `unknown sequences and broken bytes are dropped whole`() {
    #expect(keys("\u{1B}[1;5Dx\u{1B}[99~y") == letters("xy"))
    var decoder = KeyDecoder()
    #expect(decoder.feed([0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0x61]).last == .character("a"))
    #expect(decoder.feed([0x1B, 0x5B] + Array(repeating: 0x31, count: 100)) == [])
    #expect(decoder.feed([0x62]).count <= 1)
  }

  @Test func `a sequence of any length is dropped whole, however it arrives`() {
    let text = "\u{1B}[" + String(repeating: "1", count: 100) + "A\u{1B}[B"
    #expect(keys(text) == [.down])
    var decoder = KeyDecoder()
    #expect(text.utf8.flatMap { decoder.feed([$0]) } == [.down])
  }

  @Test func `a paste is bounded`() {
    let text = "\u{1B}[200~" + String(repeating: "a", count: 100_000) + "\u{1B}[201~"
    #expect(keys(text) == [.paste(String(repeating: "a", count: KeyDecoder.pasteBytesMax))])
  }
}
