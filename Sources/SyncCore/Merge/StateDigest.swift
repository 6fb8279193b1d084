extension RecordState {
  /// What replicas of equal scope agree on (merge §5). Computed at each call.
  public var digest: Digest32 { Hash.sha256(domain: "yarrow.state/1", encoded) }

  /// The canonical encoding of everything that does not depend on who reads (merge §5).
  var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 128 + 96 * fields.count)
    e.arrayHead(5)
    e.mapHead(fields.count)
    for field in fields {
      e.encode(field.name)
      e.arrayHead(field.remaining.count)
      for write in field.remaining {
        e.arrayHead(3)
        e.encode(write.hash)
        e.encode(UInt64(write.sensitivity.rawValue))
        e.encode(write.value)
      }
    }
    e.encode(isWithdrawn)
    if let area { e.encode(area) } else { e.encodeNull() }
    e.arrayHead(assignees.count)
    for assignee in assignees { e.encode(assignee) }
    e.arrayHead(erased.count)
    for part in erased { e.encode(UInt64(part.rawValue)) }
    return e.bytes
  }
}
