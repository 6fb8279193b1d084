/// Pictures that stand within a content (ISO 32000-1 §8.9.7), and are taken out of it: there they
/// are pictures like others, with an end that needs no guess.
///
///     BI | key value … | ID | a space | data | EI
extension PDFContent {
  private static let keys = [
    "BPC": "BitsPerComponent", "CS": "ColorSpace", "D": "Decode", "DP": "DecodeParms",
    "F": "Filter", "H": "Height", "IM": "ImageMask", "I": "Interpolate", "W": "Width",
  ]
  private static let filters = [
    "AHx": "ASCIIHexDecode", "A85": "ASCII85Decode", "LZW": "LZWDecode", "Fl": "FlateDecode",
    "RL": "RunLengthDecode", "CCF": "CCITTFaxDecode", "DCT": "DCTDecode",
  ]

  /// - Returns: what the picture is called now.
  mutating func inlineImage() throws(MediaFault) -> String {
    guard operands.isEmpty else { throw .damaged }
    let dictionary = try inlineDictionary()
    let cleaner = cleaner
    let own = try cleaner.object(.null, as: .image) { (_) throws(MediaFault) in
      let stream = PDFStream(dictionary: dictionary, data: try self.inlineData(dictionary))
      return try cleaner.image(stream, isMask: false) { (space) throws(MediaFault) in
        try self.inlineColours(space)
      }
    }
    return names.add(own, to: .picture)
  }

  private mutating func inlineData(
    _ dictionary: PDFDictionary
  ) throws(MediaFault) -> ArraySlice<UInt8> {
    let bytes = parser.lexer.bytes
    guard parser.lexer.at < bytes.count, PDFLexer.isSpace(bytes[parser.lexer.at]) else {
      throw .damaged
    }
    let data = bytes[(parser.lexer.at + 1)...]
    let count = try inlineBytes(dictionary, data)
    guard count <= data.count else { throw .damaged }
    parser.lexer.at += 1 + count
    guard try parser.lexer.next() == .word("EI") else { throw .damaged }
    return data.prefix(count)
  }

  /// A device's, a name that the content knows, or a table of such colours.
  private func inlineColours(_ space: PDFObject) throws(MediaFault) -> PDFColours {
    guard let name = space.name else {
      guard space.array?.first == .name("Indexed") else { throw .unusual }
      return try cleaner.colours(space)
    }
    if let device = PDFColours(device: name) { return device }
    return try colours(named: name)
  }

  /// With its keys and names written out.
  private mutating func inlineDictionary() throws(MediaFault) -> PDFDictionary {
    var dictionary: PDFDictionary = [:]
    while true {
      let token = try parser.lexer.next()
      if token == .word("ID") { break }
      guard case .name(let key) = token else { throw .damaged }
      let value = try parser.object()
      guard dictionary.updateValue(value, forKey: Self.keys[key] ?? key) == nil else {
        throw .damaged
      }
    }
    func named(_ value: PDFObject, _ names: [String: String]) -> PDFObject {
      value.name.flatMap { names[$0] }.map(PDFObject.name) ?? value
    }
    for (key, names) in [("Filter", Self.filters), ("ColorSpace", PDFColours.short)] {
      guard let value = dictionary[key] else { continue }
      dictionary[key] =
        value.array.map { .array($0.map { named($0, names) }) } ?? named(value, names)
    }
    return dictionary
  }

  /// Bytes of the data, by the coding's own end.
  private func inlineBytes(
    _ dictionary: PDFDictionary, _ data: ArraySlice<UInt8>
  ) throws(MediaFault) -> Int {
    let filter = dictionary["Filter"].map { $0.array ?? [$0] }?.first?.name
    switch filter {
    case nil: return try plainBytes(dictionary)
    case "FlateDecode":
      return try Flate.measure(data, max: cleaner.document.decodedLeft).codedBytes
    case "ASCIIHexDecode", "ASCII85Decode":
      guard let end = data.firstIndex(of: UInt8(ascii: ">")) else { throw .damaged }
      return end + 1 - data.startIndex
    default: throw .unusual
    }
  }

  private func plainBytes(_ dictionary: PDFDictionary) throws(MediaFault) -> Int {
    guard let width = dictionary["Width"]?.integer, let height = dictionary["Height"]?.integer,
      PDFCleaner.sides.contains(width), PDFCleaner.sides.contains(height)
    else { throw .damaged }
    var bits = 1
    if dictionary["ImageMask"] != .boolean(true) {
      guard let space = dictionary["ColorSpace"], let own = dictionary["BitsPerComponent"]?.integer,
        (1...16).contains(own)
      else { throw .damaged }
      // A table of colours stands for each by one number.
      bits = own * (space.array == nil ? try inlineColours(space).components : 1)
    }
    return (width * bits + 7) / 8 * height
  }
}
