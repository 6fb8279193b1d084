/// Pictures on a page (ISO 32000-1 §8.9): scans above all.
extension PDFCleaner {
  static let sides = 1...65_535

  func image(_ source: PDFObject, as role: Role = .image) throws(MediaFault) -> PDFObject {
    try object(source, as: role) { (value) throws(MediaFault) in
      guard let stream = value.stream,
        try self.document.name(stream.dictionary["Subtype"]) == "Image"
      else { throw .damaged }
      return try self.image(stream, isMask: role == .mask) { (source) throws(MediaFault) in
        try self.colours(source)
      }
    }
  }

  /// - Parameter named: what a colour space is, which within a content may have a name.
  func image(
    _ stream: PDFStream, isMask: Bool,
    named colours: (PDFObject) throws(MediaFault) -> PDFColours
  ) throws(MediaFault) -> PDFObject {
    let source = stream.dictionary
    // It may be hidden from who reads.
    guard source["OC"] == nil else { throw .unusual }
    var image = try document.taken(source, PDFShapes.image)
    image["Type"] = .name("XObject")
    image["Subtype"] = .name("Image")
    guard let width = image["Width"]?.integer, Self.sides.contains(width),
      let height = image["Height"]?.integer, Self.sides.contains(height)
    else { throw .damaged }
    var components = 1
    if image["ImageMask"] == .boolean(true) {
      image["BitsPerComponent"] = .integer(1)
    } else {
      image["ImageMask"] = nil
      guard let space = source["ColorSpace"] else {
        // What says so itself is JPEG 2000, which has more rooms than are known here.
        throw try document.filters(of: stream).last?.name == "JPXDecode" ? .unusual : .damaged
      }
      let found = try colours(space)
      guard !found.isPattern else { throw .damaged }
      components = found.components
      image["ColorSpace"] = found.written
    }
    try takeMasks(source, isMask: isMask, to: &image)
    let filters = try document.filters(of: stream)
    guard let last = filters.last, !PDFFilter.general.contains(last.name) else {
      guard let bits = image["BitsPerComponent"]?.integer, [1, 2, 4, 8, 16].contains(bits) else {
        throw .damaged
      }
      return try samples(
        stream, filters, image, bytes: (width * components * bits + 7) / 8 * height)
    }
    let data = try document.decode(stream.data, filters.dropLast())
    let picture = try picture(data, last, image)
    try countWritten(picture.data.count)
    return .stream(picture)
  }

  private func takeMasks(
    _ source: PDFDictionary, isMask: Bool, to image: inout PDFDictionary
  ) throws(MediaFault) {
    let mask = try document.value(source["Mask"])
    let soft = try document.value(source["SMask"])
    guard !isMask || (mask == .null && soft == .null) else { throw .unusual }
    if soft.stream != nil, let source = source["SMask"] {
      image["SMask"] = try self.image(source, as: .mask)
    }
    if mask.stream != nil, let source = source["Mask"] {
      image["Mask"] = try self.image(source, as: .mask)
    } else if let numbers = try document.numbers(mask, max: 64) {
      image["Mask"] = .numbers(numbers)
    }
  }

  /// A picture in a coding of its own.
  private func picture(
    _ data: ArraySlice<UInt8>, _ filter: PDFFilter, _ image: PDFDictionary
  ) throws(MediaFault) -> PDFStream {
    var image = image
    var parameters: PDFDictionary = [:]
    let clean: [UInt8]
    switch filter.name {
    case "DCTDecode":
      guard data.starts(with: [0xFF, 0xD8, 0xFF]) else { throw .damaged }
      clean = try JPEG.strip(Array(data))
      image["BitsPerComponent"] = .integer(8)
      parameters = try document.taken(filter.parameters, PDFShapes.jpeg)
    case "CCITTFaxDecode":
      clean = Array(data)
      image["BitsPerComponent"] = .integer(1)
      parameters = try document.taken(filter.parameters, PDFShapes.fax)
    case "JBIG2Decode":
      clean = try JBIG2.strip(Array(data))
      image["BitsPerComponent"] = .integer(1)
      if let source = filter.parameters["JBIG2Globals"] {
        parameters["JBIG2Globals"] = try object(source, as: .globals) {
          (value) throws(MediaFault) in
          guard let stream = value.stream else { throw .damaged }
          let globals = try JBIG2.strip(try self.document.content(of: stream))
          try self.countWritten(globals.count)
          return .stream(PDFStream(dictionary: [:], data: globals[...]))
        }
      }
    default: throw .unusual
    }
    image["Filter"] = .name(filter.name)
    image["DecodeParms"] = parameters.isEmpty ? nil : .dictionary(parameters)
    return PDFStream(dictionary: image, data: clean[...])
  }

  /// A picture of plain samples: as many as it shows.
  private func samples(
    _ stream: PDFStream, _ filters: [PDFFilter], _ image: PDFDictionary, bytes: Int
  ) throws(MediaFault) -> PDFObject {
    var image = image
    if filters.count == 1, filters[0].name == "FlateDecode" {
      // Pictures are large, so one that has not a byte too many is cut at its end and not coded
      // anew.
      let predictor = try document.predictor(of: filters[0])
      let extent = try Flate.measure(stream.data, max: samplesLeft)
      samplesLeft -= extent.bytes
      let rowBytes = predictor?.rowBytes ?? 1
      let codedRowBytes = predictor?.codedRowBytes ?? 1
      if bytes % rowBytes == 0, extent.bytes == bytes / rowBytes * codedRowBytes {
        image["Filter"] = .name("FlateDecode")
        if predictor != nil {
          image["DecodeParms"] = .dictionary(
            try document.taken(filters[0].parameters, PDFShapes.predictor))
        }
        return .stream(
          PDFStream(dictionary: image, data: stream.data.prefix(extent.codedBytes)))
      }
    }
    let content = try document.decode(stream.data, filters[...])
    guard content.count >= bytes else { throw .damaged }
    guard bytes <= samplesLeft else { throw .unusual }
    samplesLeft -= bytes
    return try flate(image, content.prefix(bytes))
  }
}
