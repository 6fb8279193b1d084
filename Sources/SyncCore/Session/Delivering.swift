extension DeviceSession {
  /// Walks the streams forward by what the response delivers (sync §3.3).
  func deliver(
    _ response: SyncResponse, into advance: inout SyncAdvance
  ) throws(SyncRefusal) {
    var check = try DeliveryCheck(
      response.segments, programme: state.programme, verifier: verifier)
    for delivery in response.deliveries {
      guard let index = advance.streams.firstIndex(where: { $0.name == delivery.stream }) else {
        throw .unaskedStream
      }
      var stream = advance.streams[index]
      if delivery.from != stream.position.count {
        guard delivery.from == 0 else { throw .inconsistent }
        if stream.epoch >= response.hubEpoch {
          advance.alarms.append(.streamRewritten(stream.name))
        }
        stream.position = .start
      }
      for item in delivery.items {
        switch item {
        case .entry(let entry, let segment):
          try check.add(entry, segment: segment)
          stream.position.append(.entry(entry.hash))
        case .own(let seq): stream.position.append(.entry(try ownHash(seq)))
        case .moved(let record):
          // Only an area can be left: elsewhere it would take a record from whoever works on it.
          guard stream.name.isArea else { throw .inconsistent }
          stream.position.append(.moved(record))
        case .statement(let bytes):
          stream.position.append(
            .statement(Hash.sha256(domain: "yarrow.statement-leaf/1", bytes)))
        }
      }
      stream.epoch = response.hubEpoch
      advance.streams[index] = stream
    }
    advance.partial = try check.finish()
    try checkOwn(response.deliveries)
    advance.segments = response.segments
    advance.deliveries = response.deliveries
  }

  private func ownHash(_ seq: UInt64) throws(SyncRefusal) -> EntryHash {
    guard seq > 0, seq <= state.head.seq, let hash = ownHashes(seq...seq)?.first else {
      throw .unknownOwnEntry
    }
    return hash
  }

  /// Entries under this device's own signature that it does not have: this home was copied. Looked
  /// at last, since only a proven entry is a reason for an alarm.
  private func checkOwn(_ deliveries: [Delivery]) throws(SyncRefusal) {
    for delivery in deliveries {
      for case .entry(let entry, _) in delivery.items
      where entry.envelope.origin == state.origin {
        let seq = entry.envelope.seq
        guard seq <= state.head.seq else {
          throw .alarm(.ownLogAhead(held: seq, here: state.head.seq))
        }
        guard try ownHash(seq) == entry.hash else { throw .alarm(.ownLogDiffers(seq: seq)) }
      }
    }
  }
}
