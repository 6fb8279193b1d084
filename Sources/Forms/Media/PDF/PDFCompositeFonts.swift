/// Fonts of more letters than a byte numbers (ISO 32000-1 §9.7).
extension PDFCleaner {
  private static let widthsMax = 1 << 17
  private static let glyphNumbersMax = 1 << 17
  /// Which letters there are, by the lists that are known. Without one a font has its own.
  private static let orders: Set = ["Identity", "GB1", "CNS1", "Japan1", "Korea1", "KR", "UCS"]

  func compositeFont(_ own: PDFDictionary) throws(MediaFault) -> PDFDictionary {
    guard let parts = try document.array(own["DescendantFonts"]), parts.count == 1 else {
      throw .damaged
    }
    var font: PDFDictionary = ["BaseFont": try fontName(own["BaseFont"])]
    let encoding = try document.value(own["Encoding"])
    switch encoding {
    case .name(let name):
      guard PDFCharacterMap.isKnown(name) else { throw .unusual }
      font["Encoding"] = encoding
    case .stream:
      font["Encoding"] = try characterMap(own["Encoding"] ?? .null, isEncoding: true)
    default: throw .damaged
    }
    font["DescendantFonts"] = .array([
      try object(parts[0], as: .descendant) { (value) throws(MediaFault) in
        guard let own = value.dictionary else { throw .damaged }
        return .dictionary(try self.descendant(own))
      }
    ])
    return font
  }

  private func descendant(_ own: PDFDictionary) throws(MediaFault) -> PDFDictionary {
    var font = try document.taken(own, PDFShapes.descendantFont)
    guard font["Subtype"] != nil, let order = try document.dictionary(own["CIDSystemInfo"]),
      let descriptor = own["FontDescriptor"]
    else { throw .damaged }
    font["Type"] = .name("Font")
    font["BaseFont"] = try fontName(own["BaseFont"])
    font["CIDSystemInfo"] = .dictionary(try systemInformation(order))
    font["FontDescriptor"] = try fontDescriptor(descriptor)
    for key in ["W", "W2"] {
      if let widths = try document.array(own[key]) { font[key] = .array(try self.widths(widths)) }
    }
    let numbers = try document.value(own["CIDToGIDMap"])
    switch numbers {
    case .null: break
    case .name("Identity"): font["CIDToGIDMap"] = numbers
    case .stream:
      font["CIDToGIDMap"] = try object(own["CIDToGIDMap"] ?? .null, as: .glyphNumbers) {
        (value) throws(MediaFault) in
        guard let stream = value.stream else { throw .damaged }
        let content = try self.document.content(of: stream)
        guard content.count <= Self.glyphNumbersMax else { throw .unusual }
        return try self.stream([:], content[...])
      }
    default: throw .damaged
    }
    return font
  }

  private func systemInformation(_ own: PDFDictionary) throws(MediaFault) -> PDFDictionary {
    let order = try document.value(own["Ordering"]).string.map {
      String(decoding: $0, as: UTF8.self)
    }
    let isKnown = order.map(Self.orders.contains) ?? false
    return [
      "Registry": .string(Array("Adobe".utf8)),
      "Ordering": .string(Array((isKnown ? order ?? "" : "Identity").utf8)),
      "Supplement": .integer(isKnown ? try document.integer(own["Supplement"]) ?? 0 : 0),
    ]
  }

  /// Numbers, and lists of them.
  private func widths(_ source: [PDFObject]) throws(MediaFault) -> [PDFObject] {
    var widths: [PDFObject] = []
    // One list may be named many times.
    var left = Self.widthsMax
    for item in source {
      left -= 1
      guard left >= 0 else { throw .unusual }
      let value = try document.value(item)
      if value.number != nil {
        widths.append(value)
      } else if let numbers = try document.numbers(value, max: left) {
        left -= numbers.count
        widths.append(.numbers(numbers))
      } else {
        throw .damaged
      }
    }
    return widths
  }

  // MARK: Character maps

  /// What the letters mean, for who copies or searches or has them read out.
  func meaning(_ source: PDFObject) throws(MediaFault) -> PDFObject? {
    if let name = try document.value(source).name {
      return PDFCharacterMap.identities.contains(name) ? .name(name) : nil
    }
    return try characterMap(source, isEncoding: false)
  }

  private func characterMap(
    _ source: PDFObject, isEncoding: Bool
  ) throws(MediaFault) -> PDFObject {
    try object(source, as: isEncoding ? .characterMap : .meaning) { (value) throws(MediaFault) in
      guard let stream = value.stream else { throw .damaged }
      let map = try PDFCharacterMap(try self.document.content(of: stream))
      // Another map that this one goes on from.
      if let base = try self.document.value(stream.dictionary["UseCMap"]).name {
        guard base == map.base else { throw .unusual }
      } else if stream.dictionary["UseCMap"] != nil {
        throw .unusual
      }
      var own: PDFDictionary = [:]
      if isEncoding {
        own["Type"] = .name("CMap")
        own["CMapName"] = .name("M")
        own["CIDSystemInfo"] = .dictionary([
          "Registry": .string(Array("Adobe".utf8)), "Ordering": .string(Array("Identity".utf8)),
          "Supplement": .integer(0),
        ])
        if map.isVertical { own["WMode"] = .integer(1) }
        if let base = map.base { own["UseCMap"] = .name(base) }
      }
      return try self.stream(own, map.bytes[...])
    }
  }
}
