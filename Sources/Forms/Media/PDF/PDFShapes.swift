/// What stays of a dictionary: these keys, with values of these shapes. Everything else goes.
enum PDFShapes {
  enum Shape {
    case boolean, integer, number
    /// One of these, or of a few letters that name something in a font.
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
      case (.numbers(let counts), .array):
        guard let numbers = try numbers(value), counts.contains(numbers.count) else {
          throw .damaged
        }
        taken[key] = .numbers(numbers)
      default: throw .damaged
      }
    }
    return taken
  }
}
