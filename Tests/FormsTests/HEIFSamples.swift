@testable import Forms

/// A picture with a secret in every place that a phone could put one: two tiles and what lays them
/// out, a transparency, and beside them what is said of it.
struct PictureSample {
  typealias ISO = ISOSamples

  struct Item {
    var number: Int
    var kind: String
    var content: [UInt8]
    /// From 1, as the file counts; with 0x80 where essential.
    var properties: [Int] = []
    /// 0 in the file, 1 in `idat`.
    var method = 0
    var protection = 0
  }

  static let slice: [UInt8] = [0x26, 0x01, 0xA1, 0xA2]
  static let secondSlice: [UInt8] = [0x26, 0x01, 0xB1]
  static let alphaSlice: [UInt8] = [0x28, 0x01, 0xC1, 0xC2, 0xC3]
  static let grid: [UInt8] = [0, 0, 0, 1] + ISO.big16(60, 30)
  static let sets: [(kind: UInt8, units: [[UInt8]])] = [
    (0xA0, [[0x40, 1, 1]]), (0xA1, [[0x42, 1, 2]]), (0xA2, [[0x44, 1, 3], [0x44, 1, 4]]),
  ]

  var brand = "heic"
  var primary = 7
  var items = [
    Item(number: 20, kind: "hvc1", content: coded(slice), properties: [0x81, 2]),
    Item(number: 21, kind: "hvc1", content: coded(secondSlice), properties: [0x81, 2]),
    Item(
      number: 7, kind: "grid", content: grid, properties: [3, 4, 5, 6, 7, 8, 0x89, 0x8A, 0x8B, 14],
      method: 1),
    Item(number: 30, kind: "hvc1", content: coded(alphaSlice), properties: [0x8C, 3, 13]),
    Item(number: 31, kind: "hvc1", content: coded(slice), properties: [0x81, 0x8F, 15]),
    Item(number: 40, kind: "hvc1", content: coded(slice + ISO.secret), properties: [0x81, 2]),
    Item(number: 50, kind: "Exif", content: ISO.secret, method: 1),
    Item(number: 51, kind: "mime", content: ISO.secret),
  ]
  var properties = [
    configuration(),
    ISO.full("ispe", ISO.big32(32, 32)),
    ISO.full("ispe", ISO.big32(60, 30), ISO.secret),
    ISO.full("pixi", [3, 8, 8, 8], ISO.secret),
    ISO.box("colr", Array("prof".utf8), ISO.secret),
    ISO.box("colr", Array("nclx".utf8), ISO.big16(12, 13, 6), [0xFF], ISO.secret),
    ISO.full("udes", ISO.secret),
    ISO.box("pasp", ISO.big32(1, 1), ISO.secret),
    ISO.box("clap", ISO.big32(50, 1, 20, 1, 0, 1, 0, 1), ISO.secret),
    ISO.box("irot", [0xFD], ISO.secret),
    ISO.box("imir", [0xFF], ISO.secret),
    // Says the same as the first.
    configuration(),
    ISO.full("auxC", Array("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".utf8), ISO.secret),
    ISO.full("crtt", ISO.secret),
    ISO.full("auxC", Array("urn:mpeg:hevc:2015:auxid:2\0".utf8), ISO.secret),
  ]
  var references = [
    reference("thmb", 40, [7]), reference("dimg", 7, [20, 21]), reference("cdsc", 50, [7]),
    reference("auxl", 31, [7]), reference("auxl", 30, [7]), reference("prem", 7, [30]),
    reference("GPS ", 51, [7]),
  ]
  /// Links of two bytes each.
  var isWide = false
  var location: [UInt8]?
  var inside: [UInt8] = []
  var meta: [UInt8] = []
  var behind: [UInt8] = []

  static func reference(_ name: String, _ from: Int, _ to: [Int]) -> [UInt8] {
    ISO.box(name, ISO.big16(from, to.count), to.flatMap { ISO.big16($0) })
  }

  static func unit(_ bytes: [UInt8], lengthBytes: Int = 4) -> [UInt8] {
    ISO.big32(bytes.count).suffix(lengthBytes) + bytes
  }

