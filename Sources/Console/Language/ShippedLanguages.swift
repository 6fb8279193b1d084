internal import ShippedData

/// The language files compiled into the program.
enum ShippedLanguages {
  static let codes: [String] = (0..<Int(yarrow_shipped_languages_count)).map {
    String(cString: yarrow_shipped_language_at(UInt($0)).pointee.name)
  }

  /// The file's bytes, which live as long as the program.
  static func file(_ code: String) -> UnsafeBufferPointer<UInt8>? {
    for index in 0..<yarrow_shipped_languages_count {
      let entry = yarrow_shipped_language_at(index).pointee
      if String(cString: entry.name) == code {
        return UnsafeBufferPointer(start: entry.bytes, count: Int(entry.count))
      }
    }
    return nil
  }
}
