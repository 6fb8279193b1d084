import SyncCore
import Testbed
import Testing

struct CBORRobustnessTests {
  static let seed = UInt64.random(in: .min ... .max)

  @Test func `random bytes are refused or encode to themselves`() throws {
    print("CBOR random bytes, seed \(Self.seed)")
    var random = SplitMix64(seed: Self.seed)
    var accepted = 0
    for round in 0..<60_000 {
      let count = Int.random(in: 1...24, using: &random)
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      var d = CBORDecoder(bytes)
      guard let item = try? d.skipItem() else { continue }
      accepted += 1
      #expect(try Item(Array(item)).encoded == Array(item), "seed \(Self.seed), round \(round)")
    }
    #expect(accepted > 1_000)
  }

  /// Sections of a real shape with one byte changed reach deeper than noise does.
  @Test func `a section with a changed byte is refused or is another section`() throws {
    print("CBOR changed bytes, seed \(Self.seed)")
    var random = SplitMix64(seed: Self.seed)
    let section = encodeFieldWrites([
      ("status", .assign(.text("new"))),
      ("month", .assign(.cleared, replacing: [made("a"), made("b")])),
      ("needs", .set(add: ["shelter", "food"], remove: ["legal": [made("a")]])),
      ("rate", .assign(.decimal(try #require(Decimal64("-1.25"))))),
      ("people#0@\(made("a").hex).role", .assign(.text("witness"))),
    ])
    #expect(encodeFieldWrites(try decodeFieldWrites(section)) == section)
    var refused = 0
    for round in 0..<20_000 {
      var bytes = section
      let place = Int.random(in: 0..<bytes.count, using: &random)
      bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      guard let writes = try? decodeFieldWrites(bytes) else {
        refused += 1
        continue
      }
      #expect(encodeFieldWrites(writes) == bytes, "seed \(Self.seed), round \(round)")
    }
    #expect(refused > 1_000)
  }

  @Test func `a length beyond the caller's limit is refused before anything is read`() throws {
    let text = CBORDecoder([0x65] + Array("abcde".utf8))
    #expect(throws: CBORError(.tooLong, at: 0)) {
      var d = text
      _ = try d.readText(max: 4)
    }
    var fitting = text
    let read = try fitting.readText(max: 5)
    #expect(read == "abcde")
    let array = CBORDecoder([0x83, 1, 2, 3])
    #expect(throws: CBORError(.tooLong, at: 0)) {
      var d = array
      _ = try d.readArrayHead(max: 2)
    }
    var whole = array
    let count = try whole.readArrayHead(max: 3)
    #expect(count == 3)
  }

  @Test func `a value of another type is named as such`() {
    for byte: UInt8 in [0x20, 0x40, 0x60, 0x80, 0xa0, 0xc4, 0xf4, 0xf6] {
      var d = CBORDecoder([byte])
      #expect(throws: CBORError(.unexpectedType, at: 0)) { _ = try d.readUInt() }
    }
    var float = CBORDecoder([0xf9, 0, 0])
    #expect(throws: CBORError(.floatingPoint, at: 0)) { _ = try float.readUInt() }
  }

  private func made(_ label: String) -> EntryHash { Hash.sha256(Array(label.utf8)) }
}
