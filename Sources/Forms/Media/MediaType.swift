/// What a file is, by its first bytes: its name and what its sender says of it are no evidence.
public enum MediaType: String, Sendable, Hashable, CaseIterable {
  case jpeg = "image/jpeg"
  case png = "image/png"
  case webp = "image/webp"
  case gif = "image/gif"
  case tiff = "image/tiff"
  case heic = "image/heic"
  case avif = "image/avif"
  case pdf = "application/pdf"
  case wav = "audio/wav"
  case mp3 = "audio/mpeg"
  case aac = "audio/aac"
  case ogg = "audio/ogg"
  case flac = "audio/flac"
  case amr = "audio/amr"
  case m4a = "audio/mp4"
  /// Films, and sounds whose recorder does not say in front that there is no picture.
  case mp4 = "video/mp4"
  case zip = "application/zip"
  case text = "text/plain"
  case unknown = "application/octet-stream"

  public init(of bytes: [UInt8]) {
    func begins(_ text: StaticString, at offset: Int = 0) -> Bool {
      let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      return bytes.count >= offset + wanted.count
        && bytes[offset..<(offset + wanted.count)].elementsEqual(wanted)
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: PNG.signature) {
      self = .png
    } else if begins("RIFF"), begins("WEBP", at: 8) {
      self = .webp
    } else if begins("RIFF"), begins("WAVE", at: 8) {
      self = .wav
    } else if begins("GIF87a") || begins("GIF89a") {
      self = .gif
    } else if ["II*\0", "II+\0", "MM\0*", "MM\0+"].contains(where: { begins($0) }) {
      self = .tiff
    } else if begins("ftyp", at: 4) {
      self = Self.announced(String(decoding: bytes[8...].prefix(4), as: UTF8.self))
    } else if begins("%PDF-") {
      self = .pdf
    } else if begins("OggS") {
      self = .ogg
    } else if begins("fLaC") {
      self = .flac
    } else if begins("#!AMR") {
      self = .amr
    } else if begins("PK\u{3}\u{4}") {
      self = .zip
    } else if begins("ID3") {
      // A tag says nothing of what is behind it.
      let at = SoundTag.end(bytes)
      self = ADTSFrame(bytes, at: at)?.isFollowed(bytes, at: at) == true ? .aac : .mp3
    } else if MP3Frame(bytes, at: 0) != nil {
      self = .mp3
    } else if ADTSFrame(bytes, at: 0)?.isFollowed(bytes, at: 0) == true {
      self = .aac
    } else {
      self = PlainText.isText(bytes) ? .text : .unknown
    }
  }

  /// By the brand of the ISO base media format.
  private static func announced(_ brand: String) -> MediaType {
    switch brand {
    // Those of stills, of stills in layers, of sequences that have a still in front.
    case "heic", "heix", "heif", "mif1", "mif2", "heim", "heis", "hevc", "hevx", "msf1": .heic
    case "avif", "avis": .avif
    case "M4A ", "M4B ": .m4a
    default: .mp4
    }
  }
}
