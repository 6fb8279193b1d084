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

/// The tables of fields that ship with the protocol (identity §5): names and codes of the shipped
/// forms as they were, whatever forms a programme has.
public enum PresetTables {
  /// Lines of UTF-8. Both sides must hold exactly these.
  public static let v1 = [UInt8](
    UnsafeBufferPointer(
      start: yarrow_shipped_tables_bytes(), count: Int(yarrow_shipped_tables_count)))
}
