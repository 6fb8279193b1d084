/// Ogg (RFC 3533) with Opus (RFC 7845) or Vorbis: pages, and in the first ones the headers.
///
/// Who sang, when and with which program stands in the comment header. It is replaced by an empty
/// one, and the pages are numbered and summed anew, under a serial number that says nothing.
enum Ogg {
  private struct Page {
    var flags: UInt8
    var granule: ArraySlice<UInt8>
    var lacing: [UInt8]
    var content: ArraySlice<UInt8>
    var isFirst: Bool { flags & 2 != 0 }
    var isLast: Bool { flags & 4 != 0 }
  }

  private enum Codec {
    case opus, vorbis

    init?(_ head: ArraySlice<UInt8>) {
      if head.starts(with: "OpusHead".utf8) {
        self = .opus
      } else if head.starts(with: [1] + Array("vorbis".utf8)) {
        self = .vorbis
      } else {
        return nil
      }
    }

    /// Header packets behind the first.
    var headers: Int { self == .opus ? 1 : 2 }
    var commentName: [UInt8] {
      self == .opus ? Array("OpusTags".utf8) : [3] + Array("vorbis".utf8)
    }
    /// No vendor, no comment; Vorbis ends its header with a set bit.
    var emptyComment: [UInt8] {
      commentName + [UInt8](repeating: 0, count: 8) + (self == .opus ? [] : [1])
    }
  }

  private static let packetBytesMax = 1 << 20

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(bytes)
    let first = try page(&reader, isFirst: true)
    guard first.page.isFirst, first.page.lacing.count == 1, first.page.content.count < 255,
      let codec = Codec(first.page.content)
    else { throw .unusual }
    var headers = try headers(codec, &reader, serial: first.serial)
    guard headers[0].starts(with: codec.commentName) else { throw .damaged }
    headers[0] = codec.emptyComment
    var writer = Writer()
    writer.write(first.page)
    try writer.write(packets: headers)
    var hasEnded = first.page.isLast
    // What follows the last page of the stream is another stream, or nothing of Ogg's.
    while !hasEnded, reader.left > 0 {
      let next = try page(&reader, isFirst: false)
      guard next.serial == first.serial, !next.page.isFirst else { throw .unusual }
      writer.write(next.page)
      hasEnded = next.page.isLast
    }
    return writer.bytes
  }

  /// The header packets behind the first; they end with a page (RFC 7845 §3, Vorbis I §A.2).
  private static func headers(
    _ codec: Codec, _ reader: inout MediaReader, serial: Int
  ) throws(MediaFault) -> [[UInt8]] {
    var packets: [[UInt8]] = []
    var open: [UInt8] = []
    while packets.count < codec.headers {
      let next = try page(&reader, isFirst: false)
      guard next.serial == serial, !next.page.isFirst else { throw .unusual }
      var at = next.page.content.startIndex
      for lace in next.page.lacing {
        open += next.page.content[at..<(at + Int(lace))]
        at += Int(lace)
        guard open.count <= packetBytesMax else { throw .unusual }
        if lace < 255 {
          packets.append(open)
          open = []
        }
      }
    }
    guard packets.count == codec.headers, open.isEmpty else { throw .unusual }
    return packets
  }

  private static func page(
    _ reader: inout MediaReader, isFirst: Bool
  ) throws(MediaFault) -> (page: Page, serial: Int) {
    let start = reader.at
    guard try reader.take(4).elementsEqual("OggS".utf8), try reader.byte() == 0 else {
      throw .damaged
    }
    let flags = try reader.byte()
    let granule = try reader.take(8)
    let serial = try reader.little32()
    _ = try reader.take(4)
    let sumAt = reader.at - start
    let sum = try reader.little32()
    let lacing = Array(try reader.take(Int(try reader.byte())))
    let content = try reader.take(lacing.reduce(0) { $0 + Int($1) })
    var whole = Array(reader.bytes[start..<reader.at])
    whole.replaceSubrange(sumAt..<(sumAt + 4), with: [0, 0, 0, 0])
    guard Int(OggSum.of(whole)) == sum else { throw .damaged }
    return (Page(flags: flags, granule: granule, lacing: lacing, content: content), serial)
  }

  private struct Writer {
    var bytes: [UInt8] = []
    private var number = 0

    mutating func write(_ page: Page) {
      var whole = Array("OggS".utf8)
      whole += [0, page.flags & 7]
      whole += page.granule
      whole.append(little32: 1)
      whole.append(little32: number)
      let sumAt = whole.count
      whole.append(little32: 0)
      whole.append(UInt8(page.lacing.count))
      whole += page.lacing
      whole += page.content
      var sum: [UInt8] = []
      sum.append(little32: Int(OggSum.of(whole)))
      whole.replaceSubrange(sumAt..<(sumAt + 4), with: sum)
      bytes += whole
      number += 1
    }

    /// Packets from the beginning of a page to the end of one.
    mutating func write(packets: [[UInt8]]) throws(MediaFault) {
      var lacing: [UInt8] = []
      for packet in packets {
        lacing += [UInt8](repeating: 255, count: packet.count / 255) + [UInt8(packet.count % 255)]
      }
      let content = packets.flatMap { $0 }[...]
      var at = 0
      var continues = false
      for begin in stride(from: 0, to: lacing.count, by: 255) {
        let part = Array(lacing[begin..<min(begin + 255, lacing.count)])
        let count = part.reduce(0) { $0 + Int($1) }
        // A page on which no packet ends has the position "none".
        let granule = [UInt8](repeating: part.contains { $0 < 255 } ? 0 : 0xFF, count: 8)
        write(
          Page(
            flags: continues ? 1 : 0, granule: granule[...], lacing: part,
            content: content[at..<(at + count)]))
        at += count
        continues = part.last == 255
      }
    }
  }
}

/// The checksum of Ogg: polynomial 0x04C11DB7, bits as they are, nothing at the start or the end.
enum OggSum {
  private static let table: [UInt32] = (0..<256).map { (n: UInt32) in
    (0..<8).reduce(n << 24) { value, _ in
      value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    bytes.reduce(0) { $0 << 8 ^ table[Int($0 >> 24) ^ Int($1)] }
  }
}
