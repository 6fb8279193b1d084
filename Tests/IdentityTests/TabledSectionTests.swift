import SyncCore
import SyncWire
import Testbed
import Testing

@testable import Identity

/// Sections coded by tables of fields (identity §5.1).
@Suite struct TabledSectionTests {
  private static let limit = Limits.specified.sealedSectionBytesMax

  private func pack(_ content: [UInt8]) -> [UInt8] {
    PackedSection.pack(content, with: .shipped)
  }

  private func unpack(_ packed: [UInt8], limit: Int = Self.limit) throws(IdentityError) -> [UInt8] {
    try PackedSection.unpack(packed[...], with: .shipped, limit: limit)
  }

  @Test func `the shipped tables have what the page says`() {
    let tables = FieldTables.shipped.tables
    #expect(tables.count == 19 && tables.allSatisfy { !$0.fields.isEmpty })
    #expect(
      Hash.sha256(PresetTables.v1).hex
        == "ea50fea2a21afa561b684d8963e88cda04c42fe9388b132d7cd29ee878c3c04f")
    for table in tables {
      #expect(Set(table.fields.map(\.name)).count == table.fields.count)
      for field in table.fields {
        if case .one(let codes) = field.kind { #expect((4...254).contains(codes.encoded.count)) }
        if case .set(let codes) = field.kind { #expect((4...254).contains(codes.encoded.count)) }
      }
    }
  }

  @Test func `answers by code take a byte each, and need no deflate`() throws {
    let content = encodeFieldWrites([
      ("safe_to_contact", .assign(.text("no"))),
      ("contact_rules", .set(add: ["never_call", "never_visit"])),
    ])
    // Method, bits, a code, two codes of a set.
    #expect(pack(content).count == 1 + 1 + 1 + 3)
    #expect(try unpack(pack(content)) == content)
  }

  @Test func `whatever a section says comes back as it was`() throws {
    var random = SplitMix64(seed: 81)
    print("seed 81")
    let all = FieldTables.shipped.tables
    for _ in 0..<3_000 {
      let table = all[Int.random(in: 0..<all.count, using: &random)]
      var writes: [[UInt8]: [UInt8]] = [:]
      for field in table.fields where Bool.random(using: &random) {
        writes[field.name] = Self.write(field.kind, &random)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        writes[Self.text("later_field")] = Self.write(.any, &random)
        writes[Self.text("item#0.later")] = [0xf6]
      }
      guard !writes.isEmpty else { continue }
      var e = CBOREncoder()
      e.mapHead(writes.count)
      for name in writes.keys.sorted(by: { canonicallyPrecedes($0, $1) }) {
        e.append(encoded: name)
        e.append(encoded: writes[name] ?? [])
      }
      let packed = pack(e.bytes)
      #expect(try unpack(packed) == e.bytes)
      #expect(packed.count <= e.bytes.count + 6)
      #expect(throws: IdentityError(.sectionTooLong)) {
        try unpack(packed, limit: e.bytes.count - 1)
      }
    }
  }

  private static func text(_ text: String) -> [UInt8] {
    var e = CBOREncoder()
    e.encode(text)
    return e.bytes
  }

  private static func write(_ kind: FieldTable.Kind, _ random: inout SplitMix64) -> [UInt8] {
    var e = CBOREncoder()
    switch (kind, Int.random(in: 0..<5, using: &random)) {
    case (.one(let codes), 1...): return codes.encoded[Int.random(in: 0..<codes.encoded.count, using: &random)]
    case (.set(let codes), 1...):
      let chosen = codes.encoded.shuffled(using: &random).prefix(3)
        .sorted { canonicallyPrecedes($0, $1) }
      e.mapHead(1)
      e.encode(0 as UInt64)
      e.arrayHead(chosen.count)
      for code in chosen { e.append(encoded: code) }
    case (.date, 1...):
      let year = Int.random(in: 1960...2160, using: &random)
      let day = Int.random(in: 10...31, using: &random)
      e.encode("\(year)-0\(Int.random(in: 1...9, using: &random))-\(day)")
    case (_, 0): e.encodeNull()
    default: e.encode("a story of \(random.next()) words, and of the person who told it")
    }
    return e.bytes
  }

  @Test func `random bytes under any method are a section within its limit or are refused`() {
    var random = SplitMix64(seed: 82)
    print("seed 82")
    var accepted = 0
    for _ in 0..<20_000 {
      let method = UInt8.random(in: 2...22, using: &random)
      var packed = [method] + random.bytes(Int.random(in: 0...40, using: &random))
      // Few fields, so that some are read to their end.
      for at in packed.indices.dropFirst() where at < 5 && Bool.random(using: &random) {
        packed[at] &= 0x11
      }
      do throws(IdentityError) {
        let content = try unpack(packed, limit: 200)
        #expect(content.count <= 200)
        accepted += 1
      } catch {
        #expect([.sealedMethod, .sealedCompression, .sectionTooLong].contains(error.code))
      }
    }
    #expect(accepted > 50)
  }
}
