/// What the fold needs of one entry: who wrote what, as far as this reader can open it (merge §1).
public struct FoldedEntry: Sendable {
  public let hash: EntryHash
  public let origin: OriginID
  /// Position in the origin's log, from 1.
  public let seq: UInt64
  public let kind: EntryKind
  /// The area in the envelope: the one the record had for the author.
  public let area: String
  /// Seconds since 1970 by the author's clock: shown as a claim, never used to order.
  public let claimed: Int64
  /// The sections this reader holds and can open; one it cannot open is missing.
  public internal(set) var writesByClass: [SensitivityClass: FieldWrites]

  public init(
    hash: EntryHash, origin: OriginID, seq: UInt64, kind: EntryKind, area: String, claimed: Int64,
    writesByClass: [SensitivityClass: FieldWrites]
  ) {
    self.hash = hash
    self.origin = origin
    self.seq = seq
    self.kind = kind
    self.area = area
    self.claimed = claimed
    self.writesByClass = writesByClass
  }

  /// Takes the clear sections from an entry; the caller gives the sealed ones it has opened.
  ///
  /// Throws only for an entry whose sections were not checked when it was made.
  public init(
    _ entry: Entry, opened: [SensitivityClass: FieldWrites] = [:], limits: Limits = .specified
  ) throws(CBORError) {
    var writes = opened
    writes[.operational] = try decodeFieldWrites(entry.operational, limits: limits)
    if let coded = entry.coded.bytes {
      writes[.coded] = try decodeFieldWrites(coded, limits: limits)
    }
    self.init(
      hash: entry.hash, origin: entry.envelope.origin, seq: entry.envelope.seq,
      kind: entry.envelope.kind, area: entry.envelope.area, claimed: entry.envelope.claimed,
      writesByClass: writes)
  }

  /// Whether the entry's writes are answers to the form (merge §4).
  var writesFields: Bool { kind == .create || kind == .amend || kind == .resolve }

  /// One operational write of a kind that writes no fields, such as the area of a move.
  func operational(_ name: String) -> FieldWrite? {
    writesByClass[.operational]?.first { $0.name == name }?.write
  }
}
