/// Who wrote an entry, where in its log, and about which record (entry §2.1).
public struct Envelope: Sendable, Hashable {
  public var programme: ProgrammeID
  public var origin: OriginID
  /// Position in the origin's log, from 1.
  public var seq: UInt64
  /// Hash of the same origin's previous entry; zero bytes before the first.
  public var previous: EntryHash
  public var record: RecordID
  /// The area code that the record had when this was written.
  public var area: String
  public var form: String
  public var formVersion: UInt64
  public var kind: EntryKind
  /// Seconds since 1970 by the device's clock: a claim, never used to order or reject.
  public var claimed: Int64
  /// The origin's sealing epoch when this was written (identity §5).
  public var epoch: UInt64
  /// Size of the newest checkpoint the device had checked; 0 for none.
  public var seenSize: UInt64
  /// Root of that checkpoint; zero bytes for none.
  public var seenRoot: Digest32

  public init(
    programme: ProgrammeID, origin: OriginID, seq: UInt64, previous: EntryHash, record: RecordID,
    area: String, form: String, formVersion: UInt64, kind: EntryKind, claimed: Int64,
    epoch: UInt64, seenSize: UInt64, seenRoot: Digest32
  ) {
    self.programme = programme
    self.origin = origin
    self.seq = seq
    self.previous = previous
    self.record = record
    self.area = area
    self.form = form
    self.formVersion = formVersion
    self.kind = kind
    self.claimed = claimed
    self.epoch = epoch
    self.seenSize = seenSize
    self.seenRoot = seenRoot
  }

  /// The canonical bytes: an array of 13 (entry §2.1).
  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 256)
    e.arrayHead(13)
    e.encode(bytes: programme.bytes)
    e.encode(origin)
    e.encode(seq)
    e.encode(previous)
    e.encode(bytes: record.bytes)
    e.encode(area)
    e.encode(form)
    e.encode(formVersion)
    e.encode(UInt64(kind.rawValue))
    e.encode(claimed)
    e.encode(epoch)
    e.encode(seenSize)
    e.encode(seenRoot)
    return e.bytes
  }

  private var isConsistent: Bool {
    (seq == 1) == (previous == .zero) && (seenSize == 0) == (seenRoot == .zero)
  }

  /// Whether the fields are what a canonical envelope can hold: what `init(encoded:)` refuses,
  /// an envelope put together from columns must not get past either.
  func check(limits: Limits) throws(CBORError) {
    let whole = 1...UInt64(Int64.max)
    let half = 0...UInt64(UInt32.max)
    guard whole.contains(seq), half.contains(formVersion), half.contains(epoch),
      seenSize <= whole.upperBound
    else { throw CBORError(.outOfRange, at: 0) }
    guard area.utf8.count <= limits.nameBytesMax, form.utf8.count <= limits.nameBytesMax else {
      throw CBORError(.tooLong, at: 0)
    }
    guard isConsistent else { throw CBORError(.nonCanonicalValue, at: 0) }
  }

  /// Reads exactly one canonical envelope.
  public init(encoded: [UInt8], limits: Limits = .specified) throws(CBORError) {
    var d = CBORDecoder(encoded)
    try d.readArrayHead(exactly: 13)
    programme = try d.readBytes16()
    origin = try d.readDigest()
    seq = try d.readUInt(max: UInt64(Int64.max))
    guard seq > 0 else { throw d.error(.outOfRange) }
    previous = try d.readDigest()
    record = try d.readBytes16()
    area = try d.readText(max: limits.nameBytesMax)
    form = try d.readText(max: limits.nameBytesMax)
    formVersion = try d.readUInt(max: UInt64(UInt32.max))
    guard let kind = EntryKind(rawValue: UInt8(try d.readUInt(max: 255))) else {
      throw d.error(.outOfRange)
    }
    self.kind = kind
    claimed = try d.readInt()
    epoch = try d.readUInt(max: UInt64(UInt32.max))
    seenSize = try d.readUInt(max: UInt64(Int64.max))
    seenRoot = try d.readDigest()
    guard isConsistent else { throw d.error(.nonCanonicalValue) }
    try d.expectEnd()
  }
}

extension CBORDecoder {
  package mutating func readBytes16() throws(CBORError) -> Bytes16 {
    let found = try readBytes(exactly: 16)
    guard let value = Bytes16(found) else { throw error(.outOfRange) }
    return value
  }
}
