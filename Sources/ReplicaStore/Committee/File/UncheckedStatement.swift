internal import Identity
internal import SyncCore

/// What a statement says, for display and before its signature is checked.
enum UncheckedStatement {
  static func read(_ bytes: [UInt8], limits: Limits = .specified) -> Statement? {
    guard bytes.count <= limits.statementBytesMax else { return nil }
    var d = CBORDecoder(bytes)
    guard (try? d.readArrayHead(exactly: 2)) != nil,
      let payload = try? d.readBytes(max: limits.statementBytesMax),
      (try? d.readBytes(exactly: Signature.byteCount)) != nil, d.isAtEnd
    else { return nil }
    return try? Statement(payload: Array(payload), limits: limits)
  }
}
