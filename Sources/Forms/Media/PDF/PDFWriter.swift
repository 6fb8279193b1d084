/// A PDF file of numbered objects, one table of where they are, and nothing else.
struct PDFWriter {
  /// Small files that share much must not come out as large ones.
  private static let bytesMax = 1 << 27
  // Four bytes above 127 say that this is no text.
  private static let head = Array("%PDF-1.7\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 10]

  /// By number, from 1. Numbers are given in the order in which objects are met.
  private var objects: [[UInt8]] = []
  private var bytesLeft: Int
  // The trailer has some too.
  private var valuesLeft = PDFDocument.valuesMax - 8

  init(inputBytes: Int) { bytesLeft = Self.bytesMax + inputBytes }

  mutating func reserve() throws(MediaFault) -> PDFReference {
    // The table has a line for 0, too.
    guard objects.count < PDFDocument.objectsMax - 1 else { throw .unusual }
    objects.append([])
    return PDFReference(number: UInt32(objects.count), generation: 0)
  }

  mutating func set(_ reference: PDFReference, _ object: PDFObject) throws(MediaFault) {
    var bytes: [UInt8] = []
    Self.append(object, to: &bytes)
    bytesLeft -= bytes.count
    valuesLeft -= object.values
    guard bytesLeft >= 0, valuesLeft >= 0 else { throw .unusual }
    objects[Int(reference.number) - 1] = bytes
  }

  func bytes(root: PDFReference) -> [UInt8] {
    var bytes = Self.head
    bytes.reserveCapacity(objects.reduce(0) { $0 + $1.count + 64 } + 256)
    var table = Array("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n".utf8)
    for (index, object) in objects.enumerated() {
      let offset = String(bytes.count)
      table += repeatElement(UInt8(ascii: "0"), count: 10 - offset.utf8.count)
      table += "\(offset) 00000 n \n".utf8
      bytes += "\(index + 1) 0 obj\n".utf8
      bytes += object
      bytes += "\nendobj\n".utf8
    }
    let start = bytes.count
    bytes += table
    bytes += "trailer\n".utf8
    let trailer: PDFDictionary = ["Root": .reference(root), "Size": .integer(objects.count + 1)]
    Self.append(.dictionary(trailer), to: &bytes)
    bytes += "\nstartxref\n\(start)\n%%EOF\n".utf8
    return bytes
  }

  // MARK: Objects

  static func append(_ object: PDFObject, to bytes: inout [UInt8]) {
    switch object {
    case .null: bytes += "null".utf8
    case .boolean(let value): bytes += (value ? "true" : "false").utf8
    case .number(let number): bytes += number.text.utf8
    case .string(let string): append(string: string, to: &bytes)
    case .name(let name): append(name: name, to: &bytes)
    case .array(let array):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in array.enumerated() {
        if index > 0 { bytes.append(32) }
        append(item, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .dictionary(let dictionary): append(dictionary, to: &bytes)
    case .reference(let reference):
      bytes += "\(reference.number) \(reference.generation) R".utf8
    case .stream(let stream):
      var dictionary = stream.dictionary
      dictionary["Length"] = .integer(stream.data.count)
      append(dictionary, to: &bytes)
      bytes += "\nstream\n".utf8
      bytes += stream.data
      bytes += "\nendstream".utf8
    }
  }

  private static func append(_ dictionary: PDFDictionary, to bytes: inout [UInt8]) {
    bytes += "<<".utf8
    for (key, value) in dictionary.sorted(by: { $0.key < $1.key }) {
      append(name: key, to: &bytes)
      bytes.append(32)
      append(value, to: &bytes)
    }
    bytes += ">>".utf8
  }

  private static func append(name: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "/"))
    for scalar in name.unicodeScalars {
      let byte = UInt8(truncatingIfNeeded: scalar.value)
      if (0x21...0x7E).contains(byte), PDFLexer.isRegular(byte), byte != UInt8(ascii: "#") {
        bytes.append(byte)
      } else {
        bytes.append(UInt8(ascii: "#"))
        append(hexadecimal: byte, to: &bytes)
      }
    }
  }

  /// Readable where all of it is, else in digits.
  private static func append(string: [UInt8], to bytes: inout [UInt8]) {
    guard string.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      bytes.append(UInt8(ascii: "<"))
      for byte in string { append(hexadecimal: byte, to: &bytes) }
      bytes.append(UInt8(ascii: ">"))
      return
    }
    bytes.append(UInt8(ascii: "("))
    for byte in string {
      if byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "\\") {
        bytes.append(UInt8(ascii: "\\"))
      }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: ")"))
  }

  static func append(hexadecimal byte: UInt8, to bytes: inout [UInt8]) {
    for digit in [byte >> 4, byte & 15] {
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
    }
  }
}
