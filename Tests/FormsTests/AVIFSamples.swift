@testable import Forms

/// The picture of ``PictureSample`` in AV1, as its encoders write it, and a secret in every unit that
/// is no picture.
enum AVIFSamples {
  typealias ISO = ISOSamples

  /// With a bit that means nothing set in the head, and in that of a layer.
  static func unit(_ kind: UInt8, _ content: [UInt8], layer: UInt8? = nil) -> [UInt8] {
    let head = kind << 3 | (layer == nil ? 0 : 4) | 3
    return [head] + (layer.map { [$0 | 7] } ?? []) + length(content.count) + content
  }

  /// What is left of a unit.
  static func clean(_ kind: UInt8, _ content: [UInt8], layer: UInt8? = nil) -> [UInt8] {
    var unit = unit(kind, content, layer: layer)
    unit[0] &= 0xFE
    if layer != nil { unit[1] &= 0xF8 }
    return unit
  }

  private static func length(_ count: Int) -> [UInt8] {
    count < 0x80 ? [UInt8(count)] : [UInt8(count & 0x7F) | 0x80] + length(count >> 7)
  }

  static let sequence: [UInt8] = [0x18, 0x15, 0x7F]
  static let frame: [UInt8] = [0x32, 0xA1, 0xA2]
  static let frameHead: [UInt8] = [0x32, 0xB1]
  static let tiles: [UInt8] = [UInt8](repeating: 0xB2, count: 200)

  /// A delimiter, metadata, padding, kinds that nobody knows.
  static let others: [UInt8] =
    unit(2, []) + [2, 15, 0, 9, 14].flatMap { unit($0, ISO.secret) } + unit(5, [4] + ISO.secret)

  static func coded(_ units: [[UInt8]] = [unit(6, frame)]) -> [UInt8] {
    others + unit(1, sequence) + others + Array(units.joined(separator: others)) + others
  }

  static let cleanTile = clean(1, sequence) + clean(6, frame)
  static let secondTile = [unit(3, frameHead), unit(7, frameHead), unit(4, tiles)]
  static let cleanSecondTile =
    clean(1, sequence) + clean(3, frameHead) + clean(7, frameHead) + clean(4, tiles)

  static func configuration(_ head: UInt8 = 0x81) -> [UInt8] {
    ISO.box("av1C", [head, 0x04, 0x0C, 0xFF], unit(1, sequence), unit(5, ISO.secret), ISO.secret)
  }

  static let cleanConfiguration = ISO.box("av1C", [0x81, 0x04, 0x0C, 0])
  static let alphaName = Array("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".utf8)

  static func picture() -> PictureSample {
    var sample = PictureSample()
    sample.brand = "avif"
    for (index, item) in sample.items.enumerated() where item.kind == "hvc1" {
      sample.items[index].kind = "av01"
      sample.items[index].content = coded()
    }
    sample.items[1].content = coded(secondTile)
    sample.properties[0] = configuration()
    sample.properties[11] = configuration()
    // Either name of transparency is understood, and one is written.
    sample.properties[12] = ISO.full("auxC", Array("urn:mpeg:hevc:2015:auxid:1\0".utf8), ISO.secret)
    sample.properties[13] = ISO.box("a1lx", ISO.secret)
    return sample
  }
}
