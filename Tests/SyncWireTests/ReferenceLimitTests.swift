import SyncCore
import Testing

@testable import SyncWire

/// What a push may refer to, before any hash takes the place of its distance (wire-format §3.4).
@Suite struct ReferenceLimitTests {
  private let limits = Limits.specified

  /// A change whose only write replaces what stands one place before it, so many times.
  private func change(replacing count: Int) throws -> LooseEntry {
    var e = CBOREncoder(reservingCapacity: count + 16)
    e.mapHead(1)
    e.encode("f")
    e.arrayHead(2)
    e.encode(1 as UInt64)
    e.arrayHead(count)
    for _ in 0..<count { e.encode(1 as UInt64) }
    return LooseEntry(
      kind: .amend, area: "north", form: "report", formVersion: 1, claimed: 0, epoch: 1,
      seen: SeenCheckpoint(size: 0, root: .zero), operational: e.bytes,
      rootSalt: try #require(Salt([UInt8](repeating: 1, count: 16))), record: nil, coded: .absent,
      sensitive: .absent, identity: .absent, mayRefer: true)
  }

  @Test func `a section that hashes would make too long is refused while it is short`() throws {
    let fitting = (limits.clearSectionBytesMax - 16) / HashLists.itemBytes
    let entry = try change(replacing: fitting)
    #expect(try [entry].referredSeqs(first: 9, limits: limits) == [8])
    let long = try change(replacing: fitting + 1)
    #expect(long.operational.count < limits.clearSectionBytesMax / 20)
    #expect(throws: WireError(.entry(.sectionTooLong))) {
      try [long].referredSeqs(first: 9, limits: limits)
    }
  }

  @Test func `a distance to before the log is refused`() throws {
    let entry = try change(replacing: 1)
    #expect(try [entry].referredSeqs(first: 2, limits: limits) == [1])
    #expect(throws: WireError(.inconsistent)) {
      try [entry].referredSeqs(first: 1, limits: limits)
    }
  }
}
