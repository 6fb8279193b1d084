/// Contents that are drawn as one thing (ISO 32000-1 §8.10), again and again in a pattern (§8.7),
/// and what is set by name (§8.4.5).
extension PDFCleaner {
  private static let blends: Set = [
    "Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge",
    "ColorBurn", "HardLight", "SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color",
    "Luminosity",
  ]

  private static let blendsMax = 16
  private static let dashesMax = 1_024

  func form(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .form) { (value) throws(MediaFault) in
      guard let stream = value.stream,
        try self.document.name(stream.dictionary["Subtype"]) == "Form"
      else { throw .damaged }
      // It may be hidden from who reads.
      guard stream.dictionary["OC"] == nil else { throw .unusual }
      var form = try self.document.taken(stream.dictionary, PDFShapes.form)
      guard form["BBox"] != nil else { throw .damaged }
      form["Type"] = .name("XObject")
      form["Subtype"] = .name("Form")
      if let group = try self.document.dictionary(stream.dictionary["Group"]) {
        form["Group"] = .dictionary(try self.transparencyGroup(group))
      }
      return try self.drawn(stream, form)
    }
  }

  /// A content with the names that it needs.
  private func drawn(
    _ stream: PDFStream, _ dictionary: PDFDictionary
  ) throws(MediaFault) -> PDFObject {
    var dictionary = dictionary
    let names = PDFNames(try document.dictionary(stream.dictionary["Resources"]))
    let content = try PDFContent.strip(try document.content(of: stream), names, self, .part)
    dictionary["Resources"] = .dictionary(names.dictionary)
    return try self.stream(dictionary, content[...])
  }

  func pattern(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .pattern) { (value) throws(MediaFault) in
      guard let own = value.stream?.dictionary ?? value.dictionary else { throw .damaged }
      switch (try self.document.integer(own["PatternType"]), value.stream) {
      case (1, let stream?):
        let pattern = try self.document.taken(own, PDFShapes.tiles)
        guard pattern["BBox"] != nil, pattern["XStep"] != nil, pattern["YStep"] != nil else {
          throw .damaged
        }
        return try self.drawn(stream, pattern)
      case (2, nil):
        var pattern = try self.document.taken(own, PDFShapes.shaded)
        guard let shading = own["Shading"] else { throw .damaged }
        pattern["Shading"] = try self.shading(shading)
        if let state = own["ExtGState"] { pattern["ExtGState"] = try self.state(state) }
        return .dictionary(pattern)
      default: throw .damaged
      }
    }
  }

  /// Colours that pass into one another: over a plane, along a line, between circles.
  func shading(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .shading) { (value) throws(MediaFault) in
      // Of points and patches: in streams.
      guard value.stream == nil else { throw .unusual }
      guard let own = value.dictionary, let space = own["ColorSpace"],
        let kind = try self.document.integer(own["ShadingType"]),
        let table = PDFShapes.shadings[kind]
      else { throw .damaged }
      var shading = try self.document.taken(own, table)
      let colours = try self.colours(space)
      guard !colours.isPattern else { throw .damaged }
      shading["ColorSpace"] = colours.written
      if let ends = try self.document.array(own["Extend"]) {
        guard ends.count == 2 else { throw .damaged }
        var kept: [PDFObject] = []
        for end in ends {
          let end = try self.document.value(end)
          guard case .boolean = end else { throw .damaged }
          kept.append(end)
        }
        shading["Extend"] = .array(kept)
      }
      guard let function = own["Function"] else { throw .damaged }
      shading["Function"] = try self.functions(function)
      return .dictionary(shading)
    }
  }

  /// One for all components, or one for each.
  private func functions(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    guard let each = try document.value(source).array else { return try function(source) }
    guard each.count <= 32 else { throw .damaged }
    var functions: [PDFObject] = []
    for one in each { functions.append(try function(one)) }
    return .array(functions)
  }

  // MARK: What is set by name

  func state(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .state) { (value) throws(MediaFault) in
      guard let own = value.dictionary else { throw .damaged }
      var state = try self.document.taken(own, PDFShapes.state)
      guard own["Font"] == nil else { throw .unusual }
      for key in ["TR", "TR2"] {
        // What turns colours into others is seen.
        guard [nil, "Identity", "Default"].contains(try self.document.name(own[key])) else {
          throw .unusual
        }
      }
      if let dashes = try self.document.array(own["D"]) {
        guard dashes.count == 2,
          let lengths = try self.document.numbers(dashes[0], max: Self.dashesMax),
          let phase = try self.document.value(dashes[1]).number
        else { throw .damaged }
        state["D"] = .array([.numbers(lengths), .number(phase)])
      }
      state["BM"] = try self.blend(own["BM"])
      state["SMask"] = try self.softMask(own["SMask"])
      return .dictionary(state)
    }
  }

  /// The first of several that is known.
  private func blend(_ source: PDFObject?) throws(MediaFault) -> PDFObject? {
    let value = try document.value(source)
    if value == .null { return nil }
    let names = value.array ?? [value]
    guard names.count <= Self.blendsMax else { throw .unusual }
    for name in names {
      if let name = try document.name(name), Self.blends.contains(name) { return .name(name) }
    }
    throw .unusual
  }

  private func softMask(_ source: PDFObject?) throws(MediaFault) -> PDFObject? {
    let value = try document.value(source)
    switch value {
    case .null: return nil
    case .name("None"): return value
    case .dictionary(let own):
      var mask = try document.taken(own, PDFShapes.softMask)
      guard mask["S"] != nil, let group = own["G"] else { throw .damaged }
      mask["G"] = try form(group)
      let transfer = try document.value(own["TR"])
      if transfer != .null, transfer != .name("Identity"), let source = own["TR"] {
        mask["TR"] = try function(source)
      }
      return .dictionary(mask)
    default: throw .damaged
    }
  }
}
