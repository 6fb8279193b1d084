import SyncCore
import Testbed
import Testing

@Suite struct DomainHasherTests {
  @Test func `in whatever pieces bytes come, they hash the same`() {
    var random = SplitMix64(seed: 51)
    for _ in 0..<500 {
      var hasher = DomainHasher(domain: "yarrow.test/1")
      var whole: [UInt8] = []
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        let piece = random.bytes(Int.random(in: 0...130, using: &random))
        hasher.update(piece)
        whole += piece
      }
      #expect(hasher.finish() == Hash.sha256(domain: "yarrow.test/1", whole))
      #expect(
        Hash.sha256(domain: "yarrow.test/1", whole)
          == Hash.sha256(Array("yarrow.test/1\0".utf8) + whole))
    }
  }

  @Test func `a hash that went on from a copy leaves the first as it was`() {
    var first = DomainHasher(domain: "yarrow.test/1")
    first.update([1, 2, 3] as [UInt8])
    var second = first
    second.update([UInt8](repeating: 4, count: 200))
    #expect(first.finish() == Hash.sha256(domain: "yarrow.test/1", [1, 2, 3] as [UInt8]))
  }
}
