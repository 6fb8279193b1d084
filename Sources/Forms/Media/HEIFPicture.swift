/// A still picture in the ISO base media format (ISO/IEC 23008-12): HEIC, HEIF, AVIF.
///
///     ftyp | meta: hdlr, pitm, iinf, iref, iprp, iloc | mdat: items
///
/// A file holds items: the picture, or the tiles that it is laid out of, and beside them thumbnails,
/// depth, EXIF and XMP, other pictures, tracks of film. The primary picture, what it is made of and
/// its transparency are taken; the file is written from these.
struct HEIFPicture {
  /// An item that stays. Its number is its place in the list, from 1.
  private struct Kept {
    let kind: HEIFItems.Kind
    let data: [UInt8]
    /// By the numbers that the file's reader gave them.
    let properties: [Int]
    /// Not shown for itself.
    let isPart: Bool
  }

  private struct Reference {
    let name: StaticString
    let from: Int
    let to: [Int]
  }

  private let items: HEIFItems
  private var room: Int
  private var kept: [Kept] = []
  private var references: [Reference] = []
  /// Of the first item that is coded, and so of all.
  private var coding: HEIFCoding?

  /// A file may announce a picture in either coding by a brand that both have.
  static func strip(
    _ bytes: [UInt8]
  ) throws(MediaFault) -> (clean: [UInt8], type: MediaType) {
    let items = try HEIFItems(ISOBox.boxes(ofFile: bytes))
    var picture = HEIFPicture(items: items, room: bytes.count)
    try picture.keepAll()
    guard let coding = picture.coding else { throw .damaged }
    return (try picture.bytes(coding), coding == .av1 ? .avif : .heic)
  }

  private init(items: HEIFItems, room: Int) {
    self.items = items
    self.room = room
  }

  // MARK: What stays

  private mutating func keepAll() throws(MediaFault) {
    let primary = try keepPicture(items.primary, isPart: false)
    var alpha: Int?
    for reference in items.references
    where reference.name == "auxl" && reference.to.contains(items.primary) {
      // Depth, mattes, maps of brightness go.
      guard items.associations.isAlpha(reference.from) else { continue }
      guard alpha == nil, reference.to == [items.primary] else { throw .unusual }
      alpha = reference.from
    }
    guard let alpha else { return }
    let own = try keepPicture(alpha, isPart: true)
    references.append(Reference(name: "auxl", from: own, to: [primary]))
    // The colours were multiplied with it already.
    let isMultiplied = items.references.contains {
      $0.name == "prem" && $0.from == items.primary && $0.to == [alpha]
    }
    if isMultiplied { references.append(Reference(name: "prem", from: primary, to: [own])) }
  }

  /// A coded picture, or tiles and what they are laid out to.
  private mutating func keepPicture(
    _ item: Int, isPart: Bool
  ) throws(MediaFault) -> Int {
    guard try items.kind(of: item) == .grid else { return try keepCoded(item, isPart: isPart) }
    let grid = try HEIFGrid(items.data(of: item, room: &room))
    let laid = items.references.filter { $0.name == "dimg" && $0.from == item }
    guard laid.count <= 1 else { throw .unusual }
    guard let tiles = laid.first?.to, tiles.count == grid.tiles else { throw .damaged }
    kept.append(
      Kept(
        kind: .grid, data: grid.bytes, properties: try items.associations.numbers(of: item),
        isPart: isPart))
    let own = kept.count
    var numbers: [Int: Int] = [:]
    var order: [Int] = []
    for tile in tiles {
      if let known = numbers[tile] {
        order.append(known)
      } else {
        order.append(try keepCoded(tile, isPart: true))
        numbers[tile] = kept.count
      }
    }
    references.append(Reference(name: "dimg", from: own, to: order))
    return own
  }

