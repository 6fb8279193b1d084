internal import SyncCore

/// A log and the key that signs its checkpoints, as an invite or an epoch statement names them
/// (hub-log §4.1, §8).
///
/// One Ed25519 key signs twice: the checkpoint's note, and the hub's own timestamped cosignature.
/// Both lines carry the origin as their key name; the signature type tells their key ids apart.
public struct LogIdentity: Sendable, Hashable {
  public let origin: LogOrigin
  /// Key of the log's signature.
  public let logKey: NoteVerifierKey
  /// Key of the hub's own cosignature.
  public let cosignerKey: NoteVerifierKey

  /// - Throws: `malformed-key` when the public key has not 32 bytes.
  public init(origin: LogOrigin, publicKey: [UInt8]) throws(TransparencyLogError) {
    self.origin = origin
    let name = try origin.keyName
    logKey = try NoteVerifierKey(name: name, type: .ed25519, publicKey: publicKey)
    cosignerKey = try NoteVerifierKey(name: name, type: .cosignature, publicKey: publicKey)
  }

  /// Ed25519, 32 bytes.
  public var publicKey: [UInt8] { logKey.publicKey }
}
