import SyncCore

/// A checkpoint named by an envelope.
struct SeenCheckpoint: Hashable {
  var size: UInt64
  var root: Digest32

  static let none = SeenCheckpoint(size: 0, root: .zero)

  init(size: UInt64, root: Digest32) {
    self.size = size
    self.root = root
  }
  init(_ envelope: Envelope) { self.init(size: envelope.seenSize, root: envelope.seenRoot) }
}

/// The checkpoints that the entries of a batch name, each once, in the order of first use
/// (wire-format §3.1).
struct SeenTable {
  private(set) var checkpoints: [SeenCheckpoint] = [.none]
  private var positions: [SeenCheckpoint: Int] = [.none: 0]
  /// How many entries have named so far: no entry may name the next but one.
  private var named = 0

  /// - Parameter shared: the tree that both sides know, which is not written out.
  init(of entries: [Entry], shared: SeenCheckpoint?, to w: inout MessageWriter) {
    for entry in entries {
      let seen = SeenCheckpoint(entry.envelope)
      if seen.size > 0, positions[seen] == nil {
        positions[seen] = checkpoints.count
        checkpoints.append(seen)
      }
    }
    w.clear.arrayHead(checkpoints.count - 1)
    for checkpoint in checkpoints.dropFirst() {
      if checkpoint == shared {
        w.clear.encode(0 as UInt64)
      } else {
        w.clear.encode(checkpoint.size)
        w.raw(checkpoint.root)
      }
    }
  }

  init(from r: inout MessageReader, shared: SeenCheckpoint?) throws(WireError) {
    // A batch is of a push or of deliveries, and each entry names one at most.
    let most = max(r.limits.entriesPerPushMax, r.limits.deliveriesPerResponseMax)
    for _ in 0..<(try r.readCount(max: most)) {
      let size = try r.readUInt()
      var checkpoint = shared ?? .none
      if size > 0 {
        checkpoint = SeenCheckpoint(size: size, root: try r.rawDigest())
        guard checkpoint.root != .zero else { throw WireError(.malformed(.nonCanonicalValue)) }
        // What both sides know has one encoding.
        guard checkpoint != shared else { throw WireError(.inconsistent) }
      }
      guard checkpoint.size > 0 else { throw WireError(.malformed(.outOfRange)) }
      guard positions.updateValue(checkpoints.count, forKey: checkpoint) == nil else {
        throw WireError(.inconsistent)
      }
      checkpoints.append(checkpoint)
    }
  }

  func position(of entry: Entry) -> Int { positions[SeenCheckpoint(entry.envelope)] ?? 0 }

  /// The checkpoint at a position that an entry names; entries come in their order.
  mutating func named(_ position: Int) throws(WireError) -> SeenCheckpoint {
    guard position <= named + 1, position < checkpoints.count else { throw WireError(.inconsistent) }
    named = max(named, position)
    return checkpoints[position]
  }

  /// Refuses a table of which no entry named the last: to be called behind the last entry.
  func expectUsed() throws(WireError) {
    guard named == checkpoints.count - 1 else { throw WireError(.inconsistent) }
  }
}
