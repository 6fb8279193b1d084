public import SyncCore

/// What the authority decided about one subject, before it is signed (identity §3).
public struct Statement: Sendable, Hashable {
  public let body: StatementBody
  /// From 1; a higher one replaces a lower one of the same type and subject.
  public let version: UInt64

  /// A form's version and a hub's epoch are the statement's version.
  public init(_ body: StatementBody, version: UInt64) {
    self.body = body
    self.version = version
  }

  public var type: StatementType { body.type }
  public var subject: [UInt8] { body.subject }

  /// The canonical payload: `[type, subject, version, body]`.
  public var payload: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 256)
    e.arrayHead(4)
    e.encode(UInt64(type.rawValue))
    e.encode(bytes: subject)
    e.encode(version)
    e.encode(body, version: version)
    return e.bytes
  }

  /// Reads exactly one canonical payload.
  public init(payload: [UInt8], limits: Limits = .specified) throws(IdentityError) {
    guard payload.count <= limits.statementBytesMax else { throw IdentityError(.statementTooLong) }
    let type: UInt64
    let subject: ArraySlice<UInt8>
    let version: UInt64
    let bodyBytes: ArraySlice<UInt8>
    do throws(CBORError) {
      var d = CBORDecoder(payload)
      try d.readArrayHead(exactly: 4)
      type = try d.readUInt()
      subject = try d.readBytes(max: limits.nameBytesMax)
      version = try d.readUInt(max: UInt64(Int64.max))
      bodyBytes = try d.skipItem()
      try d.expectEnd()
    } catch { throw IdentityError(.statementMalformed, encoding: error.code) }
    guard let known = UInt8(exactly: type).flatMap(StatementType.init) else {
      throw IdentityError(.statementType)
    }
    guard version > 0 else { throw IdentityError(.statementVersion) }
    var reader = StatementBodyReader(
      decoder: CBORDecoder(bodyBytes), subject: subject, version: version, limits: limits)
    body = try reader.read(known)
    self.version = version
  }
}
