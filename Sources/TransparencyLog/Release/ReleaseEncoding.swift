internal import SyncCore

extension ReleasePackage {
  /// Version of the format: the first element of everything encoded here.
  static let version: UInt64 = 1

  /// The canonical bytes of the shown content (committee §3.4).
  var content: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 1024 + entries.count * 512)
    e.arrayHead(8)
    e.encode(Self.version)
    e.encode(bytes: programme.bytes)
    e.encode(number)
    if let previous {
      e.arrayHead(2)
      e.encode(previous.number)
      e.encode(previous.index)
    } else {
      e.encodeNull()
    }
    e.arrayHead(entries.count)
    for entry in entries { e.encode(entry) }
    e.arrayHead(withheld.count)
    for part in withheld {
      e.arrayHead(2)
      e.encode(part.reason.rawValue)
      e.encode(part.count)
    }
    e.encode(bytes: policyStatement)
    e.arrayHead(formStatements.count)
    for statement in formStatements { e.encode(bytes: statement) }
    return e.bytes
  }

  /// The canonical bytes of the whole release, as the hub hands them out (committee §3.5).
  public var encoded: [UInt8] {
    let content = content
    var e = CBOREncoder(reservingCapacity: content.count + leaves.count * 32 + 4096)
    e.arrayHead(6)
    e.encode(Self.version)
    e.encode(bytes: content)
    var joined: [UInt8] = []
    joined.reserveCapacity(leaves.count * 32)
    for leaf in leaves { leaf.withUnsafeBytes { joined.append(contentsOf: $0) } }
    e.encode(bytes: joined)
    e.arrayHead(formTexts.count)
    for text in formTexts { e.encode(text) }
    e.encode(sharedLists)
    if let log {
      e.arrayHead(5)
      e.encode(log.checkpoint.checkpoint.origin.epoch)
      e.encode(bytes: log.checkpoint.bytes)
      e.encode(log.inclusion.index)
      e.arrayHead(log.inclusion.hashes.count)
      for hash in log.inclusion.hashes { e.encode(hash) }
      e.encode(bytes: log.hubStatement)
    } else {
      e.encodeNull()
    }
    return e.bytes
  }
}

extension CBOREncoder {
  fileprivate mutating func encode(_ text: [UInt8]?) {
    if let text { encode(bytes: text) } else { encodeNull() }
  }

  fileprivate mutating func encode(_ entry: ReleasedEntry) {
    arrayHead(11)
    encode(entry.position)
    encode(bytes: entry.record.bytes)
    encode(entry.form)
    encode(UInt64(entry.kind.rawValue))
    encode(bytes: entry.salt.bytes)
    for digest in [entry.envelope, entry.coded, entry.sensitive, entry.identity] { encode(digest) }
    arrayHead(entry.fields.count)
    for field in entry.fields {
      arrayHead(2)
      encode(bytes: field.salt.bytes)
      encode(bytes: field.pair)
    }
    arrayHead(entry.hidden.count)
    for digest in entry.hidden { encode(digest) }
  }
}
