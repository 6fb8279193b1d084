/// Upper bounds on everything that a peer, a file or a form can make us hold (wire-format §2.1).
///
/// A peer that exceeds a limit ends the exchange. Nothing grows without one, and each is checked
/// before memory is reserved for what it bounds.
public struct Limits: Sendable, Hashable {
  /// One message as sent, signature included, in bytes.
  public var messageBytesMax: Int
  /// The clear part of one message after decompression, in bytes.
  public var clearBytesMax: Int
  /// Entries in one push.
  public var entriesPerPushMax: Int
  /// Deliveries in one response.
  public var deliveriesPerResponseMax: Int
  /// Bytes of one clear section (operational or coded).
  public var clearSectionBytesMax: Int
  /// Bytes of one sealed section.
  public var sealedSectionBytesMax: Int
  /// Field writes in one section.
  public var fieldsPerSectionMax: Int
  /// Bytes of one text value.
  public var textBytesMax: Int
  /// Writes that one write may replace, and codes in one set write.
  public var referencesPerWriteMax: Int
  /// Streams that one device may name.
  public var streamsMax: Int
  /// Pieces of one tree growth.
  public var growthPiecesMax: Int
  /// Bytes of one authority statement.
  public var statementBytesMax: Int
  /// Bytes of one release file.
  public var releaseBytesMax: Int
  /// Bytes of a name: form, area, field, code.
  public var nameBytesMax: Int

  public static let specified = Limits(
    messageBytesMax: 1 << 20, clearBytesMax: 4 << 20, entriesPerPushMax: 4_000,
    deliveriesPerResponseMax: 4_000, clearSectionBytesMax: 64 << 10,
    sealedSectionBytesMax: 256 << 10, fieldsPerSectionMax: 512, textBytesMax: 64 << 10,
    referencesPerWriteMax: 256, streamsMax: 256, growthPiecesMax: 8_192,
    statementBytesMax: 256 << 10, releaseBytesMax: 1 << 30, nameBytesMax: 64)

  /// Small enough that a ten-row database crosses every boundary.
  package static let tiny = Limits(
    messageBytesMax: 8 << 10, clearBytesMax: 16 << 10, entriesPerPushMax: 3,
    deliveriesPerResponseMax: 3, clearSectionBytesMax: 2 << 10, sealedSectionBytesMax: 2 << 10,
    fieldsPerSectionMax: 40, textBytesMax: 1 << 10, referencesPerWriteMax: 8, streamsMax: 8,
    growthPiecesMax: 4, statementBytesMax: 64 << 10, releaseBytesMax: 1 << 20, nameBytesMax: 64)
}
