/// How the data of a stream is coded (ISO 32000-1 §7.4), outermost first.
struct PDFFilter {
  let name: String
  let parameters: PDFDictionary

  /// Codings of any bytes. The others are pictures.
  static let general: Set = [
    "FlateDecode", "LZWDecode", "RunLengthDecode", "ASCIIHexDecode", "ASCII85Decode",
  ]
}

extension PDFDocument {
  private static let filtersMax = 8

  func filters(of stream: PDFStream) throws(MediaFault) -> [PDFFilter] {
    // In another file.
    guard stream.dictionary["F"] == nil else { throw .unusual }
    let names = try list(stream.dictionary["Filter"])
    let parameters = try list(stream.dictionary["DecodeParms"])
    guard names.count <= Self.filtersMax, parameters.count <= names.count else { throw .damaged }
    var filters: [PDFFilter] = []
    for (index, name) in names.enumerated() {
      guard let name = try value(name).name else { throw .damaged }
      let own = parameters.indices.contains(index) ? try value(parameters[index]) : .null
      guard own == .null || own.dictionary != nil else { throw .damaged }
      filters.append(PDFFilter(name: name, parameters: own.dictionary ?? [:]))
    }
    return filters
  }

  /// One object, or several in an array.
  private func list(_ object: PDFObject?) throws(MediaFault) -> [PDFObject] {
    switch try value(object) {
    case .null: []
    case .array(let array): array
    case let one: [one]
    }
  }

  /// The content of a stream that is no picture.
  func content(of stream: PDFStream) throws(MediaFault) -> [UInt8] {
    let filters = try filters(of: stream)
    guard filters.allSatisfy({ PDFFilter.general.contains($0.name) }) else { throw .unusual }
    return Array(try decode(stream.data, filters[...]))
  }

  func decode(
    _ data: ArraySlice<UInt8>, _ filters: ArraySlice<PDFFilter>
  ) throws(MediaFault) -> ArraySlice<UInt8> {
    guard !filters.isEmpty else {
      // Counts like the others, or one stream could be read a thousand times for nothing.
      try countDecoded(data.count)
      return data
    }
    var data = data
    for filter in filters {
      let decoded: [UInt8]
      let max = decodedLeft
      switch filter.name {
      case "FlateDecode": decoded = try Flate.expand(data, max: max)
      case "LZWDecode":
        let isEarly = try integer(filter.parameters["EarlyChange"]) ?? 1
        decoded = try PDFOldFilters.lzw(data, isEarly: isEarly != 0, max: max)
      case "RunLengthDecode": decoded = try PDFOldFilters.runLength(data, max: max)
      case "ASCIIHexDecode": decoded = try PDFOldFilters.hexadecimal(data, max: max)
      case "ASCII85Decode": decoded = try PDFOldFilters.base85(data, max: max)
      default: throw .unusual
      }
      try countDecoded(decoded.count)
      guard ["FlateDecode", "LZWDecode"].contains(filter.name),
        let predictor = try predictor(of: filter)
      else {
        data = decoded[...]
        continue
      }
      data = try predictor.undo(decoded)[...]
    }
    return data
  }

  func predictor(of filter: PDFFilter) throws(MediaFault) -> PDFPredictor? {
    let kind = try integer(filter.parameters["Predictor"]) ?? 1
    guard kind != 1 else { return nil }
    return try PDFPredictor(
      kind: kind, colours: try integer(filter.parameters["Colors"]) ?? 1,
      bits: try integer(filter.parameters["BitsPerComponent"]) ?? 8,
      columns: try integer(filter.parameters["Columns"]) ?? 1)
  }
}

/// Rows of which each is said by what it differs from the one above, or each sample from its left.
struct PDFPredictor {
  let isPNG: Bool
  let rowBytes: Int
  let sampleBytes: Int

  /// Bytes of a row before it is undone: PNG's say in front how.
  var codedRowBytes: Int { rowBytes + (isPNG ? 1 : 0) }

  init(kind: Int, colours: Int, bits: Int, columns: Int) throws(MediaFault) {
    guard kind == 2 || (10...15).contains(kind), (1...32).contains(colours),
      [1, 2, 4, 8, 16].contains(bits), (1...(1 << 20)).contains(columns)
    else { throw .damaged }
    isPNG = kind != 2
    guard isPNG || bits == 8 else { throw .unusual }
    sampleBytes = max(1, colours * bits / 8)
    rowBytes = (colours * bits * columns + 7) / 8
  }

  func undo(_ coded: [UInt8]) throws(MediaFault) -> [UInt8] {
    guard isPNG else { return undoneFromLeft(coded) }
    // A row may say that it is longer than all that there is.
    var above = [UInt8](repeating: 0, count: min(rowBytes, coded.count))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(coded.count)
    var rest = coded[...]
    while let kind = rest.popFirst() {
      guard kind <= 4 else { throw .damaged }
      // The last row may end early.
      var row = Array(rest.prefix(rowBytes))
      rest = rest.dropFirst(rowBytes)
      for at in row.indices {
        let left = at >= sampleBytes ? row[at - sampleBytes] : 0
        let corner = at >= sampleBytes ? above[at - sampleBytes] : 0
        switch kind {
        case 1: row[at] &+= left
        case 2: row[at] &+= above[at]
        case 3: row[at] &+= UInt8((Int(left) + Int(above[at])) / 2)
        case 4: row[at] &+= Self.nearest(left, above[at], corner)
        default: break
        }
      }
      bytes += row
      above.replaceSubrange(..<row.count, with: row)
    }
    return bytes
  }

  private func undoneFromLeft(_ coded: [UInt8]) -> [UInt8] {
    var bytes = coded
    for at in bytes.indices where at % rowBytes >= sampleBytes {
      bytes[at] &+= bytes[at - sampleBytes]
    }
    return bytes
  }

  private static func nearest(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
    let guess = Int(left) + Int(above) - Int(corner)
    let far = (abs(guess - Int(left)), abs(guess - Int(above)), abs(guess - Int(corner)))
    if far.0 <= far.1, far.0 <= far.2 { return left }
    return far.1 <= far.2 ? above : corner
  }
}
