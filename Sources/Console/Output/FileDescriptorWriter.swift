internal import Glibc

/// Writes all of a text, through interruptions.
enum FileDescriptorWriter {
  /// False when the descriptor is broken or its disk is full.
  @discardableResult
  static func write(_ text: String, to file: Int32) -> Bool {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: file) }
  }

  @discardableResult
  static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { write($0, to: file) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let wrote = Glibc.write(file, rest.baseAddress!, rest.count)
      if wrote < 0 && errno == EINTR { continue }
      guard wrote > 0 else { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest[wrote...])
    }
    return true
  }
}
