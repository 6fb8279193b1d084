import Forms
import Foundation
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct WipingTests {
  @Test func `after a wipe nothing opens, and files of others stay`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    _ = try replica.record(form: "report", answers: Village.report())
    let home = replica.home
    let other = home.path + "/holiday.txt"
    _ = FileManager.default.createFile(atPath: other, contents: Data("mine".utf8))
    #expect(try home.wipe() == false)
    #expect(try !home.exists)
    #expect(FileManager.default.fileExists(atPath: other))
    #expect(try FileManager.default.contentsOfDirectory(atPath: home.path) == ["holiday.txt"])
    #expect(throws: StoreError.self) { try home.unlock(passphrase: Array("correct horse".utf8)) }
    // A second run finishes what a first one left.
    try FileManager.default.removeItem(atPath: other)
    #expect(try home.wipe())
    #expect(!FileManager.default.fileExists(atPath: home.path))
    #expect(try home.wipe())
  }

  @Test func `a home whose evidence cannot be listed is not called wiped`() throws {
    let village = try Village()
    let home = try village.join(.liaison, ["north"], name: "liaison").home
    try FileManager.default.removeItem(atPath: home.evidencePath)
    _ = FileManager.default.createFile(atPath: home.evidencePath, contents: Data("in its place".utf8))
    let refusal = #expect(throws: StoreError.self) { try home.wipe() }
    #expect(refusal?.code == .disk)
    // The key went first, whatever came of the rest.
    #expect(throws: (any Error).self) { try home.unlock(passphrase: Array("correct horse".utf8)) }
    try FileManager.default.removeItem(atPath: home.evidencePath)
    #expect(try home.wipe())
  }
}

@Suite struct DraftTests {
  private static func draft(_ id: Bytes16) -> Draft {
    Draft(
      id: id, form: "report", formVersion: 1, record: nil, question: "channel", updated: 5,
      answers: [1, 2, 3])
  }

  @Test func `a draft goes in the transaction that saves its record, and only then`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let kept = Bytes16(high: 1, low: 2)
    let other = Bytes16(high: 3, low: 4)
    try replica.keep(Self.draft(kept))
    try replica.keep(Self.draft(other))
    #expect(throws: Replica.Refusal.self) {
      try replica.record(form: "report", answers: Village.report(district: "nowhere"), draft: kept)
    }
    #expect(try Set(replica.drafts().map(\.id)) == [kept, other])
    let saved = try replica.record(form: "report", answers: Village.report(), draft: kept)
    #expect(try replica.drafts() == [Self.draft(other)])
    #expect(throws: StoreError.self) {
      try replica.edit(saved.record, answers: Village.report(), draft: other)
    }
    #expect(try replica.drafts().count == 1)
    _ = try replica.edit(
      saved.record, answers: .init(["urgency": .value(.text("24h"))]), draft: other)
    #expect(try replica.drafts().isEmpty)
  }
}
