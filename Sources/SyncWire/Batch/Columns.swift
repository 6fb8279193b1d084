import SyncCore

/// A batch of many entries: a column for each thing that an entry says (wire-format §3.3).
enum Columns {
  static func write(
    _ entries: [Entry], _ seen: SeenTable, _ references: References?, to w: inout MessageWriter
  ) {
    let envelopes = entries.map(\.envelope)
    Column.write(envelopes.map(\.kind), to: &w.clear) { $1.encode(UInt64($0.rawValue)) }
    Column.write(envelopes.map(\.area), to: &w.clear) { $1.encode($0) }
    Column.write(envelopes.map(\.form), to: &w.clear) { $1.encode($0) }
    Column.write(envelopes.map(\.formVersion), to: &w.clear) { $1.encode($0) }
    var before: Int64 = 0
    let claimed = envelopes.map { envelope in
      defer { before = envelope.claimed }
      return envelope.claimed &- before
    }
    Column.write(claimed, to: &w.clear) { $1.encode($0) }
    Column.write(envelopes.map(\.epoch), to: &w.clear) { $1.encode($0) }
    Column.write(entries.map { seen.position(of: $0) }, to: &w.clear) { $1.encode(UInt64($0)) }
    Column.write(entries.map { codedState($0.coded) }, to: &w.clear) { $1.encode($0) }
    for content in [\Entry.sensitive, \.identity] {
      Column.write(entries.map { SealedLength($0[keyPath: content]) }, to: &w.clear) {
        $0.encode(absent: { $0.encode(0 as UInt64) }, to: &$1)
      }
    }
    let told = references?.told(entries)
    if let told {
      FieldColumns.write(told.map { $0.operational[...] }, to: &w.clear)
      FieldColumns.write(told.compactMap { $0.coded.bytes?[...] }, to: &w.clear)
      writeDistances(zip(entries, told).compactMap { $0.referring($1) }, to: &w.clear)
    } else {
      FieldColumns.write(entries.map { $0.operational[...] }, to: &w.clear)
      FieldColumns.write(entries.compactMap { $0.coded.bytes?[...] }, to: &w.clear)
    }
    for (index, entry) in entries.enumerated() {
      w.raw(entry.rootSalt)
      if !entry.envelope.kind.startsRecord, (told?[index].recordDistance ?? 0) == 0 {
        w.raw(entry.envelope.record)
      }
      if case .withheld(let digest) = entry.coded { w.raw(digest) }
      w.raw(entry.sensitive)
      w.raw(entry.identity)
    }
  }

  private static func writeDistances(_ distances: [UInt64], to e: inout CBOREncoder) {
    guard distances.contains(where: { $0 > 0 }) else { return e.encodeNull() }
    Column.write(distances, to: &e) { $1.encode($0) }
  }

  /// The distances of the entries that need a record, of which there are so many.
  private static func readDistances(
    _ count: Int, from r: inout MessageReader
  ) throws(WireError) -> [UInt64] {
    guard !r.readNullIfPresent() else { return Array(repeating: 0, count: count) }
    guard count > 0 else { throw WireError(.inconsistent) }
    return try Column.read(count, from: &r) { d throws(CBORError) in try d.readUInt() }
  }

  private static let absent: UInt64 = 0
  private static let present: UInt64 = 1
  private static let withheld: UInt64 = 2

  private static func codedState(_ content: SectionContent) -> UInt64 {
    switch content {
    case .absent: absent
    case .present: present
    case .withheld: withheld
    }
  }

  static func read(
    _ count: Int, _ seen: inout SeenTable, isPush: Bool, from r: inout MessageReader
  ) throws(WireError) -> [LooseEntry] {
    let names = r.limits.nameBytesMax
    let word = UInt64(UInt32.max)
    let last = UInt64(seen.checkpoints.count - 1)
    let kinds = try Column.read(count, from: &r) { d throws(CBORError) in try EntryKind(from: &d) }
    let areas = try Column.read(count, from: &r) { d throws(CBORError) in
      try d.readText(max: names)
    }
    let forms = try Column.read(count, from: &r) { d throws(CBORError) in
      try d.readText(max: names)
    }
    let versions = try Column.read(count, from: &r) { d throws(CBORError) in
      try d.readUInt(max: word)
    }
    let deltas = try Column.read(count, from: &r) { d throws(CBORError) in try d.readInt() }
    let epochs = try Column.read(count, from: &r) { d throws(CBORError) in
      try d.readUInt(max: word)
    }
    let positions = try Column.read(count, from: &r) { d throws(CBORError) in
      Int(try d.readUInt(max: last))
    }
    let coded = try Column.read(count, from: &r) { d throws(CBORError) in
      try d.readUInt(max: withheld)
    }
    let sensitive = try readLengths(count, from: &r)
    let identity = try readLengths(count, from: &r)
    var left = r.limits.clearBytesMax
    let operational = try FieldColumns.read(count, bytesLeft: &left, refers: isPush, from: &r)
    let present = coded.count { $0 == Self.present }
    var sections = try FieldColumns.read(present, bytesLeft: &left, refers: isPush, from: &r)
      .makeIterator()
    let lacking = isPush ? kinds.count { !$0.startsRecord } : 0
    var distances = (isPush ? try readDistances(lacking, from: &r) : []).makeIterator()
    var entries: [LooseEntry] = []
    entries.reserveCapacity(count)
    var claimed: Int64 = 0
    for i in 0..<count {
      claimed &+= deltas[i]
      let rootSalt = try r.raw16()
      let distance = kinds[i].startsRecord ? 0 : distances.next() ?? 0
      let record = kinds[i].startsRecord || distance > 0 ? nil : try r.raw16()
      var mayRefer = distance > 0 || operational[i].refers
      let codedContent: SectionContent
      switch coded[i] {
      case Self.absent: codedContent = .absent
      case Self.withheld: codedContent = .withheld(try r.rawDigest())
      default:
        // An empty section is absent (entry §2.4), so it has one encoding.
        guard let section = sections.next(), section.bytes.count > 1 else {
          throw WireError(.inconsistent)
        }
        codedContent = .present(section.bytes)
        mayRefer = mayRefer || section.refers
      }
      entries.append(
        LooseEntry(
          kind: kinds[i], area: areas[i], form: forms[i], formVersion: versions[i],
          claimed: claimed, epoch: epochs[i], seen: try seen.named(positions[i]),
          operational: operational[i].bytes, rootSalt: rootSalt, record: record, coded: codedContent,
          sensitive: try sensitive[i].content(from: &r), identity: try identity[i].content(from: &r),
          recordDistance: distance, mayRefer: mayRefer))
    }
    return entries
  }

  private static func readLengths(
    _ count: Int, from r: inout MessageReader
  ) throws(WireError) -> [SealedLength] {
    let most = UInt64(r.limits.sealedSectionBytesMax)
    return try Column.read(count, from: &r) { d throws(CBORError) -> SealedLength in
      guard try d.nextMajor() == 0 else {
        guard try d.readBool() == false else { throw d.error(.nonCanonicalValue) }
        return .withheld
      }
      let length = Int(try d.readUInt(max: most))
      return length == 0 ? .absent : .bytes(length)
    }
  }
}

extension Entry {
  /// The distance of its record, when an entry of this kind needs a record.
  fileprivate func referring(_ told: References.Told) -> UInt64? {
    envelope.kind.startsRecord ? nil : told.recordDistance
  }
}
