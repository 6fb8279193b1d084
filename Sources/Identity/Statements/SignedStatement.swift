public import SyncCore

/// A statement with its authority's signature: checked by construction (identity §3).
public struct SignedStatement: Sendable, Hashable {
  public let programme: ProgrammeID
  public let statement: Statement
  /// The payload as it was signed.
  public let payload: [UInt8]
  public let signature: Signature

  /// Signs a statement with the authority's key. The programme is that of the signer's key.
  public init(_ statement: Statement, signedBy authority: some Signer) {
    programme = ProgrammeIdentity(authority: authority.publicKey).id
    self.statement = statement
    payload = statement.payload
    signature = authority.signature(over: Self.content(programme: programme, payload: payload))
  }

  /// Reads and checks `[payload, signature]`.
  ///
  /// The signature is checked before the payload is read: what nobody signed is not parsed.
  public init(
    encoded: [UInt8], programme: ProgrammeIdentity,
    verifier: some SignatureVerifying = Ed25519Verifier(), limits: Limits = .specified
  ) throws(IdentityError) {
    guard encoded.count <= limits.statementBytesMax else { throw IdentityError(.statementTooLong) }
    let payload: [UInt8]
    let signature: Signature
    do throws(CBORError) {
      var d = CBORDecoder(encoded)
      try d.readArrayHead(exactly: 2)
      payload = Array(try d.readBytes(max: limits.statementBytesMax))
      let found = try d.readBytes(exactly: Signature.byteCount)
      guard let read = Signature(found) else { throw d.error(.outOfRange) }
      signature = read
      try d.expectEnd()
    } catch { throw IdentityError(.statementMalformed, encoding: error.code) }
    let content = Self.content(programme: programme.id, payload: payload)
    guard verifier.isValid(signature, over: content, by: programme.authority) else {
      throw IdentityError(.statementSignature)
    }
    self.programme = programme.id
    self.payload = payload
    self.signature = signature
    statement = try Statement(payload: payload, limits: limits)
  }

  /// `[payload as byte string, signature as byte string]`.
  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: payload.count + 80)
    e.arrayHead(2)
    e.encode(bytes: payload)
    e.encode(bytes: signature.bytes)
    return e.bytes
  }

  /// The leaf that the hub log holds for it.
  public var hash: Digest32 { Hash.sha256(domain: "yarrow.statement-leaf/1", encoded) }

  private static func content(programme: ProgrammeID, payload: [UInt8]) -> SignedContent {
    SignedContent(.statement, programme.bytes, payload)
  }
}