  private mutating func keepCoded(
    _ item: Int, isPart: Bool
  ) throws(MediaFault) -> Int {
    let kind = try items.kind(of: item)
    guard case .coded(let own) = kind, own == coding ?? own else { throw .unusual }
    coding = own
    let properties = try items.associations.numbers(of: item)
    var configuration: HEIFConfiguration?
    for number in properties {
      guard case .configuration(let found) = items.associations[number] else { continue }
      guard configuration == nil, found.coding == own else { throw .damaged }
      configuration = found
    }
    guard let configuration else { throw .damaged }
    kept.append(
      Kept(
        kind: kind, data: try configuration.picture(items.data(of: item, room: &room)),
        properties: properties, isPart: isPart))
    return kept.count
  }

  // MARK: Writing

  private func bytes(_ coding: HEIFCoding) throws(MediaFault) -> [UInt8] {
    // Picture and transparency may have been laid out of the same tiles, and now have their own.
    guard kept.count <= HEIFItems.countMax else { throw .unusual }
    let head = brands(coding)
    let start = head.count + meta(coding, dataAt: 0).count + 8
    let data = kept.flatMap(\.data)
    guard start + data.count <= Int(Int32.max) else { throw .unusual }
    return head + meta(coding, dataAt: start) + ISOBox.box("mdat", data)
  }

  /// In HEVC, eight bits of three colours are one brand; more bits, or another sampling, the other.
  private func brands(_ coding: HEIFCoding) -> [UInt8] {
    guard coding == .hevc else {
      return ISOBox.box("ftyp", Array("avif".utf8) + [0, 0, 0, 0] + "avifmif1miaf".utf8)
    }
    let isMain = Set(kept.flatMap(\.properties)).allSatisfy { number in
      guard case .configuration(.hevc(let configuration)) = items.associations[number] else {
        return true
      }
      return configuration.isMain
    }
    let brand = isMain ? "heic" : "heix"
    return ISOBox.box("ftyp", Array(brand.utf8) + [0, 0, 0, 0] + "mif1".utf8 + brand.utf8)
  }

  private func meta(_ coding: HEIFCoding, dataAt start: Int) -> [UInt8] {
    let parts = [
      ISOBox.handler("pict"), ISOBox.full("pitm", [0, 1]), information, referenceBox,
      items.associations.box(kept.map(\.properties), coding), locations(start),
    ]
    return ISOBox.box("meta", [[0, 0, 0, 0]] + parts)
  }

  private var information: [UInt8] {
    var content: [UInt8] = []
    content.append(big16: kept.count)
    for (index, item) in kept.enumerated() {
      var entry: [UInt8] = []
      entry.append(big16: index + 1)
      // Not protected, and without a name.
      entry += [0, 0] + item.kind.name.utf8 + [0]
      content += ISOBox.full("infe", version: 2, flags: item.isPart ? 1 : 0, entry)
    }
    return ISOBox.full("iinf", content)
  }

  private var referenceBox: [UInt8] {
    guard !references.isEmpty else { return [] }
    var content: [UInt8] = []
    for reference in references {
      var inner: [UInt8] = []
      inner.append(big16: reference.from)
      inner.append(big16: reference.to.count)
      for item in reference.to { inner.append(big16: item) }
      content += ISOBox.box(reference.name, inner)
    }
    return ISOBox.full("iref", content)
  }

  /// Places and lengths of four bytes, in this file, each item in one piece.
  private func locations(_ start: Int) -> [UInt8] {
    var content: [UInt8] = [0x44, 0]
    content.append(big16: kept.count)
    var at = start
    for (index, item) in kept.enumerated() {
      content.append(big16: index + 1)
      content += [0, 0, 0, 1]
      content.append(big32: at)
      content.append(big32: item.data.count)
      at += item.data.count
    }
    return ISOBox.full("iloc", content)
  }
}

/// How a picture is laid out of tiles: rows, columns, and the size to which the last ones are cut.
struct HEIFGrid {
  let tiles: Int
  let bytes: [UInt8]

  init(_ data: [UInt8]) throws(MediaFault) {
    var reader = MediaReader(data)
    guard try reader.byte() == 0 else { throw .unusual }
    let isWide = try reader.byte() & 1 == 1
    let counts = Array(try reader.take(2))
    tiles = (Int(counts[0]) + 1) * (Int(counts[1]) + 1)
    bytes = [0, isWide ? 1 : 0] + counts + (try reader.take(isWide ? 8 : 4))
  }
}
