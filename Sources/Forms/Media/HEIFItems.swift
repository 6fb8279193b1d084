/// What a file of pictures says of its items (ISO/IEC 14496-12, `meta`): which there are, where they
/// lie, how they refer to one another.
struct HEIFItems {
  enum Kind: Equatable {
    case coded(HEIFCoding)
    case grid

    fileprivate init?(_ name: String) {
      if name == "grid" {
        self = .grid
      } else if let coding = HEIFCoding(rawValue: name) {
        self = .coded(coding)
      } else {
        return nil
      }
    }

    var name: String {
      switch self {
      case .coded(let coding): coding.rawValue
      case .grid: "grid"
      }
    }
  }

  struct Reference {
    let name: String
    let from: Int
    let to: [Int]
  }

  private struct Location {
    let isInside: Bool
    let pieces: [(at: Int, count: Int)]
  }

  /// Pictures of 200 megapixels have some 800 tiles.
  static let countMax = 4_096
  /// Pieces of all items, and items that are referred to.
  private static let partsMax = 1 << 16

  let primary: Int
  let references: [Reference]
  private let kinds: [Int: String]
  private let locations: [Int: Location]
  let associations: HEIFAssociations
  private let inside: MediaReader?
  private let whole: MediaReader

  init(_ file: [ISOBox]) throws(MediaFault) {
    guard let meta = try file.only("meta") else {
      // Pictures that move have a movie, as films do.
      throw file.has("moov") ? .unusual : .damaged
    }
    whole = MediaReader(meta.content.bytes)
    let boxes = try meta.boxes(behind: 4)
    guard try ISOBox.kind(ofHandler: boxes.needed("hdlr")) == "pict" else { throw .unusual }
    var reader = try boxes.needed("pitm").content
    primary = try reader.version(max: 1).version == 0 ? try reader.big16() : try reader.big32()
    kinds = try Self.kinds(boxes.needed("iinf"))
    locations = try Self.locations(boxes.needed("iloc"))
    references = try boxes.only("iref").map(Self.references) ?? []
    associations = try HEIFAssociations(boxes.needed("iprp"))
    inside = try boxes.only("idat")?.content
  }

  // MARK: Asking

  func kind(of item: Int) throws(MediaFault) -> Kind {
    guard let name = kinds[item] else { throw .damaged }
    // Another coding, or a picture that is computed from others.
    guard let kind = Kind(name) else { throw .unusual }
    return kind
  }

  /// - Parameter room: how many bytes may still be taken. Items may share bytes; all of them
  ///   together are not longer than the file.
  func data(of item: Int, room: inout Int) throws(MediaFault) -> [UInt8] {
    guard let location = locations[item], let source = location.isInside ? inside : whole else {
      throw .damaged
    }
    var data: [UInt8] = []
    for piece in location.pieces {
      guard piece.count > 0 else { throw .unusual }
      guard piece.at <= source.left, piece.count <= source.left - piece.at, piece.count <= room
      else { throw .damaged }
      room -= piece.count
      data += source.bytes[(source.at + piece.at)..<(source.at + piece.at + piece.count)]
    }
    return data
  }

  // MARK: Reading

  private static func kinds(_ box: ISOBox) throws(MediaFault) -> [Int: String] {
    var reader = box.content
    let isWide = try reader.version(max: 1).version == 1
    let count = isWide ? try reader.big32() : try reader.big16()
    let entries = try box.boxes(behind: isWide ? 8 : 6)
    guard entries.count == count, count <= countMax else { throw .damaged }
    var kinds: [Int: String] = [:]
    for entry in entries {
      guard entry.name == "infe" else { throw .damaged }
      var reader = entry.content
      let version = try reader.version(max: 3).version
      guard version >= 2 else { throw .unusual }
      let item = version == 2 ? try reader.big16() : try reader.big32()
      let protection = try reader.big16()
      let name = String(decoding: try reader.take(4), as: UTF8.self)
      // Encrypted items are of no kind that is known here.
      guard kinds.updateValue(protection == 0 ? name : "", forKey: item) == nil else {
        throw .damaged
      }
    }
    return kinds
  }

  private static func locations(_ box: ISOBox) throws(MediaFault) -> [Int: Location] {
    var reader = box.content
    let version = try reader.version(max: 2).version
    let sizes = try reader.big16()
    let widths = (
      at: sizes >> 12, count: sizes >> 8 & 15, base: sizes >> 4 & 15,
      index: version == 0 ? 0 : sizes & 15
    )
    let count = version == 2 ? try reader.big32() : try reader.big16()
    guard count <= countMax else { throw .unusual }
    var locations: [Int: Location] = [:]
    var piecesLeft = partsMax
    for _ in 0..<count {
      let item = version == 2 ? try reader.big32() : try reader.big16()
      let method = version == 0 ? 0 : try reader.big16() & 15
      let source = try reader.big16()
      let base = try reader.number(of: widths.base)
      let pieceCount = try reader.big16()
      guard pieceCount <= piecesLeft else { throw .unusual }
      piecesLeft -= pieceCount
      var pieces: [(at: Int, count: Int)] = []
      for _ in 0..<pieceCount {
        _ = try reader.number(of: widths.index)
        let (at, isOver) = base.addingReportingOverflow(try reader.number(of: widths.at))
        guard !isOver else { throw .damaged }
        pieces.append((at, try reader.number(of: widths.count)))
      }
      // What lies in other files, or is cut out of other items, has no place here.
      let isKnown = method <= 1 && source == 0
      let location = Location(isInside: method == 1, pieces: isKnown ? pieces : [(0, 0)])
      guard locations.updateValue(location, forKey: item) == nil else { throw .damaged }
    }
    return locations
  }

  private static func references(_ box: ISOBox) throws(MediaFault) -> [Reference] {
    var reader = box.content
    let isWide = try reader.version(max: 1).version == 1
    var left = partsMax
    var references: [Reference] = []
    for entry in try box.boxes(behind: 4) {
      var reader = entry.content
      let from = isWide ? try reader.big32() : try reader.big16()
      let count = try reader.big16()
      guard count <= left else { throw .unusual }
      left -= count
      var to: [Int] = []
      for _ in 0..<count { to.append(isWide ? try reader.big32() : try reader.big16()) }
      references.append(Reference(name: entry.name, from: from, to: to))
    }
    return references
  }
}

extension MediaReader {
  /// A number of so many bytes: none, which is 0, or four, or eight.
  mutating func number(of width: Int) throws(MediaFault) -> Int {
    switch width {
    case 0: 0
    case 4: try big32()
    case 8: try big64()
    default: throw .damaged
    }
  }
}
