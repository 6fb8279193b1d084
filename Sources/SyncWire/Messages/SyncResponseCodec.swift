public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of a sync response (wire-format §2.3).
  public static func encode(_ response: SyncResponse) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(11)
    // Bit 4 of the status says that the device's token still serves, so none is sent; bit 5 that
    // its origin is closed.
    w.clear.encode(
      UInt64(response.status.rawValue) | (response.token.isEmpty ? 16 : 0)
        | (response.isClosed ? 32 : 0))
    w.clear.encode(response.hubEpoch)
    w.clear.encode(response.retryAfter)
    w.raw(response.token)
    w.clear.encode(response.head.seq)
    if response.head.seq > 0 { w.raw(response.head.hash) }
    w.clear.arrayHead(response.held.count * 2)
    for held in response.held {
      w.clear.encode(held.seq)
      w.clear.encode(held.reason)
    }
    encode(response.membership, to: &w)
    if let statement = response.hubStatement {
      w.clear.encode(UInt64(statement.count))
      w.raw(statement)
    } else {
      w.clear.encodeNull()
    }
    encode(response.growth, to: &w)
    if let checkpoint = response.checkpoint {
      w.clear.arrayHead(2)
      w.clear.encode(checkpoint.size)
      w.clear.encode(checkpoint.time)
      w.raw(checkpoint.root)
      w.raw(checkpoint.logSignature)
      w.raw(checkpoint.cosignature)
    } else {
      w.clear.encodeNull()
    }
    encodeDeliveries(response, to: &w)
    w.clear.encode(response.more)
    return w.message(.syncResponse, sender: Bytes16(high: 0, low: 0))
  }

  package static func encode(_ membership: Membership?, to w: inout MessageWriter) {
    guard let membership else { return w.clear.encodeNull() }
    w.clear.arrayHead(5)
    w.clear.encode(membership.version)
    w.clear.encode(UInt64(membership.role.rawValue))
    for codes in [membership.areas, membership.programmeAreas] {
      w.clear.arrayHead(codes.count)
      for code in codes.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        w.clear.encode(code)
      }
    }
    w.clear.encode(membership.url)
  }

  private static func encode(_ growth: [GrowthStep], to w: inout MessageWriter) {
    w.clear.arrayHead(growth.count)
    for piece in growth {
      switch piece {
      case .foreign(let end, let hashes):
        w.clear.arrayHead(2)
        w.clear.encode(end)
        w.clear.encode(UInt64(hashes.count))
        for hash in hashes { w.raw(hash) }
      case .own(let firstSeq, let count):
        w.clear.arrayHead(3)
        w.clear.encode(firstSeq)
        w.clear.encode(count)
        w.clear.encodeNull()
      }
    }
  }

  private static func encodeDeliveries(_ response: SyncResponse, to w: inout MessageWriter) {
    if response.deliveries.isEmpty { return w.clear.encodeNull() }
    let whole = WholeSegments(response)
    w.clear.arrayHead(3)
    w.clear.arrayHead(response.segments.count)
    for (index, delivered) in response.segments.enumerated() {
      w.clear.arrayHead(3)
      w.clear.encode(delivered.segment.first)
      w.clear.encode(delivered.segment.last - delivered.segment.first)
      w.clear.encode(whole.indexes.contains(index))
      w.raw(delivered.publicKey)
      if !whole.indexes.contains(index) {
        w.raw(delivered.segment.lastHash)
        w.raw(delivered.segment.root)
      }
      w.raw(delivered.signature)
    }
    let entries = response.deliveries.flatMap(\.items).compactMap { item -> Entry? in
      if case .entry(let entry, _, _) = item { return entry }
      return nil
    }
    var writer = EntryWriter(entries, to: &w)
    w.clear.arrayHead(response.deliveries.count)
    var hashes: [Int: LogHead] = [:]
    for delivery in response.deliveries {
      w.clear.arrayHead(delivery.items.count + 2)
      w.clear.encode(delivery.stream.text)
      w.clear.encode(delivery.from)
      for item in delivery.items {
        switch item {
        case .entry(let entry, let segment, let path):
          let envelope = entry.envelope
          w.clear.arrayHead(4)
          w.clear.encode(UInt64(segment))
          w.clear.encode(envelope.seq - response.segments[segment].segment.first)
          // The hash before it is left out when the entry before it came just now.
          let known = hashes[segment].map { $0.seq + 1 == envelope.seq } ?? false
          if !known, envelope.seq > 1 { w.raw(envelope.previous) }
          hashes[segment] = LogHead(seq: envelope.seq, hash: entry.hash)
          w.clear.encode(UInt64(path.count))
          for hash in path { w.raw(hash) }
          writer.write(entry, to: &w)
        case .own(let seq):
          w.clear.arrayHead(1)
          w.clear.encode(seq)
        case .moved(let record):
          w.clear.encodeNull()
          w.raw(record)
        case .statement(let bytes):
          w.clear.encode(bytes: bytes)
        }
      }
    }
  }
}

/// Which delivered segments are whole in one response: their root needs no sending.
struct WholeSegments {
  var indexes: Set<Int> = []

  init(_ response: SyncResponse) {
    var delivered: [Int: Set<UInt64>] = [:]
    for delivery in response.deliveries {
      for case .entry(let entry, let segment, _) in delivery.items {
        delivered[segment, default: []].insert(entry.envelope.seq)
      }
    }
    for (index, segment) in response.segments.enumerated() {
      let count = segment.segment.last - segment.segment.first + 1
      if UInt64(delivered[index]?.count ?? 0) == count { indexes.insert(index) }
    }
  }
}
