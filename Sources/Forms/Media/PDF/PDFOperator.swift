/// What stands behind its operands in a content (ISO 32000-1, annex A).
enum PDFOperator {
  /// Of so many numbers. What is in force afterwards may be set within a text.
  case setting(Int)
  /// Of so many numbers, outside of a text.
  case drawing(Int)
  case dashes, intent, state, colours, colour
  case mark, markWithProperties
  case save, restore, named, shading, picture
  case letter(Int)
  case textStart, textEnd
  case text(Text)

  enum Text {
    case set(PDFText.Setting)
    case leading, font, move, moveWithLeading, matrix, nextLine
    case show, showSpaced, showOnNextLine, showSpacedOnNextLine
  }

  static let all: [String: PDFOperator] = [
    "w": .setting(1), "J": .setting(1), "j": .setting(1), "M": .setting(1), "i": .setting(1),
    "G": .setting(1), "g": .setting(1), "RG": .setting(3), "rg": .setting(3), "K": .setting(4),
    "k": .setting(4), "cm": .drawing(6), "m": .drawing(2), "l": .drawing(2), "c": .drawing(6),
    "v": .drawing(4), "y": .drawing(4), "h": .drawing(0), "re": .drawing(4), "S": .drawing(0),
    "s": .drawing(0), "f": .drawing(0), "F": .drawing(0), "f*": .drawing(0), "B": .drawing(0),
    "B*": .drawing(0), "b": .drawing(0), "b*": .drawing(0), "n": .drawing(0), "W": .drawing(0),
    "W*": .drawing(0), "d": .dashes, "ri": .intent, "gs": .state, "CS": .colours, "cs": .colours,
    "SC": .colour, "SCN": .colour, "sc": .colour, "scn": .colour, "BMC": .mark, "EMC": .mark,
    "MP": .mark, "DP": .mark, "BX": .mark, "EX": .mark, "BDC": .markWithProperties, "q": .save,
    "Q": .restore, "Do": .named, "sh": .shading, "BI": .picture, "d0": .letter(2),
    "d1": .letter(6), "BT": .textStart, "ET": .textEnd, "Tc": .text(.set(.betweenLetters)),
    "Tw": .text(.set(.betweenWords)), "Tz": .text(.set(.width)), "Ts": .text(.set(.rise)),
    "Tr": .text(.set(.mode)), "TL": .text(.leading), "Tf": .text(.font), "Td": .text(.move),
    "TD": .text(.moveWithLeading), "Tm": .text(.matrix), "T*": .text(.nextLine),
    "Tj": .text(.show), "TJ": .text(.showSpaced), "'": .text(.showOnNextLine),
    "\"": .text(.showSpacedOnNextLine),
  ]

  /// What of contents is read and written, so that a small file does not take long.
  struct Count {
    var operators: Int
    var values: Int

    static let max = Count(operators: 1 << 23, values: 1 << 24)

    mutating func take(_ operators: Int, _ values: Int) throws(MediaFault) {
      self.operators -= operators
      self.values -= values
      guard self.operators >= 0, self.values >= 0 else { throw .unusual }
    }
  }
}
