/// Speech as phones store it (RFC 4867 §5): a line that names the codec, then frames.
///
///     "#!AMR\n" or "#!AMR-WB\n" | frames: head 1, speech bits
///
/// There is no place for words, but there are bits that mean nothing: three in each head, and those
/// that fill the last byte of a frame. They become zero.
enum AMR {
  private struct Codec {
    let name: String
    /// Bits of speech by the kind of frame; nil for a kind that has no meaning in a file.
    let bits: [Int?]
  }

  /// Eight modes, comfort noise, nothing received.
  private static let narrowband = Codec(
    name: "#!AMR\n",
    bits: [95, 103, 118, 134, 148, 159, 204, 244, 39, nil, nil, nil, nil, nil, nil, 0])
  /// Nine modes, comfort noise, a lost frame, nothing received.
  private static let wideband = Codec(
    name: "#!AMR-WB\n",
    bits: [132, 177, 253, 285, 317, 365, 397, 461, 477, 40, nil, nil, nil, nil, 0, 0])
  /// Several loudspeakers.
  private static let multichannel = ["#!AMR_MC1.0\n", "#!AMR-WB_MC1.0\n"]
  /// Kind and quality.
  private static let meaning: UInt8 = 0x7C

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    guard let codec = [narrowband, wideband].first(where: { bytes.starts(with: $0.name.utf8) })
    else {
      let isKnown = multichannel.contains { bytes.starts(with: $0.utf8) }
      throw isKnown ? .unusual : .damaged
    }
    var clean = Array(codec.name.utf8)
    clean.reserveCapacity(bytes.count)
    var at = clean.count
    var hasFrame = false
    while at < bytes.count {
      guard let bits = codec.bits[Int(bytes[at] >> 3 & 15)] else { throw .damaged }
      let end = at + 1 + (bits + 7) / 8
      // A last frame that is cut short is no sound.
      guard end <= bytes.count else { break }
      clean.append(bytes[at] & meaning)
      clean += bytes[(at + 1)..<end]
      if bits % 8 > 0 { clean[clean.count - 1] &= 0xFF << UInt8(8 - bits % 8) }
      at = end
      hasFrame = true
    }
    guard hasFrame else { throw .damaged }
    return clean
  }
}
