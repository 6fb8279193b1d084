/// A font of Adobe's first format: a program in the language of PostScript that can be read, and
/// one that is sealed with a key that everybody has, in which the letters are.
///
/// The first says who made the font, and when. Its remarks go, and what its strings say: no letter
/// is drawn by them.
enum Type1Font {
  private static let head = Array("%!PS-AdobeFont-1.0\n".utf8)
  private static let last = Array("eexec".utf8)

  struct Parts {
    let clear: [UInt8]
    let sealed: ArraySlice<UInt8>
  }

  static func strip(_ font: [UInt8], clear: Int, sealed: Int) throws(MediaFault) -> Parts {
    guard font.starts(with: Array("%!".utf8)) else { throw .unusual }
    guard clear >= 0, sealed >= 0, clear <= font.count, sealed <= font.count - clear else {
      throw .damaged
    }
    var end = clear
    while end > 0, PDFLexer.isSpace(font[end - 1]) { end -= 1 }
    guard font[..<end].reversed().starts(with: last.reversed()) else { throw .damaged }
    let program = head + (try words(font[..<end])) + font[end..<clear]
    return Parts(clear: program, sealed: font[clear..<(clear + sealed)])
  }

  private static func words(_ program: ArraySlice<UInt8>) throws(MediaFault) -> [UInt8] {
    var words: [UInt8] = []
    var at = program.startIndex
    while at < program.endIndex {
      switch program[at] {
      case UInt8(ascii: "%"):
        while at < program.endIndex, program[at] != 10, program[at] != 13 { at += 1 }
        continue
      case UInt8(ascii: "("):
        at = try end(ofString: program, from: at)
        words += "()".utf8
        continue
      default:
        // Lines that held a remark are empty now, and would be more each time.
        let isBreak = program[at] == 10 || program[at] == 13
        if !isBreak || (words.last ?? 10) != 10 { words.append(isBreak ? 10 : program[at]) }
        at += 1
      }
    }
    var name = 0
    while let slash = words[name...].firstIndex(of: UInt8(ascii: "/")) {
      name = slash + 1
      FontTag.blank(&words, in: name..<words.count)
    }
    return words
  }

  private static func end(
    ofString program: ArraySlice<UInt8>, from start: Int
  ) throws(MediaFault) -> Int {
    var at = start
    var open = 0
    while at < program.endIndex {
      switch program[at] {
      case UInt8(ascii: "\\"): at += 1
      case UInt8(ascii: "("): open += 1
      case UInt8(ascii: ")"):
        open -= 1
        if open == 0 { return at + 1 }
      default: break
      }
      at += 1
    }
    throw .damaged
  }
}
