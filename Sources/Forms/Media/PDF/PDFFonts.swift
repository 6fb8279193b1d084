/// What letters look like, and what they are (ISO 32000-1 §9.5 to §9.9).
extension PDFCleaner {
  private static let encodings: Set = [
    "StandardEncoding", "MacRomanEncoding", "WinAnsiEncoding", "MacExpertEncoding",
  ]
  private static let differencesMax = 4_096

  func font(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .font) { (value) throws(MediaFault) in
      guard let own = value.dictionary else { throw .damaged }
      var font: PDFDictionary
      switch try self.document.name(own["Subtype"]) {
      case "Type1", "MMType1", "TrueType": font = try self.simpleFont(own)
      case "Type0": font = try self.compositeFont(own)
      case "Type3": font = try self.drawnFont(own)
      default: throw .damaged
      }
      font["Type"] = .name("Font")
      font["Subtype"] = try self.document.value(own["Subtype"])
      if let map = own["ToUnicode"] { font["ToUnicode"] = try self.meaning(map) }
      return .dictionary(font)
    }
  }

  private func simpleFont(_ own: PDFDictionary) throws(MediaFault) -> PDFDictionary {
    var font = try document.taken(own, PDFShapes.simpleFont)
    font["BaseFont"] = try fontName(own["BaseFont"])
    font["Encoding"] = try encoding(own["Encoding"])
    if let descriptor = own["FontDescriptor"] {
      font["FontDescriptor"] = try fontDescriptor(descriptor)
    }
    return font
  }

  /// Which letter each number is, by the letters' names.
  func encoding(_ source: PDFObject?) throws(MediaFault) -> PDFObject? {
    let value = try document.value(source)
    if value == .null { return nil }
    if let name = value.name {
      guard Self.encodings.contains(name) else { throw .unusual }
      return value
    }
    guard let own = value.dictionary else { throw .damaged }
    var encoding: PDFDictionary = [:]
    if let base = try document.name(own["BaseEncoding"]) {
      guard Self.encodings.contains(base) else { throw .unusual }
      encoding["BaseEncoding"] = .name(base)
    }
    guard let changes = try document.array(own["Differences"]) else { return .dictionary(encoding) }
    guard changes.count <= Self.differencesMax else { throw .unusual }
    var kept: [PDFObject] = []
    for change in changes {
      let change = try document.value(change)
      guard change.name != nil || change.integer != nil else { throw .damaged }
      kept.append(change)
    }
    encoding["Differences"] = .array(kept)
    return .dictionary(encoding)
  }

  /// A font that is not whole has a mark of six letters before its name, by which one could tell
  /// the file that it was first written to.
  func fontName(_ source: PDFObject?) throws(MediaFault) -> PDFObject {
    let value = try document.value(source)
    // Some writers take a string for a name here.
    let string = value.string.map { String(decoding: $0, as: UTF8.self) }
    guard let name = value.name ?? string else { throw .damaged }
    guard name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) || value.name != nil else {
      throw .damaged
    }
    guard FontTag.isTag(name.utf8.prefix(FontTag.count + 1)) else { return .name(name) }
    let own = String(name.prefix(FontTag.count))
    let tag = fontTags[own] ?? Self.fontTag(fontTags.count)
    fontTags[own] = tag
    return .name(tag + name.dropFirst(FontTag.count))
  }

  private static func fontTag(_ count: Int) -> String {
    var rest = count
    var tag = ""
    for _ in 0..<FontTag.count {
      tag = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(rest % 26))) + tag
      rest /= 26
    }
    return tag
  }

  func fontDescriptor(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .fontDescriptor) { (value) throws(MediaFault) in
      guard let own = value.dictionary else { throw .damaged }
      var descriptor = try self.document.taken(own, PDFShapes.fontDescriptor)
      descriptor["Type"] = .name("FontDescriptor")
      descriptor["FontName"] = try self.fontName(own["FontName"])
      for key in ["FontFile", "FontFile2", "FontFile3"] {
        if let program = own[key] { descriptor[key] = try self.fontProgram(program, key) }
      }
      return .dictionary(descriptor)
    }
  }

  private func fontProgram(_ source: PDFObject, _ key: String) throws(MediaFault) -> PDFObject {
    try object(source, as: .fontProgram) { (value) throws(MediaFault) in
      guard let stream = value.stream else { throw .damaged }
      let program = try self.document.content(of: stream)
      switch key {
      case "FontFile":
        let lengths = (
          try self.document.integer(stream.dictionary["Length1"]) ?? 0,
          try self.document.integer(stream.dictionary["Length2"]) ?? 0
        )
        let clean = try Type1Font.strip(program, clear: lengths.0, sealed: lengths.1)
        let own: PDFDictionary = [
          "Length1": .integer(clean.clear.count), "Length2": .integer(clean.sealed.count),
          "Length3": .integer(0),
        ]
        return try self.stream(own, (clean.clear + clean.sealed)[...])
      case "FontFile2":
        let clean = try OpenTypeFont.strip(program)
        return try self.stream(["Length1": .integer(clean.count)], clean[...])
      default:
        let kind = try self.document.name(stream.dictionary["Subtype"])
        switch kind {
        case "Type1C", "CIDFontType0C":
          return try self.stream(
            ["Subtype": .name(kind ?? "")], try CompactFont.strip(program)[...])
        case "OpenType":
          return try self.stream(
            ["Subtype": .name("OpenType")], try OpenTypeFont.strip(program)[...])
        default: throw .unusual
        }
      }
    }
  }

  // MARK: Letters that are drawings

  private func drawnFont(_ own: PDFDictionary) throws(MediaFault) -> PDFDictionary {
    var font = try document.taken(own, PDFShapes.drawnFont)
    guard let encoding = try encoding(own["Encoding"]),
      let letters = try document.dictionary(own["CharProcs"])
    else { throw .damaged }
    font["Encoding"] = encoding
    // All of them name what they show in one place.
    let names = PDFNames(try document.dictionary(own["Resources"]))
    var kept: PDFDictionary = [:]
    for change in encoding.dictionary?["Differences"]?.array ?? [] {
      guard let name = change.name, kept[name] == nil, let letter = letters[name] else { continue }
      // Another font may have the same drawing, and other names.
      kept[name] = try object(.null, as: .content) { (_) throws(MediaFault) in
        guard let stream = try self.document.value(letter).stream else { throw .damaged }
        let content = try PDFContent.strip(
          try self.document.content(of: stream), names, self, .letter)
        return try self.stream([:], content[...])
      }
    }
    font["CharProcs"] = .dictionary(kept)
    font["Resources"] = .dictionary(names.dictionary)
    return font
  }
}
