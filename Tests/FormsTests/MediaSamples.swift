@testable import Forms

/// Files made by hand, each with a secret in every place that a camera or a recorder could put one.
enum MediaSamples {
  static let secret = Array("GPS 15.3694N 44.1910E".utf8)

  // MARK: JPEG

  static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
  }

  static func exif(orientation: UInt8, isLittle: Bool = false) -> [UInt8] {
    let entry: [UInt8] =
      isLittle
      ? [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
      : [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
    let tiff: [UInt8] =
      isLittle
      ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + entry
      : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1] + entry
    return Array("Exif\0\0".utf8) + tiff + [0, 0, 0, 0] + secret
  }

  static let frame = segment(0xC0, [8, 0, 1, 0, 1, 1, 1, 0x11, 0])
  static let quantization = segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
  static let huffman = segment(0xC4, [0] + [UInt8](repeating: 0, count: 16))
  static let scan =
    segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]

  static func jpeg(
    _ extra: [UInt8] = [], behind: [UInt8] = [], orientation: UInt8 = 6, isLittle: Bool = false
  ) -> [UInt8] {
    let parts: [[UInt8]] = [
      [0xFF, 0xD8], segment(0xE0, Array("JFIF\0".utf8) + [1, 2, 0, 0, 1, 0, 1, 2, 2] + secret),
      segment(0xE1, exif(orientation: orientation, isLittle: isLittle)),
      segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + secret),
      segment(0xE2, Array("ICC_PROFILE\0".utf8) + secret),
      segment(0xED, Array("Photoshop 3.0\0".utf8) + secret), segment(0xFE, secret),
      segment(0xEE, Array("Adobe".utf8) + [0, 100, 7, 7, 7, 7, 1] + secret), extra, quantization,
      frame, huffman, scan, segment(0xFE, secret), [0xFF, 0xD9], behind,
    ]
    return Array(parts.joined())
  }

  /// With nothing to take out.
  static let bare: [UInt8] =
    [0xFF, 0xD8] + quantization + frame + huffman + scan + [0xFF, 0xD9]

  // MARK: PNG

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    func big(_ n: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(n >> $0 & 255) } }
    let body = Array(name.utf8) + content
    return big(content.count) + body + big(Int(CRC32.of(body[...])))
  }

  static let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]

  static func png(_ extra: [UInt8] = []) -> [UInt8] {
    let parts: [[UInt8]] = [
      PNG.signature, chunk("IHDR", header), chunk("gAMA", [0, 0, 0xB1, 0x8F]),
      chunk("tEXt", Array("Author\0".utf8) + secret), chunk("iTXt", secret), chunk("zTXt", secret),
      chunk("tIME", [7, 0xEA, 3, 1, 9, 0, 0]), chunk("eXIf", secret), chunk("iCCP", secret),
      chunk("prVt", secret), extra, chunk("IDAT", [1, 2, 3]), chunk("tEXt", secret),
      chunk("IEND", []), secret,
    ]
    return Array(parts.joined())
  }

  // MARK: RIFF

  static func riff(_ form: String, _ chunks: [(String, [UInt8])]) -> [UInt8] {
    RIFF.file(form, chunks.map { RIFF.Chunk(name: $0.0, content: $0.1[...]) })
  }

  static let format: [UInt8] = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]
  static let samples: [UInt8] = [1, 2, 3, 4, 5, 6, 7]

  static func wav() -> [UInt8] {
    riff(
      "WAVE",
      [
        ("bext", secret), ("fmt ", format), ("LIST", Array("INFOIART".utf8) + secret),
        ("data", samples), ("id3 ", secret), ("iXML", secret),
      ]) + secret
  }

  static func webp(flags: UInt8 = 0x3C, _ extra: [(String, [UInt8])] = []) -> [UInt8] {
    riff(
      "WEBP",
      [
        ("VP8X", [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ("ICCP", secret), ("ALPH", [1, 2]),
        ("VP8 ", [9, 9, 9]), ("EXIF", secret), ("XMP ", secret), ("anon", secret),
      ] + extra)
  }

  // MARK: MP3

  /// MPEG 1, layer III, 32 kbit/s, 32 kHz: 144 bytes.
  static func mp3Frame(_ fill: UInt8) -> [UInt8] {
    [0xFF, 0xFB, 0x18, 0xC0] + [UInt8](repeating: fill, count: 140)
  }

  static func id3() -> [UInt8] {
    Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, UInt8(secret.count)] + secret
  }

  static func id3v1() -> [UInt8] {
    Array("TAG".utf8) + secret + [UInt8](repeating: 0, count: 125 - secret.count)
  }

  static func ape() -> [UInt8] {
    Array("APETAGEX".utf8) + [0xD0, 7, 0, 0, UInt8(secret.count), 0, 0, 0]
      + [UInt8](repeating: 0, count: 16) + secret
  }

  // MARK: AAC

  /// MPEG-4, low complexity, 44,100 Hz, two channels, with every bit set that says nothing of them.
  static func adts(
    _ content: [UInt8], sum: [UInt8] = [], blocks: UInt8 = 1, rate: UInt8 = 4, channels: UInt8 = 2
  ) -> [UInt8] {
    let length = 7 + sum.count + content.count
    return [
      0xFF, sum.isEmpty ? 0xF1 : 0xF0, 0x40 | rate << 2 | 2 | channels >> 2,
      channels << 6 | 0x3C | UInt8(length >> 11), UInt8(length >> 3 & 255),
      UInt8(length & 7) << 5 | 0x1F, 0xFC | (blocks - 1),
    ] + sum + content
  }

  static func aac() -> [UInt8] {
    let parts: [[UInt8]] = [
      id3(), adts([0x21, 1, 2]), adts([0x21, 3], sum: [0xAB, 0xCD]), ape(), id3(),
      adts([0x21, 4, 5, 6]), id3v1(),
    ]
    return Array(parts.joined())
  }

  // MARK: AMR

  /// A frame, and of another as much as was written.
  static func amr() -> [UInt8] {
    Array("#!AMR\n".utf8) + [0x87] + [UInt8](repeating: 0xA1, count: 12) + [0x3C] + secret
  }

  // MARK: Ogg

  static func page(
    _ packets: [[UInt8]], number: Int, flags: UInt8 = 0, serial: Int = 0x5EC2E7
  ) -> [UInt8] {
    page(
      packets.flatMap(lacing), Array(packets.joined()), number: number, flags: flags, serial: serial
    )
  }

  private static func lacing(_ packet: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 255, count: packet.count / 255) + [UInt8(packet.count % 255)]
  }

  /// A packet over as many pages as it takes.
  static func pages(_ packet: [UInt8], from number: Int) -> [[UInt8]] {
    let all = lacing(packet)
    return stride(from: 0, to: all.count, by: 255).map { first in
      let part = Array(all[first..<min(first + 255, all.count)])
      let begin = first * 255
      let content = Array(packet[begin..<min(begin + 255 * 255, packet.count)])
      return page(
        part, content, number: number + first / 255, flags: first == 0 ? 0 : 1, serial: 0x5EC2E7)
    }
  }

  private static func page(
    _ lacing: [UInt8], _ content: [UInt8], number: Int, flags: UInt8, serial: Int
  ) -> [UInt8] {
    var whole = Array("OggS".utf8) + [0, flags] + [UInt8](repeating: 0, count: 8)
    whole.append(little32: serial)
    whole.append(little32: number)
    let at = whole.count
    whole.append(little32: 0)
    whole += [UInt8(lacing.count)] + lacing + content
    var sum: [UInt8] = []
    sum.append(little32: Int(OggSum.of(whole)))
    whole.replaceSubrange(at..<(at + 4), with: sum)
    return whole
  }

  static let opusHead = Array("OpusHead".utf8) + [1, 1, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0]

  static func opus(commentLength: Int = 700) -> [UInt8] {
    let tags = Array("OpusTags".utf8) + secret + [UInt8](repeating: 0x41, count: commentLength)
    let comment = pages(tags, from: 1)
    let sound = page([[1, 2, 3], [4, 5]], number: 1 + comment.count, flags: 4)
    return page([opusHead], number: 0, flags: 2) + Array(comment.joined()) + sound
  }

  static func vorbis() -> [UInt8] {
    let name = Array("vorbis".utf8)
    let setup = [5] + name + [UInt8](repeating: 7, count: 600)
    return page([[1] + name + [UInt8](repeating: 0, count: 23)], number: 0, flags: 2)
      + page([[3] + name + secret, setup], number: 1) + page([[9, 9]], number: 2, flags: 4)
  }
}

extension [UInt8] {
  func contains(run: [UInt8]) -> Bool {
    guard run.count <= count else { return false }
    return (0...(count - run.count)).contains { self[$0...].starts(with: run) }
  }
}

/// Why a file is refused; nil when it is cleaned.
func refusal(of bytes: [UInt8]) -> MediaError.Code? {
  do {
    _ = try MediaStripper.strip(bytes)
    return nil
  } catch { return error.code }
}
