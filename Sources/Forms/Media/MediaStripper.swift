/// Takes everything out of a file but the picture, the sound or the text itself (attachments §3).
///
/// What stays is a list, and what is not on it goes: a format grows new places for metadata, and none
/// of them is to be sent by accident. A file that the list does not fit is refused, not guessed at.
public enum MediaStripper {
  public struct Stripped: Sendable, Hashable {
    public let type: MediaType
    public let bytes: [UInt8]
  }

  /// - Throws: ``MediaError``.
  public static func strip(_ bytes: [UInt8]) throws(MediaError) -> Stripped {
    let type = MediaType(of: bytes)
    let clean: [UInt8]
    // A sound may come in a file that announces a film, a picture in one of another coding.
    var cleanType = type
    do throws(MediaFault) {
      switch type {
      case .jpeg: clean = try JPEG.strip(bytes)
      case .png: clean = try PNG.strip(bytes)
      case .webp: clean = try WebP.strip(bytes)
      case .wav: clean = try WAV.strip(bytes)
      case .mp3: clean = try FramedSound.strip(bytes, of: MP3Frame.self)
      case .aac: clean = try FramedSound.strip(bytes, of: ADTSFrame.self)
      case .ogg: clean = try Ogg.strip(bytes)
      case .amr: clean = try AMR.strip(bytes)
      case .tiff: clean = try TIFF.strip(bytes)
      case .heic, .avif: (clean, cleanType) = try HEIFPicture.strip(bytes)
      case .pdf: clean = try PDF.strip(bytes)
      case .m4a, .mp4:
        clean = try MP4Sound.strip(bytes)
        cleanType = .m4a
      case .text:
        clean = PlainText.strip(bytes)
        // A mark in front hid what the rest is, to us and to nobody else.
        guard clean.isEmpty || MediaType(of: clean) == .text else { throw .unknown }
      case .gif, .flac, .zip: throw .unknown
      case .unknown: throw .unknown
      }
    } catch {
      let name = type == .unknown ? nil : type.rawValue
      switch error {
      case .damaged: throw MediaError(.damaged, name)
      case .unusual: throw MediaError(.unusual, name)
      case .unknown: throw MediaError(.notStrippable, name)
      }
    }
    return Stripped(type: cleanType, bytes: clean)
  }
}

/// What a format's own reader found wrong.
enum MediaFault: Error {
  case damaged, unusual, unknown
}

/// Bytes of a file that may be hostile: each read says whether it is there.
struct MediaReader {
  let bytes: [UInt8]
  var at: Int
  let end: Int

  /// - Parameter end: where the part that is to be read ends; the whole file's end unless given.
  init(_ bytes: [UInt8], at: Int = 0, end: Int? = nil) {
    self.bytes = bytes
    self.at = at
    self.end = end ?? bytes.count
  }

  var left: Int { end - at }

  mutating func take(_ count: Int) throws(MediaFault) -> ArraySlice<UInt8> {
    guard count >= 0, count <= left else { throw .damaged }
    defer { at += count }
    return bytes[at..<(at + count)]
  }

  mutating func byte() throws(MediaFault) -> UInt8 {
    guard left > 0 else { throw .damaged }
    defer { at += 1 }
    return bytes[at]
  }

  mutating func big16() throws(MediaFault) -> Int {
    guard left >= 2 else { throw .damaged }
    defer { at += 2 }
    return Int(bytes[at]) << 8 | Int(bytes[at + 1])
  }
  mutating func big32() throws(MediaFault) -> Int {
    let high = try big16()
    return high << 16 | (try big16())
  }
  mutating func little32() throws(MediaFault) -> Int {
    try take(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

extension [UInt8] {
  mutating func append(big16 value: Int) {
    append(contentsOf: [UInt8(value >> 8 & 255), UInt8(value & 255)])
  }
  mutating func append(big32 value: Int) {
    for shift in [24, 16, 8, 0] { append(UInt8(value >> shift & 255)) }
  }
  mutating func append(big64 value: Int) {
    append(big32: value >> 32)
    append(big32: value)
  }
  mutating func append(little32 value: Int) {
    for shift in [0, 8, 16, 24] { append(UInt8(value >> shift & 255)) }
  }
}
