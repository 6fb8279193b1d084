import SyncCore
import Testing

/// `Protocol/vectors/merge`, folded by a script that shares no code with this package.
struct MergeVectorTests {
  struct Vector: Decodable {
    struct Rule: Decodable {
      let policy: MergePolicy
      let order: [String]?
    }
    struct Listed: Decodable {
      let hash, origin, area: String
      let seq: UInt64
      let kind: UInt8
      let writes: [String: String]
    }
    struct Expected: Decodable {
      let digest: String
      let shown: [String: [String]]
      let contested: [String]
      let withdrawn: Bool
      let area: String?
    }
    let what: String
    let rules: [String: Rule]
    let entries: [Listed]
    let expect: Expected
  }

  private func entry(_ listed: Vector.Listed) throws -> FoldedEntry {
    var writes: [SensitivityClass: FieldWrites] = [:]
    for (name, hex) in listed.writes {
      let part = try #require(SensitivityClass(name: name))
      writes[part] = try decodeFieldWrites(try #require([UInt8](hex: hex)))
    }
    return FoldedEntry(
      hash: try #require(EntryHash(hex: listed.hash)),
      origin: try #require(OriginID(hex: listed.origin)), seq: listed.seq,
      kind: try #require(EntryKind(rawValue: listed.kind)), area: listed.area, claimed: 0,
      writesByClass: writes)
  }

  private func encoded(_ value: FieldValue) -> String {
    var e = CBOREncoder()
    e.encode(value)
    return e.bytes.hex
  }

  @Test func `records fold as an independent implementation says`() throws {
    let vectors = try VectorFiles.all("merge", as: Vector.self)
    #expect(vectors.count >= 13)
    for (name, vector) in vectors {
      let rules = MergeRules(
        vector.rules.mapValues {
          FieldRule(policy: $0.policy, protectiveOrder: $0.order ?? [], codes: $0.order ?? [])
        })
      let state = RecordFold(try vector.entries.map(entry)).state(under: rules)
      #expect(state.digest.hex == vector.expect.digest, "\(name): \(vector.what)")
      #expect(state.isWithdrawn == vector.expect.withdrawn, "\(name)")
      #expect(state.area == vector.expect.area, "\(name)")
      #expect(state.conflicts.map(\.name) == vector.expect.contested, "\(name)")
      let shown = state.fields.map { ($0.name, $0.shown.map(encoded)) }
      #expect(Dictionary(uniqueKeysWithValues: shown) == vector.expect.shown, "\(name)")
    }
  }
}
