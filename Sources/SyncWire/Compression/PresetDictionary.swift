internal import ShippedData

/// The dictionary that ships with the protocol (wire-format §4): public words, form text and
/// synthetic reports, never anything from a record.
public enum PresetDictionary {
  /// At most 32,768 bytes, the most useful last. Both sides must hold exactly these.
  public static let v1 = [UInt8](
    UnsafeBufferPointer(
      start: yarrow_shipped_dictionary_bytes(), count: Int(yarrow_shipped_dictionary_count)))

  /// Deflate looks back no further than this.
  public static let byteCountMax = 32_768
}
