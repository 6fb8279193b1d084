public import SyncCore

/// The field `grants` of a grant entry (identity §6): who was granted, and what only they can open.
public struct GrantList: Sendable, Hashable {
  /// Grants by the fingerprint of the reader's opening key.
  public var grants: [Bytes16: Grant]

  /// Most grants in one entry, so that the field fits an operational section. Write another entry
  /// for more.
  public static let countMax = 512

  public init(_ grants: [Bytes16: Grant] = [:]) { self.grants = grants }

  public subscript(reader: OpeningPublicKey) -> Grant? {
    get { grants[reader.fingerprint] }
    set { grants[reader.fingerprint] = newValue }
  }

  /// `[[fingerprint, grant], …]` in ascending order of fingerprints.
  public var encoded: [UInt8] {
    precondition((1...Self.countMax).contains(grants.count), "split grants over several entries")
    var e = CBOREncoder(reservingCapacity: 8 + 100 * grants.count)
    e.arrayHead(grants.count)
    for (reader, grant) in grants.sorted(by: { $0.key < $1.key }) {
      e.arrayHead(2)
      e.encode(bytes: reader.bytes)
      e.encode(bytes: grant.bytes)
    }
    return e.bytes
  }

  /// Reads exactly one canonical list: not empty, ascending, each reader once.
  public init(encoded: [UInt8]) throws(IdentityError) {
    var grants: [Bytes16: Grant] = [:]
    do throws(CBORError) {
      var d = CBORDecoder(encoded)
      let start = d
      let count = try d.readArrayHead(max: Self.countMax)
      guard count > 0 else { throw start.error(.nonCanonicalValue) }
      var previous: Bytes16?
      for _ in 0..<count {
        try d.readArrayHead(exactly: 2)
        guard let reader = Bytes16(try d.readBytes(exactly: 16)),
          let grant = Grant(try d.readBytes(exactly: Grant.byteCount))
        else { throw d.error(.outOfRange) }
        if let previous, previous >= reader {
          throw d.error(previous == reader ? .duplicateKey : .unsortedKeys)
        }
        previous = reader
        grants[reader] = grant
      }
      try d.expectEnd()
    } catch { throw IdentityError(.grantsMalformed, encoding: error.code) }
    self.grants = grants
  }
}
