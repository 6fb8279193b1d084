internal import Crypto
internal import Foundation
package import Identity
package import ReplicaStore

/// HPKE as grants use it (identity §6), with the ephemeral key drawn from the seed: RFC 9180 base
/// mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305.
///
/// Opening is the product's own, so every grant that a simulation makes here also shows that both
/// follow the standard.
package struct SeededHPKE: KeyWrapping {
  private let random: RandomSource
  private let product = HPKEKeyWrapping()

  private static let kem = Array("KEM".utf8) + [0x00, 0x20]
  private static let suite = Array("HPKE".utf8) + [0x00, 0x20, 0x00, 0x01, 0x00, 0x03]

  package init(_ random: RandomSource) { self.random = random }

  package func unwrap(_ grant: Grant, with pair: OpeningKeyPair, info: [UInt8]) -> [UInt8]? {
    product.unwrap(grant, with: pair, info: info)
  }

  package func wrap(_ key: [UInt8], for reader: OpeningPublicKey, info: [UInt8]) -> Grant {
    var random = random
    var seed: [UInt8] = []
    for _ in 0..<4 { withUnsafeBytes(of: random.next().littleEndian) { seed += $0 } }
    guard
      let ephemeral = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: seed),
      let recipient = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: reader.bytes),
      let shared = try? ephemeral.sharedSecretFromKeyAgreement(with: recipient)
    else { preconditionFailure("any 32 bytes are a private key, and a reader's key is none of small order") }
    let encapsulated = Array(ephemeral.publicKey.rawRepresentation)
    let agreed = shared.withUnsafeBytes { Array($0) }
    let secret = Self.expand(
      Self.extract([], "eae_prk", agreed, Self.kem), "shared_secret", encapsulated + reader.bytes,
      32, Self.kem)
    let context =
      [0] + Self.extract([], "psk_id_hash", [], Self.suite)
      + Self.extract([], "info_hash", info, Self.suite)
    let root = Self.extract(secret, "secret", [], Self.suite)
    let sealingKey = Self.expand(root, "key", context, 32, Self.suite)
    let nonce = Self.expand(root, "base_nonce", context, 12, Self.suite)
    guard
      let box = try? ChaChaPoly.seal(
        key, using: SymmetricKey(data: sealingKey), nonce: ChaChaPoly.Nonce(data: nonce)),
      let grant = Grant(encapsulated + Array(box.ciphertext) + Array(box.tag))
    else { preconditionFailure("32 bytes seal to 48") }
    return grant
  }

  private static func extract(
    _ salt: [UInt8], _ label: String, _ input: [UInt8], _ suite: [UInt8]
  ) -> [UInt8] {
    let labelled = Array("HPKE-v1".utf8) + suite + Array(label.utf8) + input
    return Array(
      HMAC<SHA256>.authenticationCode(for: labelled, using: SymmetricKey(data: salt)))
  }

  private static func expand(
    _ key: [UInt8], _ label: String, _ info: [UInt8], _ count: Int, _ suite: [UInt8]
  ) -> [UInt8] {
    let labelled = [0, UInt8(count)] + Array("HPKE-v1".utf8) + suite + Array(label.utf8) + info
    return HKDF<SHA256>.expand(
      pseudoRandomKey: SymmetricKey(data: key), info: labelled, outputByteCount: count
    ).withUnsafeBytes { Array($0) }
  }
}
