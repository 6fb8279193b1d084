package import SyncCore

/// An entry as a batch gives it: all but what follows from where it stands (wire-format §3).
package struct LooseEntry: Sendable {
  var kind: EntryKind
  var area: String
  var form: String
  var formVersion: UInt64
  var claimed: Int64
  var epoch: UInt64
  var seen: SeenCheckpoint
  var operational: [UInt8]
  var rootSalt: Salt
  /// Absent where the entry starts its record, or refers to it.
  var record: RecordID?
  var coded: SectionContent
  var sensitive: SectionContent
  var identity: SectionContent
  /// How far before it in its log an entry of the same record stands; 0 where nothing says so.
  var recordDistance: UInt64 = 0
  /// Whether distances may stand in its sections (wire-format §3.4).
  var mayRefer = false

  /// The entry at its place in a log.
  package func placed(
    programme: ProgrammeID, origin: OriginID, seq: UInt64, previous: EntryHash, limits: Limits
  ) throws(WireError) -> Entry {
    let envelope = Envelope(
      programme: programme, origin: origin, seq: seq, previous: previous,
      record: record ?? rootSalt.createdRecord, area: area, form: form, formVersion: formVersion,
      kind: kind, claimed: claimed, epoch: epoch, seenSize: seen.size, seenRoot: seen.root)
    do {
      return try Entry(
        envelope: envelope, rootSalt: rootSalt, operational: operational, coded: coded,
        sensitive: sensitive, identity: identity, limits: limits)
    } catch { throw WireError(.entry(error.code)) }
  }
}

/// What stands for a section that is not in the clear part.
enum SealedLength: Hashable {
  case absent, withheld
  case bytes(Int)
}
