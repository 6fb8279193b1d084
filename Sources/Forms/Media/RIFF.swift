/// RIFF: chunks of name, length and content, each padded to an even length. WAV and WebP are such.
enum RIFF {
  struct Chunk {
    let name: String
    let content: ArraySlice<UInt8>
  }

  /// - Parameter mayEndEarly: chunks of which whatever is there is taken. A recorder that lost its
  ///   power has not written how long the sound is.
  static func chunks(
    _ bytes: [UInt8], mayEndEarly: Set<String> = []
  ) throws(MediaFault) -> [Chunk] {
    var reader = MediaReader(bytes, at: 4)
    let size = try reader.little32()
    reader.at = 12
    // What stands behind the end that the file names belongs to nothing.
    let end = size > 4 && size <= bytes.count - 8 ? size + 8 : bytes.count
    var found: [Chunk] = []
    while end - reader.at >= 8 {
      let name = String(decoding: try reader.take(4), as: UTF8.self)
      let length = try reader.little32()
      let isCut = length > end - reader.at
      guard !isCut || mayEndEarly.contains(name) else { throw .damaged }
      found.append(Chunk(name: name, content: try reader.take(min(length, reader.left))))
      guard found.count <= 4_096 else { throw .unusual }
      if length % 2 == 1, reader.left > 0 { _ = try reader.byte() }
    }
    return found
  }

  static func file(_ form: String, _ chunks: [Chunk]) -> [UInt8] {
    var body = Array(form.utf8)
    for chunk in chunks {
      body += chunk.name.utf8
      body.append(little32: chunk.content.count)
      body += chunk.content
      if chunk.content.count % 2 == 1 { body.append(0) }
    }
    var bytes = Array("RIFF".utf8)
    bytes.append(little32: body.count)
    return bytes + body
  }
}

/// Sound: the format, the number of samples, the samples.
enum WAV {
  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    let chunks = try RIFF.chunks(bytes, mayEndEarly: ["data"])
    func only(_ name: String) throws(MediaFault) -> RIFF.Chunk? {
      let found = chunks.filter { $0.name == name }
      guard found.count <= 1 else { throw .unusual }
      return found.first
    }
    guard let format = try only("fmt "), let data = try only("data"),
      (14...64).contains(format.content.count), !data.content.isEmpty
    else { throw .damaged }
    var kept = [format]
    // Sounds that are not plain samples say here how many there are.
    if let fact = try only("fact"), fact.content.count >= 4 {
      kept.append(RIFF.Chunk(name: "fact", content: fact.content.prefix(4)))
    }
    return RIFF.file("WAVE", kept + [data])
  }
}

/// A still picture: its pixels and their transparency.
enum WebP {
  /// In the flags of the extended header: profile, EXIF, XMP.
  private static let metadataFlags: UInt8 = 0x20 | 0x08 | 0x04
  private static let animation: UInt8 = 0x02

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    var kept: [RIFF.Chunk] = []
    var hasPicture = false
    for chunk in try RIFF.chunks(bytes) {
      switch chunk.name {
      case "VP8X":
        guard kept.isEmpty, chunk.content.count >= 10 else { throw .damaged }
        var header = Array(chunk.content.prefix(10))
        guard header[0] & animation == 0 else { throw .unusual }
        header[0] &= ~metadataFlags
        header.replaceSubrange(1..<4, with: [0, 0, 0])
        kept.append(RIFF.Chunk(name: "VP8X", content: header[...]))
      case "ANIM", "ANMF": throw .unusual
      case "ALPH": kept.append(chunk)
      case "VP8 ", "VP8L":
        guard !hasPicture else { throw .unusual }
        hasPicture = true
        kept.append(chunk)
      default: break
      }
    }
    guard hasPicture else { throw .damaged }
    return RIFF.file("WEBP", kept)
  }
}
