internal import Crypto
package import Identity
internal import ReplicaStore
internal import SyncCore
package import TransparencyLog

/// Signatures that anybody could make: a digest of key and content, twice (simulation §2).
///
/// They bind a signature to its key and to every byte of its content, which is what the code under
/// simulation relies on, at a hundredth of the cost. What no origin signed is told by the ledger.
package struct DigestSignatures: SignatureScheme {
  package init() {}

  package func signer(_ pair: SigningKeyPair) -> any Signer {
    DigestSigner(publicKey: pair.publicKey)
  }

  package func noteSigner(_ pair: SigningKeyPair) -> NoteSigner {
    let key = pair.publicKey.bytes
    return NoteSigner(publicKey: key) { Self.digest(key, $0) }
  }

  package func isValid(
    _ signature: Signature, over content: SignedContent, by key: SigningPublicKey
  ) -> Bool {
    signature.bytes == Self.digest(key.bytes, content.bytes)
  }

  package func isSigned(_ checkpoint: SignedCheckpoint, as log: LogIdentity) -> Bool {
    checkpoint.isSigned(as: log) { signature, message, key in
      signature == Self.digest(key, message)
    }
  }

  fileprivate static func digest(_ key: [UInt8], _ content: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: key)
    hash.update(data: content)
    let digest = Array(hash.finalize())
    return digest + digest
  }
}

private struct DigestSigner: Signer {
  let publicKey: SigningPublicKey

  func signature(over content: SignedContent) -> Signature {
    guard let made = Signature(DigestSignatures.digest(publicKey.bytes, content.bytes)) else {
      preconditionFailure("twice 32 bytes are 64")
    }
    return made
  }
}
