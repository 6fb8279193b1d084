/// A picture made by hand, with a place where a camera puts it.
enum SamplePicture {
  static let place = Array("GPS 15.3694N 44.1910E".utf8)

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker, 0, UInt8(content.count + 2)] + content
  }

  private static let picture: [UInt8] =
    segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
    + segment(0xC0, [8, 0, 1, 0, 1, 1, 1, 0x11, 0])
    + segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x12, 0x34, 0xFF, 0xD9]

  static let withPlace: [UInt8] =
    [0xFF, 0xD8] + segment(0xE1, Array("Exif\0\0".utf8) + place) + segment(0xFE, place) + picture
    + place

  /// What is left of it.
  static let clean: [UInt8] = [0xFF, 0xD8] + picture
}
