package import SyncCore

/// Entries as they travel (wire-format §3): what the receiver can derive is left out.
package struct EntryWriter {
  private var seen: [SeenCheckpoint: Int] = [:]
  private var previousClaimed: Int64 = 0

  /// Writes the table of checkpoints that the entries name, before any entry.
  package init(_ entries: some Sequence<Entry>, to w: inout MessageWriter) {
    var list: [SeenCheckpoint] = []
    for entry in entries {
      let checkpoint = SeenCheckpoint(entry.envelope)
      if checkpoint.size > 0, seen[checkpoint] == nil {
        seen[checkpoint] = list.count + 1
        list.append(checkpoint)
      }
    }
    w.clear.arrayHead(list.count)
    for checkpoint in list {
      w.clear.encode(checkpoint.size)
      w.raw(checkpoint.root)
    }
  }

  package mutating func write(_ entry: Entry, to w: inout MessageWriter) {
    let envelope = entry.envelope
    w.clear.arrayHead(11)
    w.clear.encode(UInt64(envelope.kind.rawValue))
    w.clear.encode(envelope.area)
    w.clear.encode(envelope.form)
    w.clear.encode(envelope.formVersion)
    w.clear.encode(envelope.claimed &- previousClaimed)
    previousClaimed = envelope.claimed
    w.clear.encode(envelope.epoch)
    w.clear.encode(UInt64(seen[SeenCheckpoint(envelope)] ?? 0))
    w.clear.append(encoded: entry.operational)
    w.raw(entry.rootSalt)
    if !envelope.kind.startsRecord { w.raw(envelope.record) }
    switch entry.coded {
    case .absent: w.clear.encodeNull()
    case .present(let bytes): w.clear.append(encoded: bytes)
    case .withheld(let digest):
      w.clear.encode(false)
      w.raw(digest)
    }
    for content in [entry.sensitive, entry.identity] {
      switch content {
      case .absent: w.clear.encodeNull()
      case .present(let bytes):
        w.clear.encode(UInt64(bytes.count))
        w.raw(bytes)
      case .withheld(let digest):
        w.clear.encode(false)
        w.raw(digest)
      }
    }
  }
}

/// A checkpoint named by an envelope.
struct SeenCheckpoint: Hashable {
  var size: UInt64
  var root: Digest32
  init(size: UInt64, root: Digest32) {
    self.size = size
    self.root = root
  }
  init(_ envelope: Envelope) { self.init(size: envelope.seenSize, root: envelope.seenRoot) }
}

/// Reads entries back and rebuilds their envelopes (wire-format §3).
package struct EntryReader {
  private var seen: [SeenCheckpoint] = [SeenCheckpoint(size: 0, root: .zero)]
  /// Checkpoints of the table that entries have named so far: a table has one order, that of first
  /// use, and nothing that no entry names (wire-format §3.1).
  private var named = 0
  private var previousClaimed: Int64 = 0

  package init(from r: inout MessageReader) throws(WireError) {
    let most = r.limits.entriesPerPushMax
    let count = try r.read { d throws(CBORError) in try d.readArrayHead(max: most) }
    var distinct: Set<SeenCheckpoint> = []
    for _ in 0..<count {
      let size = try r.read { d throws(CBORError) in try d.readUInt(max: UInt64(Int64.max)) }
      let root = try r.rawDigest()
      guard size > 0, root != .zero else { throw WireError(.malformed(.nonCanonicalValue)) }
      let checkpoint = SeenCheckpoint(size: size, root: root)
      guard distinct.insert(checkpoint).inserted else { throw WireError(.inconsistent) }
      seen.append(checkpoint)
    }
  }

  /// Refuses a table of which no entry named the last: to be called behind the last entry.
  package func expectTableUsed() throws(WireError) {
    guard named == seen.count - 1 else { throw WireError(.inconsistent) }
  }

  package mutating func read(
    from r: inout MessageReader, programme: ProgrammeID, origin: OriginID, seq: UInt64,
    previous: EntryHash
  ) throws(WireError) -> Entry {
    let limits = r.limits
    let last = seen.count - 1
    let before = previousClaimed
    struct Head {
      var kind: EntryKind
      var area: String
      var form: String
      var version: UInt64
      var claimed: Int64
      var epoch: UInt64
      var seen: Int
      var operational: [UInt8]
    }
    let head = try r.read { d throws(CBORError) in
      try d.readArrayHead(exactly: 11)
      guard let kind = EntryKind(rawValue: UInt8(try d.readUInt(max: 255))) else {
        throw d.error(.outOfRange)
      }
      return Head(
        kind: kind, area: try d.readText(max: limits.nameBytesMax),
        form: try d.readText(max: limits.nameBytesMax),
        version: try d.readUInt(max: UInt64(UInt32.max)), claimed: before &+ (try d.readInt()),
        epoch: try d.readUInt(max: UInt64(UInt32.max)),
        seen: Int(try d.readUInt(max: UInt64(last))),
        operational: Array(try d.skipItem()))
    }
    previousClaimed = head.claimed
    guard head.seen <= named + 1 else { throw WireError(.inconsistent) }
    named = max(named, head.seen)
    let checkpoint = seen[head.seen]
    let rootSalt = try r.raw16()
    let record = head.kind.startsRecord ? rootSalt.createdRecord : try r.raw16()
    let coded = try readClear(from: &r)
    let sensitive = try readSealed(from: &r)
    let identity = try readSealed(from: &r)
    let envelope = Envelope(
      programme: programme, origin: origin, seq: seq, previous: previous, record: record,
      area: head.area, form: head.form, formVersion: head.version, kind: head.kind,
      claimed: head.claimed, epoch: head.epoch, seenSize: checkpoint.size,
      seenRoot: checkpoint.root)
    do {
      return try Entry(
        envelope: envelope, rootSalt: rootSalt, operational: head.operational, coded: coded,
        sensitive: sensitive, identity: identity, limits: limits)
    } catch { throw WireError(.entry(error.code)) }
  }

  private func readClear(from r: inout MessageReader) throws(WireError) -> SectionContent {
    enum Found {
      case absent, withheld
      case bytes([UInt8])
    }
    let found = try r.read { d throws(CBORError) -> Found in
      if d.readNullIfPresent() { return .absent }
      guard try d.nextMajor() == 5 else {
        guard try d.readBool() == false else { throw d.error(.nonCanonicalValue) }
        return .withheld
      }
      let item = try d.skipItem()
      // An empty section is absent (entry §2.4), so it has one encoding.
      guard item.count > 1 else { throw d.error(.nonCanonicalValue) }
      return .bytes(Array(item))
    }
    switch found {
    case .absent: return .absent
    case .withheld: return .withheld(try r.rawDigest())
    case .bytes(let bytes): return .present(bytes)
    }
  }

  private func readSealed(from r: inout MessageReader) throws(WireError) -> SectionContent {
    enum Found {
      case absent, withheld
      case count(Int)
    }
    let most = UInt64(r.limits.sealedSectionBytesMax)
    let found = try r.read { d throws(CBORError) -> Found in
      if d.readNullIfPresent() { return .absent }
      guard try d.nextMajor() == 0 else {
        guard try d.readBool() == false else { throw d.error(.nonCanonicalValue) }
        return .withheld
      }
      let count = try d.readUInt(max: most)
      guard count > 0 else { throw d.error(.nonCanonicalValue) }
      return .count(Int(count))
    }
    switch found {
    case .absent: return .absent
    case .withheld: return .withheld(try r.rawDigest())
    case .count(let count): return .present(Array(try r.raw(count)))
    }
  }
}
