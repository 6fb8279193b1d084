import Identity
import ReplicaStore
import SyncCore
import Testing

@testable import SyncSimulator

@Suite struct KeysTests {
  private var keys = SeededGenerator(seed: 11)

  @Test func `a digest signature binds every byte of the content, and the key`() throws {
    var keys = keys
    let pair = SigningKeyPair(using: &keys)
    let other = SigningKeyPair(using: &keys)
    let scheme = DigestSignatures()
    let content = SignedContent(.message, [1, 2, 3])
    let signature = scheme.signer(pair).signature(over: content)
    #expect(scheme.isValid(signature, over: content, by: pair.publicKey))
    #expect(!scheme.isValid(signature, over: content, by: other.publicKey))
    #expect(!scheme.isValid(signature, over: SignedContent(.message, [1, 2, 4]), by: pair.publicKey))
    #expect(!scheme.isValid(signature, over: SignedContent(.segment, [1, 2, 3]), by: pair.publicKey))
    // What ships takes no such signature.
    #expect(!Ed25519Verifier().isValid(signature, over: content, by: pair.publicKey))
  }

  @Test(arguments: [false, true]) func `a wrapped key opens for its reader and purpose alone`(
    _ real: Bool
  ) throws {
    var keys = keys
    let reader = OpeningKeyPair(using: &keys)
    let other = OpeningKeyPair(using: &keys)
    func wrapping(_ seed: UInt64) -> any KeyWrapping {
      let source = SeededSource(seed: seed, purpose: 1).source
      return real ? SeededHPKE(source) : DigestWrapping(source)
    }
    let secret = [UInt8](0..<32)
    let grant = wrapping(1).wrap(secret, for: reader.publicKey, info: [7])
    #expect(wrapping(2).unwrap(grant, with: reader, info: [7]) == secret)
    #expect(wrapping(2).unwrap(grant, with: reader, info: [8]) == nil)
    #expect(wrapping(2).unwrap(grant, with: other, info: [7]) == nil)
    #expect(wrapping(1).wrap(secret, for: reader.publicKey, info: [7]) == grant)
    #expect(wrapping(2).wrap(secret, for: reader.publicKey, info: [7]) != grant)
    // Only HPKE opens as what ships does.
    #expect((HPKEKeyWrapping().unwrap(grant, with: reader, info: [7]) == secret) == real)
  }

  @Test func `one sequence in fifty seeds has real keys, and two purposes share no sequence`() {
    #expect((1...200).filter { Swarm(seed: $0).realKeys }.count == 4)
    var first = SeededGenerator(seed: 1, purpose: 1)
    var second = SeededGenerator(seed: 1, purpose: 2)
    #expect(first.next() != second.next())
  }
}
