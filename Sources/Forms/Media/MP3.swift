/// The head of a frame of MP3 (ISO/IEC 11172-3, layer III).
struct MP3Frame: SoundFrame {
  let length: Int

  private static let bitrates1 = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
  ]
  private static let bitrates2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
  private static let rates = [44_100, 48_000, 32_000]

  init?(_ bytes: [UInt8], at: Int) {
    guard at + 4 <= bytes.count, bytes[at] == 0xFF, bytes[at + 1] & 0xE0 == 0xE0 else { return nil }
    let version = bytes[at + 1] >> 3 & 3
    let layer = bytes[at + 1] >> 1 & 3
    let rateIndex = Int(bytes[at + 2] >> 2 & 3)
    let bitrateIndex = Int(bytes[at + 2] >> 4)
    guard version != 1, layer == 1, rateIndex < 3, (1...14).contains(bitrateIndex) else {
      return nil
    }
    let isFirst = version == 3
    let bitrate = (isFirst ? Self.bitrates1 : Self.bitrates2)[bitrateIndex - 1] * 1_000
    let rate = Self.rates[rateIndex] / (isFirst ? 1 : version == 2 ? 2 : 4)
    length = (isFirst ? 144 : 72) * bitrate / rate + Int(bytes[at + 2] >> 1 & 1)
  }

  /// Recorders change the bit rate, and editors join what had another.
  func belongs(to first: MP3Frame) -> Bool { true }

  func append(_ frame: ArraySlice<UInt8>, to clean: inout [UInt8]) { clean += frame }
}
