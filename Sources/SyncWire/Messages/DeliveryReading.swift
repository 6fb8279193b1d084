import SyncCore

/// A delivery as it is read: its entries come later, in the batch that ends the message.
struct ReadDelivery {
  enum Item {
    case entry(EntryPlace)
    case other(Delivery.Item)
  }

  var stream: StreamName
  var from: UInt64
  var items: [Item] = []
}

/// Where an entry of the batch belongs.
struct EntryPlace {
  var segment: Int
  var seq: UInt64
  /// Nil where the entry before it in its segment was told of last.
  var previous: EntryHash?
}

extension MessageFrame {
  /// Reads origins, segments and deliveries (wire-format §2.4); entries come in the batch behind.
  static func readDeliveries(
    from r: inout MessageReader, programme: ProgrammeID, into segments: inout [DeliveredSegment]
  ) throws(WireError) -> [ReadDelivery] {
    let limits = r.limits
    guard try r.readCount(max: 3) == 3 else { throw WireError(.malformed(.outOfRange)) }
    try readSegments(from: &r, programme: programme, into: &segments)
    var here = DeliveredRuns()
    var told: [Int: UInt64] = [:]
    var itemsLeft = limits.deliveriesPerResponseMax
    var deliveries: [ReadDelivery] = []
    let number = try r.readCount(max: limits.streamsMax)
    // No delivery at all is null.
    guard number > 0 else { throw WireError(.inconsistent) }
    for _ in 0..<number {
      let count = try r.readCount(max: itemsLeft + 2)
      guard count > 1 else { throw WireError(.inconsistent) }
      var delivery = ReadDelivery(
        stream: StreamName(try r.readText(max: limits.nameBytesMax * 2)), from: try r.readUInt())
      for _ in 2..<count {
        let left = itemsLeft - delivery.items.count
        switch try r.read({ d throws(CBORError) in try d.nextMajor() }) {
        case 2:
          let most = limits.statementBytesMax
          let bytes = try r.read { d throws(CBORError) in Array(try d.readBytes(max: most)) }
          delivery.items.append(.other(.statement(bytes)))
        case 7:
          guard r.readNullIfPresent() else { throw WireError(.inconsistent) }
          delivery.items.append(.other(.moved(try r.raw16())))
        default:
          let width = try r.readCount(max: 3)
          guard width == 1 || width == 3 else { throw WireError(.inconsistent) }
          if width == 1 {
            delivery.items.append(.other(.own(seq: try r.readUInt())))
          } else {
            for place in try readRun(from: &r, segments: segments, &told, most: left) {
              here.add(place.seq, segment: place.segment)
              delivery.items.append(.entry(place))
            }
          }
        }
        guard delivery.items.count <= itemsLeft else { throw WireError(.malformed(.tooLong)) }
      }
      itemsLeft -= delivery.items.count
      deliveries.append(delivery)
    }
    try readProofs(of: here, from: &r, into: &segments)
    return deliveries
  }

  /// Reads what leads from the entries that are here to the root of their segment.
  private static func readProofs(
    of here: DeliveredRuns, from r: inout MessageReader, into segments: inout [DeliveredSegment]
  ) throws(WireError) {
    for index in segments.indices {
      let segment = segments[index].segment
      let runs = try here.runs(of: segment, index: index)
      if !here.hasLast(of: segment, index: index) {
        segments[index].segment.lastHash = try r.rawDigest()
      }
      guard let count = try? Multiproof.hashCount(runs: runs, size: segment.count) else {
        throw WireError(.inconsistent)
      }
      for _ in 0..<count { segments[index].proof.append(try r.rawDigest()) }
    }
  }

