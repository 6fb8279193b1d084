import SyncCore

extension MessageFrame {
  /// Writes origins, segments and deliveries (wire-format §2.4).
  ///
  /// - Returns: the entries of the deliveries in their order, for the batch that ends the message.
  static func encodeDeliveries(_ response: SyncResponse, to w: inout MessageWriter) -> [Entry] {
    guard !response.deliveries.isEmpty else {
      w.clear.encodeNull()
      return []
    }
    w.clear.arrayHead(3)
    encodeSegments(response.segments, to: &w)
    w.clear.arrayHead(response.deliveries.count)
    var entries: [Entry] = []
    var told: [Int: UInt64] = [:]
    var here = DeliveredRuns()
    for delivery in response.deliveries {
      let runs = Run.runs(of: delivery.items)
      w.clear.arrayHead(runs.count + 2)
      w.clear.encode(delivery.stream.text)
      w.clear.encode(delivery.from)
      for run in runs {
        switch delivery.items[run.items.lowerBound] {
        case .entry(let entry, let index):
          let seq = entry.envelope.seq
          let segment = response.segments[index].segment
          w.clear.arrayHead(3)
          w.clear.encode(UInt64(index))
          w.clear.encode(seq - segment.first)
          w.clear.encode(UInt64(run.items.count))
          // The hash before it is left out when the entry before it came last.
          if seq > 1, told[index].map({ $0 + 1 == seq }) != true { w.raw(entry.envelope.previous) }
          told[index] = seq + UInt64(run.items.count) - 1
          for item in delivery.items[run.items].compactMap(\.entry) {
            here.add(item.envelope.seq, segment: index)
            entries.append(item)
          }
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
    for (index, delivered) in response.segments.enumerated() {
      if !here.hasLast(of: delivered.segment, index: index) { w.raw(delivered.segment.lastHash) }
      for hash in delivered.proof { w.raw(hash) }
    }
    return entries
  }

  private static func encodeSegments(_ segments: [DeliveredSegment], to w: inout MessageWriter) {
    var positions: [[UInt8]: Int] = [:]
    var origins: [[UInt8]] = []
    for delivered in segments where positions[delivered.publicKey] == nil {
      positions[delivered.publicKey] = origins.count
      origins.append(delivered.publicKey)
    }
    w.clear.encode(UInt64(origins.count))
    for key in origins { w.raw(key) }
    w.clear.arrayHead(segments.count)
    for delivered in segments {
      w.clear.arrayHead(3)
      w.clear.encode(UInt64(positions[delivered.publicKey] ?? 0))
      w.clear.encode(delivered.segment.first)
      w.clear.encode(delivered.segment.last - delivered.segment.first)
      w.raw(delivered.segment.context)
      w.raw(delivered.signature)
    }
  }
}

/// Items that one item of the message stands for: entries that follow each other in their segment.
private struct Run {
  var items: Range<Int>

  static func runs(of items: [Delivery.Item]) -> [Run] {
    var runs: [Run] = []
    for (place, item) in items.enumerated() {
      if place > 0, item.follows(items[place - 1]) {
        runs[runs.count - 1].items = runs[runs.count - 1].items.lowerBound..<(place + 1)
      } else {
        runs.append(Run(items: place..<(place + 1)))
      }
    }
    return runs
  }
}

extension Delivery.Item {
  fileprivate var entry: Entry? {
    if case .entry(let entry, _) = self { return entry }
    return nil
  }

  fileprivate func follows(_ other: Delivery.Item) -> Bool {
    guard case .entry(let entry, let segment) = self,
      case .entry(let before, let segmentBefore) = other
    else { return false }
    return segment == segmentBefore && entry.envelope.seq == before.envelope.seq + 1
  }
}
