public import SyncCore

/// All that the authority of one programme has said, as one holder knows it: what a new hub is made
/// from when the old one is lost (identity §10).
///
///     ["yarrow statements 1", programme 16, [statement as bytes, …]]
///
/// Nothing in it is secret, and each statement carries the authority's signature.
public struct StatementFile: Sendable {
  /// A file beyond this is refused before it is read to its end.
  public static let bytesMax = 64 << 20
  private static let statementsMax = 10_000
  private static let name = "yarrow statements 1"

  public let programme: ProgrammeID
  /// As signed, in the order of the book that they came from.
  public let statements: [[UInt8]]

  public init(_ book: StatementBook) {
    programme = book.programme
    statements = book.statements.map(\.encoded)
  }

  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: statements.reduce(64) { $0 + $1.count + 5 })
    e.arrayHead(3)
    e.encode(Self.name)
    e.encode(bytes: programme.bytes)
    e.arrayHead(statements.count)
    for statement in statements { e.encode(bytes: statement) }
    return e.bytes
  }

  /// Reads the layout. The signatures are checked by ``merge(into:programme:verifier:limits:)``.
  ///
  /// - Throws: `CBORError`, also for a file of another kind.
  public init(_ bytes: [UInt8], limits: Limits = .specified) throws(CBORError) {
    var d = CBORDecoder(bytes)
    try d.readArrayHead(exactly: 3)
    guard try d.readText(max: limits.nameBytesMax) == Self.name else { throw d.error(.outOfRange) }
    guard let programme = ProgrammeID(try d.readBytes(max: 16)) else { throw d.error(.outOfRange) }
    self.programme = programme
    var statements: [[UInt8]] = []
    for _ in 0..<(try d.readArrayHead(max: Self.statementsMax)) {
      statements.append(Array(try d.readBytes(max: limits.statementBytesMax)))
    }
    try d.expectEnd()
    self.statements = statements
  }

  /// Takes each statement into a book; what is known or older there already is passed over.
  ///
  /// - Throws: ``IdentityError`` for a statement that this authority did not sign, and
  ///   `statement-version` when it signed two things under one version.
  public func merge(
    into book: inout StatementBook, programme: ProgrammeIdentity,
    verifier: any SignatureVerifying = Ed25519Verifier(), limits: Limits = .specified
  ) throws(IdentityError) {
    for bytes in statements {
      let signed = try SignedStatement(
        encoded: bytes, programme: programme, verifier: verifier, limits: limits)
      switch try book.accept(signed) {
      case .accepted, .known, .older: break
      case .contradicts: throw IdentityError(.statementVersion)
      }
    }
  }
}
