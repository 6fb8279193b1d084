@testable import Forms

/// Boxes made by hand, and what reads them again without the code that is tested.
enum ISOSamples {
  static let secret = MediaSamples.secret
  /// A day in 2024, as these formats count.
  static let time: [UInt8] = [0xE2, 0x5E, 0xC2, 0xE7]

  static func big32(_ values: Int...) -> [UInt8] {
    values.flatMap { value in [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }
  }

  static func big16(_ values: Int...) -> [UInt8] {
    values.flatMap { [UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
  }

  static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  static func box(_ name: String, _ parts: [UInt8]...) -> [UInt8] {
    let content = Array(parts.joined())
    return big32(content.count + 8) + Array(name.utf8) + content
  }

  static func full(
    _ name: String, version: UInt8 = 0, flags: Int = 0, _ parts: [UInt8]...
  ) -> [UInt8] {
    box(name, [version, 0, UInt8(flags >> 8), UInt8(flags & 255)], Array(parts.joined()))
  }

  static func handler(_ kind: String) -> [UInt8] {
    full("hdlr", big32(0), Array(kind.utf8), zeros(12), secret, [0])
  }
}

/// A recording with a secret in every place that a phone could put one.
struct SoundSample {
  typealias ISO = ISOSamples

  var brand = "mp42"
  var kind = "soun"
  var samples: [[UInt8]] = [[0xA1, 0xA2, 0xA3], [0xB1, 0xB2, 0xB3, 0xB4, 0xB5], [0xC1, 0xC2]]
  /// Samples in each chunk.
  var chunks = [2, 1]
  var times = ISOSamples.full("stts", ISOSamples.big32(2, 2, 1024, 1, 700))
  var sizes: [UInt8]?
  var runs = ISOSamples.full("stsc", ISOSamples.big32(2, 1, 2, 1, 2, 1, 1))
  var places: [UInt8]?
  var isWide = false
  var edits = ISOSamples.full(
    "elst", ISOSamples.big32(2, 500, -1, 0x1_0000), ISOSamples.big32(170, 1024, 0x1_0000))
  var entry = SoundSample.aac()
  var reference = ISOSamples.full("url ", flags: 1, ISOSamples.secret)
  var table: [UInt8] = []
  var movie: [UInt8] = []
  var behind: [UInt8] = []

  static func esds(
    _ configuration: [UInt8] = [0x12, 0x10], kind: UInt8 = 0x40, flags: UInt8 = 0
  ) -> [UInt8] {
    let specific = [5, 0x80, 0x80, UInt8(configuration.count)] + configuration
    let decoder = [kind, 0x15, 0, 3, 0] + ISO.big32(64_000, 32_000) + specific
    let stream = ISO.secret.prefix(2) + [flags, 4, UInt8(decoder.count)] + decoder
    let behind = [6, 1, 2, 0x7F, UInt8(ISO.secret.count)] + ISO.secret
    return ISO.full("esds", [3, UInt8(stream.count + behind.count)] + stream + behind)
  }

  /// - Parameter numbers: those that QuickTime's version 1 puts before the boxes.
  static func entry(
    _ name: String, _ boxes: [UInt8], version: Int = 0, numbers: [UInt8] = []
  ) -> [UInt8] {
    let vendor = Array("GPS 15".utf8)
    return ISO.box(
      name, ISO.secret.prefix(6) + ISO.big16(1, version), vendor,
      ISO.big16(2, 16, 0x4753, 0x5047) + ISO.big32(44_100 << 16), numbers, boxes,
      ISO.box("chan", ISO.secret))
  }

  static func aac(_ description: [UInt8] = esds()) -> [UInt8] { entry("mp4a", description) }

  static func lossless() -> [UInt8] {
    entry("alac", ISO.full("alac", [UInt8](1...24), ISO.secret))
  }

  static func speech(_ name: String = "samr") -> [UInt8] {
    entry(name, ISO.box("damr", Array("GPS 1".utf8), [0x81, 0xFF, 0, 1], ISO.secret))
  }

  static func quickTime() -> [UInt8] {
    let wave = ISO.box(
      "wave", ISO.box("frma", Array("mp4a".utf8)), ISO.box("mp4a", ISO.big32(0)), esds(),
      ISO.box("\0\0\0\0"), ISO.box("udta", ISO.secret))
    return entry("mp4a", wave, version: 1, numbers: ISO.big32(1024, 0, 4, 2))
  }

  /// Of the bytes behind a track's handler, nothing is sound.
  static func track(_ kind: String) -> [UInt8] {
    ISO.box(
      "trak", ISO.full("tkhd", ISO.secret),
      ISO.box("mdia", ISO.handler(kind), ISO.box("minf", ISO.secret)))
  }

  private var head: [UInt8] {
    ISO.box("ftyp", Array("\(brand)GPS ".utf8), Array("isomGPS ".utf8))
      + ISO.box("free", ISO.secret)
  }

  /// Of what is behind the head of `mdat`.
  var dataStart: Int { head.count + 8 }

  var bytes: [UInt8] {
    var data: [UInt8] = ISO.secret
    var starts: [Int] = []
    var at = 0
    for count in chunks {
      starts.append(dataStart + data.count)
      data += samples[at..<(at + count)].joined() + ISO.secret
      at += count
    }
    let found =
      isWide
      ? ISO.full("co64", ISO.big32(starts.count), starts.flatMap { ISO.big32(0, $0) })
      : ISO.full("stco", ISO.big32(starts.count), starts.flatMap { ISO.big32($0) })
    return head + ISO.box("mdat", data) + moov(found) + ISO.box("uuid", ISO.secret) + behind
  }

  private func moov(_ found: [UInt8]) -> [UInt8] {
    let lengths =
      sizes
      ?? ISO.full("stsz", ISO.big32(0, samples.count), samples.flatMap { ISO.big32($0.count) })
    let told = ISO.box("udta", ISO.box("\u{A9}xyz", ISO.secret), ISO.full("meta", ISO.secret))
    let stbl = ISO.box(
      "stbl", ISO.full("stsd", ISO.big32(1), entry), times, lengths, runs, places ?? found,
      ISO.full("sgpd", ISO.secret), table)
    let minf = ISO.box(
      "minf", ISO.full("smhd", Array(ISO.secret.prefix(4))),
      ISO.box("dinf", ISO.full("dref", ISO.big32(1), reference)), stbl)
    let mdia = ISO.box(
      "mdia", ISO.full("mdhd", ISO.time, ISO.time, ISO.big32(44_100, 9_999), [0x15, 0xC7, 0, 0]),
      ISO.handler(kind), minf, told)
    let trak = ISO.box(
      "trak", ISO.full("tkhd", flags: 7, ISO.time, ISO.time, ISO.big32(5, 0, 777), ISO.secret),
      ISO.box("edts", edits), ISO.box("tref", ISO.box("chap", ISO.big32(9))), mdia, told)
    return ISO.box(
      "moov", ISO.full("mvhd", ISO.time, ISO.time, ISO.big32(1_000, 777), ISO.secret), trak,
      Self.track("text"), Self.track("meta"), movie, told, ISO.box("iods", ISO.secret))
  }
}

/// Reads a file of boxes by their lengths alone.
struct ISOTree {
  private static let lists: [String: Int] = [
    "moov": 0, "trak": 0, "edts": 0, "mdia": 0, "minf": 0, "dinf": 0, "stbl": 0, "dref": 8,
    "stsd": 8, "mp4a": 28, "alac": 28, "samr": 28, "sawb": 28, "meta": 4, "iprp": 0, "ipco": 0,
    "iinf": 6, "iref": 4,
  ]

  private(set) var paths: [String] = []
  private var places: [String: [Range<Int>]] = [:]
  let bytes: [UInt8]

  /// Nil when lengths contradict.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard walk(0..<bytes.count, "") else { return nil }
  }

  private mutating func walk(_ range: Range<Int>, _ path: String) -> Bool {
    var at = range.lowerBound
    while at < range.upperBound {
      guard range.upperBound - at >= 8 else { return false }
      let length = number(at, 4)
      guard length >= 8, length <= range.upperBound - at else { return false }
      let name = String(decoding: bytes[(at + 4)..<(at + 8)], as: UTF8.self)
      let inner = (at + 8)..<(at + length)
      let own = path.isEmpty ? name : "\(path)/\(name)"
      paths.append(own)
      places[own, default: []].append(inner)
      // The box of Apple's codec has the name of the entry that it lies in, and no boxes.
      if let skipped = Self.lists[name], !own.hasSuffix("alac/alac") {
        guard skipped <= inner.count,
          walk((inner.lowerBound + skipped)..<inner.upperBound, own)
        else { return false }
      }
      at += length
    }
    return true
  }

  func number(_ at: Int, _ count: Int) -> Int {
    bytes[at..<(at + count)].reduce(0) { $0 << 8 | Int($1) }
  }

  func content(_ path: String, _ index: Int = 0) -> [UInt8] {
    guard let all = places[path], index < all.count else { return [] }
    return Array(bytes[all[index]])
  }

  func start(_ path: String) -> Int? { places[path]?.first?.lowerBound }

  /// Numbers of four bytes.
  func words(_ path: String) -> [Int] {
    let content = content(path)
    return stride(from: 0, to: content.count - 3, by: 4).map { at in
      content[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
  }

  /// The samples of the only track, found through its tables.
  var samples: [[UInt8]] {
    let table = "moov/trak/mdia/minf/stbl"
    let sizes = words("\(table)/stsz")
    let chunks = words("\(table)/stco").dropFirst(2)
    let rows = Array(words("\(table)/stsc").dropFirst(2))
    var found: [[UInt8]] = []
    for (number, start) in chunks.enumerated() {
      var at = start
      let row = Array(stride(from: 0, to: rows.count, by: 3)).last { rows[$0] <= number + 1 }!
      for _ in 0..<rows[row + 1] {
        let size = sizes[1] > 0 ? sizes[1] : sizes[3 + found.count]
        found.append(Array(bytes[at..<(at + size)]))
        at += size
      }
    }
    return found
  }
}