  /// Reads the tables of origins and segments.
  private static func readSegments(
    from r: inout MessageReader, programme: ProgrammeID, into segments: inout [DeliveredSegment]
  ) throws(WireError) {
    let limits = r.limits
    let originCount = try r.readUInt()
    guard originCount <= UInt64(limits.deliveriesPerResponseMax) else {
      throw WireError(.malformed(.tooLong))
    }
    var origins: [(key: [UInt8], id: OriginID)] = []
    for _ in 0..<originCount {
      let key = Array(try r.raw(32))
      origins.append((key, Hash.sha256(key)))
    }
    var named = 0
    for _ in 0..<(try r.readCount(max: limits.deliveriesPerResponseMax)) {
      guard try r.readCount(max: 3) == 3 else { throw WireError(.inconsistent) }
      let position = try r.readUInt()
      // Origins stand in the order of first use.
      guard position <= UInt64(named), position < originCount else {
        throw WireError(.inconsistent)
      }
      named = max(named, Int(position) + 1)
      let first = try r.readUInt(max: seqMax)
      let span = try r.readUInt(max: UInt64(limits.entriesPerPushMax - 1))
      guard first > 0 else { throw WireError(.malformed(.outOfRange)) }
      let origin = origins[Int(position)]
      let segment = Segment(
        programme: programme, origin: origin.id, first: first, last: first + span,
        lastHash: .zero, root: .zero, context: try r.rawDigest())
      segments.append(
        DeliveredSegment(
          publicKey: origin.key, segment: segment, signature: Array(try r.raw(64))))
    }
    guard named == origins.count else { throw WireError(.inconsistent) }
  }

  /// Reads an item that stands for entries which follow each other in one segment.
  private static func readRun(
    from r: inout MessageReader, segments: [DeliveredSegment], _ told: inout [Int: UInt64],
    most: Int
  ) throws(WireError) -> [EntryPlace] {
    let index = Int(try r.readUInt(max: UInt64(r.limits.deliveriesPerResponseMax)))
    guard index < segments.count else { throw WireError(.inconsistent) }
    let segment = segments[index].segment
    let seq = segment.first + (try r.readUInt(max: segment.last - segment.first))
    let number = try r.readUInt(max: segment.last - seq + 1)
    guard number > 0 else { throw WireError(.malformed(.outOfRange)) }
    guard number <= UInt64(max(0, most)) else { throw WireError(.malformed(.tooLong)) }
    let count = Int(number)
    let isChained = told[index].map { $0 + 1 == seq } ?? false
    let previous: EntryHash? = isChained ? nil : seq > 1 ? try r.rawDigest() : .zero
    told[index] = seq + UInt64(count) - 1
    return (0..<count).map {
      EntryPlace(segment: index, seq: seq + UInt64($0), previous: $0 == 0 ? previous : nil)
    }
  }

  /// Reads the batch, puts its entries where they belong, and computes what segments leave out.
  static func readEntries(
    of read: [ReadDelivery], from r: inout MessageReader, into response: inout SyncResponse
  ) throws(WireError) {
    var count = 0
    for delivery in read {
      for case .entry in delivery.items { count += 1 }
    }
    var batch = count > 0 ? try Batch.read(count, from: &r).makeIterator() : [].makeIterator()
    var last: [Int: EntryHash] = [:]
    var hashes: [Int: [UInt64: EntryHash]] = [:]
    for delivery in read {
      var items: [Delivery.Item] = []
      items.reserveCapacity(delivery.items.count)
      for item in delivery.items {
        switch item {
        case .other(let other): items.append(other)
        case .entry(let place):
          guard let loose = batch.next() else { throw WireError(.inconsistent) }
          let segment = response.segments[place.segment].segment
          let entry = try loose.placed(
            programme: segment.programme, origin: segment.origin, seq: place.seq,
            previous: place.previous ?? last[place.segment] ?? .zero, limits: r.limits)
          last[place.segment] = entry.hash
          hashes[place.segment, default: [:]][place.seq] = entry.hash
          items.append(.entry(entry, segment: place.segment))
        }
      }
      response.deliveries.append(
        Delivery(stream: delivery.stream, from: delivery.from, items: items))
    }
    for index in response.segments.indices {
      try complete(&response.segments[index], from: hashes[index] ?? [:])
    }
  }

  /// Computes last hash and root of a segment from the entries that are here and their proof.
  private static func complete(
    _ delivered: inout DeliveredSegment, from hashes: [UInt64: EntryHash]
  ) throws(WireError) {
    delivered.segment.lastHash = hashes[delivered.segment.last] ?? delivered.segment.lastHash
    do { delivered.segment.root = try delivered.root(of: hashes) } catch {
      throw WireError(.inconsistent)
    }
  }
}
