import SyncWire
import Testbed
import Testing

@Suite struct CompressionTests {
  private let dictionary = Array("the person was told that the debt must be paid".utf8)

  @Test func `what is compressed comes back, alone and after any other use`() throws {
    let (deflate, inflate) = (Deflate(dictionary: dictionary), Inflate(dictionary: dictionary))
    var random = SplitMix64(seed: 50)
    for round in 0..<200 {
      let size = Int(random.next() % (round % 20 == 0 ? 300_000 : 600))
      let letters = 1 + random.next() % 255
      let content = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() % letters) }
      let compressed = deflate.compress(content)
      #expect(try inflate.expand(compressed, limit: size) == content, "seed 50, round \(round)")
      // Nothing of an earlier call remains: a fresh context makes the same bytes.
      if round % 20 < 2 {
        #expect(Deflate(dictionary: dictionary).compress(content) == compressed)
      }
    }
  }

  @Test func `sections are the same bytes whatever was compressed before`() throws {
    let dictionary = PresetDictionary.v1
    let used = Deflate(dictionary: dictionary, level: 6, memoryLevel: 5)
    var random = SplitMix64(seed: 51)
    func word() -> ArraySlice<UInt8> {
      let start = Int(random.next() % UInt64(dictionary.count - 40))
      return dictionary[start..<start + 4 + Int(random.next() % 36)]
    }
    for round in 0..<300 {
      let size = Int(random.next() % (round % 25 == 0 ? 60_000 : round % 5 == 0 ? 26_000 : 900))
      var content: [UInt8] = []
      while content.count < size {
        content += word()
        content.append(UInt8(truncatingIfNeeded: random.next()))
      }
      let fresh = Deflate(dictionary: dictionary, level: 6, memoryLevel: 5)
      #expect(used.compress(content) == fresh.compress(content), "seed 51, round \(round)")
    }
  }

  @Test func `the limit is exact`() throws {
    let content = [UInt8](repeating: 0x61, count: 100_000)
    let compressed = Deflate.shipped.compress(content)
    #expect(compressed.count < 200)
    #expect(try Inflate.shipped.expand(compressed, limit: 100_000) == content)
    for limit in [0, 1, 4_095, 4_096, 4_097, 99_999] {
      #expect(throws: CompressionError(.tooLong)) {
        try Inflate.shipped.expand(compressed, limit: limit)
      }
    }
    #expect(try Inflate.shipped.expand(Deflate.shipped.compress([]), limit: 0) == [])
  }

  @Test func `a prefix, a tail and noise are refused`() throws {
    let content = Array("The debt must be paid, the person was told, and told again.".utf8)
    let (deflate, inflate) = (Deflate(dictionary: dictionary), Inflate(dictionary: dictionary))
    let compressed = deflate.compress(content)
    for kept in 0..<compressed.count {
      #expect(throws: CompressionError(.truncated)) {
        try inflate.expand(compressed[..<kept], limit: 1_000)
      }
    }
    for tail: [UInt8] in [[0], [1, 0, 0, 0xff, 0xff], compressed] {
      #expect(throws: CompressionError(.trailingBytes)) {
        try inflate.expand(compressed + tail, limit: 1_000)
      }
    }
    // Block type 3 is reserved.
    #expect(throws: CompressionError(.malformed)) { try inflate.expand([0x07, 0], limit: 1_000) }
    // A match further back than the dictionary reaches.
    #expect(throws: CompressionError(.malformed)) {
      try Inflate(dictionary: []).expand(compressed, limit: 1_000)
    }
  }

  @Test func `many tasks at once share a compressor`() async throws {
    let (deflate, inflate) = (Deflate(dictionary: dictionary), Inflate(dictionary: dictionary))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in UInt64(0)..<32 {
        group.addTask { () throws in
          var random = SplitMix64(seed: seed)
          for _ in 0..<50 {
            let size = Int(random.next() % 2_000)
            let content = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() % 9) }
            let compressed = deflate.compress(content)
            let expanded = try inflate.expand(compressed, limit: size)
            #expect(expanded == content, "seed \(seed)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `the shipped dictionary is full and holds what reports hold`() {
    let shipped = PresetDictionary.v1
    #expect((16_384...PresetDictionary.byteCountMax).contains(shipped.count))
    let report = Array("The person wants to go home but is afraid of retaliation.".utf8)
    let with = Deflate.shipped.compress(report).count
    #expect(with * 2 < Deflate(dictionary: []).compress(report).count)
  }
}
