import SyncCore
import Testbed
import Testing

@Suite struct Digest32Tests {
  @Test func `a digest has 32 bytes and no other number`() throws {
    for count in [0, 31, 33, 64] {
      #expect(Digest32([UInt8](repeating: 1, count: count)) == nil)
      #expect(Digest32((0..<count).lazy.map { UInt8($0) }) == nil)
    }
    let bytes = (0..<32).map { UInt8($0) }
    let digest = try #require(Digest32(bytes))
    #expect(digest.bytes == bytes)
    #expect(Digest32(AnyCollection(bytes)) == digest)
    #expect(Digest32(hex: digest.description) == digest)
  }

  @Test func `hexadecimal digits are lower case and 64`() {
    let text = String(repeating: "0f", count: 32)
    #expect(Digest32(hex: text)?.description == text)
    for wrong in [
      text.uppercased(), text + "0", text + "00", String(text.dropLast()), "g" + text.dropFirst(),
    ] {
      #expect(Digest32(hex: wrong) == nil)
    }
  }

  @Test func `digests sort by their bytes`() {
    var random = SplitMix64(seed: 11)
    let all = (0..<200).map { _ in
      (0..<32).map { _ in UInt8.random(in: 0...3, using: &random) }
    }
    let sorted = all.compactMap { Digest32($0) }.sorted().map(\.bytes)
    #expect(sorted == all.sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test func `a domain keeps equal parts apart`() {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(Hash.sha256(domain: "a/1", bytes) != Hash.sha256(domain: "b/1", bytes))
    #expect(Hash.sha256(domain: "a", bytes) == Hash.sha256([0x61, 0, 1, 2, 3] as [UInt8]))
    let number: UInt64 = 0x0102
    #expect(
      Hash.sha256(domain: "a", number, Digest32.zero, 9 as UInt8)
        == Hash.sha256(
          [0x61, 0, 0, 0, 0, 0, 0, 0, 1, 2] + [UInt8](repeating: 0, count: 32) + [9] as [UInt8]))
  }
}
