internal import Crypto
package import Identity
package import ReplicaStore

/// Key wrapping with a digest of a drawn number, the reader's public key and the purpose as key
/// stream and as tag (simulation §2).
package struct DigestWrapping: KeyWrapping {
  private let random: RandomSource

  package init(_ random: RandomSource) { self.random = random }

  package func wrap(_ key: [UInt8], for reader: OpeningPublicKey, info: [UInt8]) -> Grant {
    var random = random
    var drawn: [UInt8] = []
    for _ in 0..<4 { withUnsafeBytes(of: random.next().littleEndian) { drawn += $0 } }
    let stream = Self.digest(1, drawn, reader, info)
    let sealed = zip(key, stream).map { $0 ^ $1 }
    let tag = Self.digest(2, drawn + sealed, reader, info).prefix(16)
    guard key.count == 32, let grant = Grant(drawn + sealed + tag) else {
      preconditionFailure("a grant carries 32 bytes")
    }
    return grant
  }

  package func unwrap(_ grant: Grant, with pair: OpeningKeyPair, info: [UInt8]) -> [UInt8]? {
    let drawn = Array(grant.bytes[..<32])
    let sealed = Array(grant.bytes[32..<64])
    let tag = Self.digest(2, drawn + sealed, pair.publicKey, info).prefix(16)
    guard tag.elementsEqual(grant.bytes[64...]) else { return nil }
    return zip(sealed, Self.digest(1, drawn, pair.publicKey, info)).map { $0 ^ $1 }
  }

  private static func digest(
    _ kind: UInt8, _ drawn: [UInt8], _ reader: OpeningPublicKey, _ info: [UInt8]
  ) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: [kind])
    hash.update(data: drawn)
    hash.update(data: reader.bytes)
    hash.update(data: info)
    return Array(hash.finalize())
  }
}
