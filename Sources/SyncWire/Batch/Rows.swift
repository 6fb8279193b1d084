import SyncCore

/// A batch of few entries: one array for each (wire-format §3.2).
enum Rows {
  static func write(
    _ entries: [Entry], _ seen: SeenTable, _ references: References?, to w: inout MessageWriter
  ) {
    var before: Int64 = 0
    let told = references?.told(entries)
    for (index, entry) in entries.enumerated() {
      let envelope = entry.envelope
      let distance = told?[index].recordDistance ?? 0
      w.clear.arrayHead(distance > 0 ? 12 : 11)
      w.clear.encode(UInt64(envelope.kind.rawValue))
      w.clear.encode(envelope.area)
      w.clear.encode(envelope.form)
      w.clear.encode(envelope.formVersion)
      w.clear.encode(envelope.claimed &- before)
      before = envelope.claimed
      w.clear.encode(envelope.epoch)
      w.clear.encode(UInt64(seen.position(of: entry)))
      w.clear.append(encoded: told?[index].operational ?? entry.operational)
      w.raw(entry.rootSalt)
      if !envelope.kind.startsRecord, distance == 0 { w.raw(envelope.record) }
      switch told?[index].coded ?? entry.coded {
      case .absent: w.clear.encodeNull()
      case .present(let bytes): w.clear.append(encoded: bytes)
      case .withheld(let digest):
        w.clear.encode(false)
        w.raw(digest)
      }
      for content in [entry.sensitive, entry.identity] {
        SealedLength(content).encode(absent: { $0.encodeNull() }, to: &w.clear)
        w.raw(content)
      }
      if distance > 0 { w.clear.encode(distance) }
    }
  }

  static func read(
    _ count: Int, _ seen: inout SeenTable, isPush: Bool, from r: inout MessageReader
  ) throws(WireError) -> [LooseEntry] {
    var entries: [LooseEntry] = []
    var before: Int64 = 0
    for _ in 0..<count {
      let entry = try readOne(&seen, before: before, isPush: isPush, from: &r)
      before = entry.claimed
      entries.append(entry)
    }
    return entries
  }

  private static func readOne(
    _ seen: inout SeenTable, before: Int64, isPush: Bool, from r: inout MessageReader
  ) throws(WireError) -> LooseEntry {
    let names = r.limits.nameBytesMax
    let last = UInt64(seen.checkpoints.count - 1)
    let refers = try r.read { d throws(CBORError) in
      let count = try d.readArrayHead(max: isPush ? 12 : 11)
      guard count >= 11 else { throw d.error(.outOfRange) }
      return count == 12
    }
    let kind = try r.read { d throws(CBORError) in try EntryKind(from: &d) }
    let area = try r.readText(max: names)
    let form = try r.readText(max: names)
    let version = try r.readUInt(max: UInt64(UInt32.max))
    let claimed = before &+ (try r.read { d throws(CBORError) in try d.readInt() })
    let epoch = try r.readUInt(max: UInt64(UInt32.max))
    let checkpoint = try seen.named(Int(try r.readUInt(max: last)))
    let operational = Array(try r.read { d throws(CBORError) in try d.skipItem() })
    let rootSalt = try r.raw16()
    // What starts a record has it from its salt.
    guard !refers || !kind.startsRecord else { throw WireError(.inconsistent) }
    let record = kind.startsRecord || refers ? nil : try r.raw16()
    let coded = try readClear(from: &r)
    let sensitive = try readSealed(from: &r).content(from: &r)
    let identity = try readSealed(from: &r).content(from: &r)
    let distance = refers ? try r.readUInt() : 0
    guard !refers || distance > 0 else { throw WireError(.malformed(.outOfRange)) }
    return LooseEntry(
      kind: kind, area: area, form: form, formVersion: version, claimed: claimed, epoch: epoch,
      seen: checkpoint, operational: operational, rootSalt: rootSalt, record: record, coded: coded,
      sensitive: sensitive, identity: identity, recordDistance: distance, mayRefer: isPush)
  }

  private static func readClear(from r: inout MessageReader) throws(WireError) -> SectionContent {
    if r.readNullIfPresent() { return .absent }
    let bytes = try r.read { d throws(CBORError) -> [UInt8]? in
      guard try d.nextMajor() == 5 else {
        guard try d.readBool() == false else { throw d.error(.nonCanonicalValue) }
        return nil
      }
      let item = try d.skipItem()
      // An empty section is absent (entry §2.4), so it has one encoding.
      guard item.count > 1 else { throw d.error(.nonCanonicalValue) }
      return Array(item)
    }
    if let bytes { return .present(bytes) }
    return .withheld(try r.rawDigest())
  }

  private static func readSealed(from r: inout MessageReader) throws(WireError) -> SealedLength {
    if r.readNullIfPresent() { return .absent }
    let most = UInt64(r.limits.sealedSectionBytesMax)
    return try r.read { d throws(CBORError) -> SealedLength in
      guard try d.nextMajor() == 0 else {
        guard try d.readBool() == false else { throw d.error(.nonCanonicalValue) }
        return .withheld
      }
      let count = try d.readUInt(max: most)
      guard count > 0 else { throw d.error(.nonCanonicalValue) }
      return .bytes(Int(count))
    }
  }
}