  /// A slice among units that say something else: an end of access, texts, a maker's own.
  static func coded(_ slice: [UInt8], lengthBytes: Int = 4) -> [UInt8] {
    let others: [[UInt8]] = [
      [0x46, 1, 0x10], [0x4E, 1] + ISO.secret, slice, [0x50, 1] + ISO.secret,
      [0x60, 1] + ISO.secret,
    ]
    return others.flatMap { unit($0, lengthBytes: lengthBytes) }
  }

  static func configuration(
    profile: UInt8 = 3, lengthBytes: UInt8 = 4, version: UInt8 = 1
  ) -> [UInt8] {
    let head =
      [version, profile, 0x70, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 93, 0, 0, 0, 1, 0, 0] + ISO.big16(0)
      + [0x0C | (lengthBytes - 1)]
    let arrays = [(kind: UInt8(0x27), units: [[0x4E, 1] + ISO.secret])] + sets
    return ISO.box("hvcC", head, [UInt8(arrays.count)], arrays.flatMap(array), ISO.secret)
  }

  private static func array(_ set: (kind: UInt8, units: [[UInt8]])) -> [UInt8] {
    [set.kind] + ISO.big16(set.units.count)
      + set.units.flatMap { ISO.big16($0.count) + $0 }
  }

  /// What is left of the configuration: with the bits that mean nothing set.
  static func cleanConfiguration(profile: UInt8 = 3) -> [UInt8] {
    let head: [UInt8] =
      [1, profile, 0x70, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 93, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8]
      + [0, 0, 0x0F]
    return ISO.box("hvcC", head, [3], sets.flatMap { array($0) })
  }

  var bytes: [UInt8] {
    let head = ISO.box("ftyp", Array("\(brand)GPS mif1GPS ".utf8)) + ISO.box("free", ISO.secret)
    let start = head.count + box(dataAt: 0).count + 8 + ISO.secret.count
    let data = items.filter { $0.method == 0 }.flatMap { $0.content + ISO.secret }
    return head + box(dataAt: start) + ISO.box("mdat", ISO.secret, data)
      + ISO.box("moov", ISO.secret) + ISO.box("uuid", ISO.secret) + behind
  }

  private func box(dataAt start: Int) -> [UInt8] {
    let entries = items.map { item in
      ISO.full(
        "infe", version: 2, ISO.big16(item.number, item.protection), Array(item.kind.utf8),
        ISO.secret, [0])
    }
    let linked = items.filter { !$0.properties.isEmpty }
    let links = linked.map { item in
      ISO.big16(item.number) + [UInt8(item.properties.count)]
        + item.properties.flatMap { isWide ? ISO.big16($0) : [UInt8($0)] }
    }
    return ISO.full(
      "meta", ISO.handler("pict"), ISO.full("pitm", ISO.big16(primary)),
      ISO.full("iinf", ISO.big16(items.count), Array(entries.joined())),
      ISO.full("iref", Array(references.joined())),
      ISO.box(
        "iprp", ISO.box("ipco", Array(properties.joined())),
        ISO.full("ipma", flags: isWide ? 1 : 0, ISO.big32(linked.count), Array(links.joined()))),
      ISO.box("grpl", ISO.secret), ISO.box("idat", idat), location ?? locations(start), meta)
  }

  private var idat: [UInt8] {
    inside + ISO.secret + items.filter { $0.method == 1 }.flatMap(\.content) + ISO.secret
  }

  private func locations(_ start: Int) -> [UInt8] {
    var at = [start, inside.count + ISO.secret.count]
    let rows = items.map { item in
      defer { at[item.method] += item.content.count + (item.method == 0 ? ISO.secret.count : 0) }
      return ISO.big16(item.number, item.method, 0, 1)
        + ISO.big32(at[item.method], item.content.count)
    }
    return ISO.full(
      "iloc", version: 1, [0x44, 0] + ISO.big16(items.count), Array(rows.joined()))
  }
}

extension ISOTree {
  /// The content of each item, found through the list of places.
  var items: [[UInt8]] {
    let list = content("meta/iloc").dropFirst(8)
    return stride(from: list.startIndex, to: list.endIndex, by: 14).map { row in
      func number(_ at: Int) -> Int { list[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
      return Array(bytes[number(row + 6)..<(number(row + 6) + number(row + 10))])
    }
  }
}
