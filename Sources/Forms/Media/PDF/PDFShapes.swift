/// What stays of a dictionary: these keys, with values of these shapes. Everything else goes.
enum PDFShapes {
  enum Shape {
    case boolean, integer, number
    case name(Set<String>)
    case numbers(ClosedRange<Int>)
  }

  typealias Table = [String: Shape]

  private static let box = Shape.numbers(4...4)
  private static let matrix = Shape.numbers(6...6)

  static let page: Table = [
    "MediaBox": box, "CropBox": box, "Rotate": .integer, "UserUnit": .number,
  ]
  static let group: Table = ["I": .boolean, "K": .boolean]

  static let form: Table = ["BBox": box, "Matrix": matrix]

  static let tiles: Table = [
    "PatternType": .integer, "PaintType": .integer, "TilingType": .integer, "BBox": box,
    "XStep": .number, "YStep": .number, "Matrix": matrix,
  ]
  static let shaded: Table = ["PatternType": .integer, "Matrix": matrix]

  private static let anyShading: Table = [
    "ShadingType": .integer, "Background": .numbers(1...32), "BBox": box, "AntiAlias": .boolean,
  ]
  /// By kind: over a plane, along a line, between circles.
  static let shadings: [Int: Table] = [
    1: anyShading.merging(
      ["Domain": .numbers(4...4), "Matrix": matrix], uniquingKeysWith: { $1 }),
    2: anyShading.merging(
      ["Domain": .numbers(2...2), "Coords": .numbers(4...4)], uniquingKeysWith: { $1 }),
    3: anyShading.merging(
      ["Domain": .numbers(2...2), "Coords": .numbers(6...6)], uniquingKeysWith: { $1 }),
  ]

  static let simpleFont: Table = [
    "FirstChar": .integer, "LastChar": .integer, "Widths": .numbers(0...256),
  ]
  static let drawnFont: Table = [
    "FirstChar": .integer, "LastChar": .integer, "Widths": .numbers(0...256), "FontMatrix": matrix,
    "FontBBox": box,
  ]
  static let descendantFont: Table = [
    "Subtype": .name(["CIDFontType0", "CIDFontType2"]), "DW": .number, "DW2": .numbers(2...2),
  ]
  static let fontDescriptor: Table = [
    "Flags": .integer, "FontBBox": box, "ItalicAngle": .number, "Ascent": .number,
    "Descent": .number, "Leading": .number, "CapHeight": .number, "XHeight": .number,
    "StemV": .number, "StemH": .number, "AvgWidth": .number, "MaxWidth": .number,
    "MissingWidth": .number, "FontWeight": .number,
  ]

  static let state: Table = [
    "LW": .number, "LC": .integer, "LJ": .integer, "ML": .number, "OP": .boolean, "op": .boolean,
    "OPM": .integer, "FL": .number, "SM": .number, "SA": .boolean, "CA": .number, "ca": .number,
    "AIS": .boolean, "TK": .boolean,
  ]
  static let softMask: Table = [
    "S": .name(["Alpha", "Luminosity"]), "BC": .numbers(1...32),
  ]

  static let image: Table = [
    "Width": .integer, "Height": .integer, "BitsPerComponent": .integer, "ImageMask": .boolean,
    "Interpolate": .boolean, "Decode": .numbers(2...64), "Matte": .numbers(1...32),
  ]
  static let predictor: Table = [
    "Predictor": .integer, "Colors": .integer, "BitsPerComponent": .integer, "Columns": .integer,
  ]
  static let fax: Table = [
    "K": .integer, "EndOfLine": .boolean, "EncodedByteAlign": .boolean, "Columns": .integer,
    "Rows": .integer, "EndOfBlock": .boolean, "BlackIs1": .boolean,
    "DamagedRowsBeforeError": .integer,
  ]
  static let jpeg: Table = ["ColorTransform": .integer]

  static let calibratedGray: Table = [
    "WhitePoint": .numbers(3...3), "BlackPoint": .numbers(3...3), "Gamma": .number,
  ]
  static let calibratedRGB: Table = [
    "WhitePoint": .numbers(3...3), "BlackPoint": .numbers(3...3), "Gamma": .numbers(3...3),
    "Matrix": .numbers(9...9),
  ]
  static let lab: Table = [
    "WhitePoint": .numbers(3...3), "BlackPoint": .numbers(3...3), "Range": .numbers(4...4),
  ]

  private static let anyFunction: Table = [
    "FunctionType": .integer, "Domain": .numbers(2...64), "Range": .numbers(2...64),
  ]
  /// By kind: of samples, of a power, of pieces, of a program.
  static let functions: [Int: Table] = [
    0: anyFunction.merging(
      [
        "Size": .numbers(1...32), "BitsPerSample": .integer, "Order": .integer,
        "Encode": .numbers(2...64), "Decode": .numbers(2...64),
      ], uniquingKeysWith: { $1 }),
    2: anyFunction.merging(
      ["C0": .numbers(1...32), "C1": .numbers(1...32), "N": .number], uniquingKeysWith: { $1 }),
    3: anyFunction.merging(
      ["Bounds": .numbers(0...1_024), "Encode": .numbers(2...2_050)], uniquingKeysWith: { $1 }),
    4: anyFunction,
  ]
}

extension PDFDocument {
  /// - Throws: `damaged` where a value has another shape.
  func taken(
    _ source: PDFDictionary, _ table: PDFShapes.Table
  ) throws(MediaFault) -> PDFDictionary {
    var taken: PDFDictionary = [:]
    for (key, shape) in table.sorted(by: { $0.key < $1.key }) {
      let value = try value(source[key])
      if value == .null { continue }
      switch (shape, value) {
      case (.boolean, .boolean): taken[key] = value
      case (.integer, .number(let number)) where number.integer != nil: taken[key] = value
      case (.number, .number): taken[key] = value
      case (.name(let names), .name(let name)) where names.contains(name): taken[key] = value
      case (.name, .name): throw .unusual
      case (.numbers(let counts), .array(let array)):
        guard counts.contains(array.count),
          let numbers = try numbers(value, max: counts.upperBound)
        else { throw .damaged }
        taken[key] = .numbers(numbers)
      default: throw .damaged
      }
    }
    return taken
  }
}
