public import SyncCore

/// What a push tells of an earlier entry of its log by the distance to it (wire-format §3.4).
public struct ReferredEntry: Sendable, Hashable {
  public var hash: EntryHash
  public var record: RecordID

  public init(hash: EntryHash, record: RecordID) {
    self.hash = hash
    self.record = record
  }
}

/// Entries to which a push may refer: some of earlier pushes, then those that were told before.
public struct References: Sendable {
  /// Refers to entries of the same push only.
  public static let none = References([:])

  private var places: [EntryHash: (seq: UInt64, record: RecordID)] = [:]
  private var newest: [RecordID: UInt64] = [:]

  /// - Parameter known: entries of the log by their seq, of which the receiver is known to have each.
  public init(_ known: [UInt64: ReferredEntry]) {
    for (seq, entry) in known { add(entry, at: seq) }
  }

  private mutating func add(_ entry: ReferredEntry, at seq: UInt64) {
    places[entry.hash] = (seq, entry.record)
    newest[entry.record] = max(seq, newest[entry.record] ?? 0)
  }

  /// An entry as a push tells it.
  struct Told {
    var operational: [UInt8]
    var coded: SectionContent
    /// 0 where the record is written out, or follows from the salt.
    var recordDistance: UInt64 = 0
  }

  /// - Parameter entries: of the push, in their order.
  func told(_ entries: [Entry]) -> [Told] {
    var known = self
    return entries.map { entry in
      let told = known.told(entry)
      let envelope = entry.envelope
      known.add(ReferredEntry(hash: entry.hash, record: envelope.record), at: envelope.seq)
      return told
    }
  }

  private func told(_ entry: Entry) -> Told {
    let envelope = entry.envelope
    var told = Told(operational: entry.operational, coded: entry.coded)
    // What starts a record has nothing to replace.
    guard !envelope.kind.startsRecord, !places.isEmpty else { return told }
    var nearest: UInt64?
    func distance(to hash: EntryHash) -> UInt64? {
      guard let place = places[hash], place.seq < envelope.seq else { return nil }
      let distance = envelope.seq - place.seq
      if place.record == envelope.record { nearest = min(distance, nearest ?? distance) }
      return distance
    }
    func shortened(_ section: [UInt8]) -> [UInt8] {
      HashLists.rewritten(section) { HashLists.shortened($0, distance(to:)) }
    }
    told.operational = shortened(entry.operational)
    if case .present(let bytes) = entry.coded { told.coded = .present(shortened(bytes)) }
    // One and the same number for both deflates to less.
    if let nearest {
      told.recordDistance = nearest
    } else if let seq = newest[envelope.record], seq < envelope.seq {
      told.recordDistance = envelope.seq - seq
    }
    return told
  }
}

extension [LooseEntry] {
  /// The seqs of earlier pushes to which these entries refer, ascending; checked, and each once.
  ///
  /// - Parameter first: the seq of the first of them.
  func referredSeqs(first: UInt64, limits: Limits) throws(WireError) -> [UInt64] {
    var seqs: Set<UInt64> = []
    for (index, entry) in enumerated() where entry.mayRefer {
      let seq = first + UInt64(index)
      for distance in try entry.distances(limits: limits) {
        guard distance > 0 else { throw WireError(.malformed(.outOfRange)) }
        guard distance < seq else { throw WireError(.inconsistent) }
        if seq - distance < first { seqs.insert(seq - distance) }
      }
      guard seqs.count <= limits.entriesPerPushMax else { throw WireError(.malformed(.tooLong)) }
    }
    return seqs.sorted()
  }
}

extension LooseEntry {
  /// All distances of an entry, in sections that are not too long when hashes take their places.
  fileprivate func distances(limits: Limits) throws(WireError) -> [UInt64] {
    var distances = recordDistance > 0 ? [recordDistance] : []
    for section in [operational, coded.bytes ?? []] {
      let lists = HashLists.ranges(ofSection: section).map { section[$0] }
      let growth = lists.reduce(0) { $0 + HashLists.growth(of: $1) }
      guard growth == 0 || section.count + growth <= limits.clearSectionBytesMax else {
        throw WireError(.entry(.sectionTooLong))
      }
      for list in lists { distances += HashLists.distances(in: list) }
    }
    return distances
  }

  /// Puts what the entries say in the places of the distances to them.
  mutating func fill(seq: UInt64, _ referred: (UInt64) -> ReferredEntry?) {
    func filled(_ section: [UInt8]) -> [UInt8] {
      HashLists.rewritten(section) {
        HashLists.filled($0) { distance in distance < seq ? referred(seq - distance)?.hash : nil }
      }
    }
    operational = filled(operational)
    if case .present(let bytes) = coded { coded = .present(filled(bytes)) }
    if recordDistance > 0, recordDistance < seq { record = referred(seq - recordDistance)?.record }
  }
}
