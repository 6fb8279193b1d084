/// What a PDF file is made of (ISO 32000-1 §7.3).
enum PDFObject: Equatable {
  case null
  case boolean(Bool)
  case number(PDFNumber)
  case string([UInt8])
  case name(String)
  case array([PDFObject])
  case dictionary(PDFDictionary)
  case reference(PDFReference)
  indirect case stream(PDFStream)

  static func integer(_ value: Int) -> PDFObject { .number(PDFNumber(value)) }
  static func numbers(_ values: [PDFNumber]) -> PDFObject { .array(values.map(PDFObject.number)) }
}

/// Names hold bytes: each is the character of the same number.
typealias PDFDictionary = [String: PDFObject]

struct PDFReference: Hashable {
  let number: UInt32
  let generation: UInt32
}

struct PDFStream: Equatable {
  var dictionary: PDFDictionary
  /// As it lies in the file, coded by its filters.
  var data: ArraySlice<UInt8>
}

/// A number in one way of writing it: no sign, zero or point that says nothing.
///
/// What it is worth in binary is not asked, so it is neither rounded nor too large.
struct PDFNumber: Hashable {
  let text: String

  /// Digits beyond which a number says something else.
  private static let digitsMax = 40

  static let zero = PDFNumber(0)

  init(_ value: Int) { text = String(value) }

  private init(text: String) { self.text = text }

  init(_ bytes: ArraySlice<UInt8>) throws(MediaFault) {
    var rest = bytes
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    let point = rest.firstIndex(of: UInt8(ascii: ".")) ?? rest.endIndex
    var whole = rest[..<point]
    var fraction = rest[point...].dropFirst()
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard whole.count + fraction.count > 0, whole.allSatisfy(digits.contains),
      fraction.allSatisfy(digits.contains)
    else { throw .damaged }
    while whole.first == digits.lowerBound { whole.removeFirst() }
    while fraction.last == digits.lowerBound { fraction.removeLast() }
    guard whole.count + fraction.count <= Self.digitsMax else { throw .unusual }
    guard !whole.isEmpty || !fraction.isEmpty else {
      text = "0"
      return
    }
    var text = isNegative ? "-" : ""
    text += whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)
    if !fraction.isEmpty { text += "." + String(decoding: fraction, as: UTF8.self) }
    self.text = text
  }

  var integer: Int? { Int(text) }

  var negated: PDFNumber {
    if self == .zero { return self }
    return PDFNumber(text: text.hasPrefix("-") ? String(text.dropFirst()) : "-" + text)
  }
}

extension PDFObject {
  var dictionary: PDFDictionary? {
    if case .dictionary(let value) = self { value } else { nil }
  }
  var array: [PDFObject]? { if case .array(let value) = self { value } else { nil } }
  var name: String? { if case .name(let value) = self { value } else { nil } }
  var number: PDFNumber? { if case .number(let value) = self { value } else { nil } }
  var integer: Int? { number?.integer }
  var string: [UInt8]? { if case .string(let value) = self { value } else { nil } }
  /// How many it is, with those in it.
  var values: Int {
    switch self {
    case .array(let array): array.reduce(1) { $0 + $1.values }
    case .dictionary(let dictionary): dictionary.values.reduce(1) { $0 + $1.values }
    case .stream(let stream): stream.dictionary.values.reduce(2) { $0 + $1.values }
    default: 1
    }
  }
  var stream: PDFStream? { if case .stream(let value) = self { value } else { nil } }
}
