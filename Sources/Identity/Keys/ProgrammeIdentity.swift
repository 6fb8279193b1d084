public import SyncCore

/// A programme, as everybody knows it: by its authority's public key (identity §1).
public struct ProgrammeIdentity: Sendable, Hashable {
  public let authority: SigningPublicKey
  public let id: ProgrammeID

  public init(authority: SigningPublicKey) {
    self.authority = authority
    id = ProgrammeID(prefixOf: Hash.sha256(domain: "yarrow.programme/1", authority.raw))
  }

  /// The words of the authority's public key (identity §2).
  public var words: Words { Words.fingerprint(authority.bytes) }
}
