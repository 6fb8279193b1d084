import Foundation
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct DamageTests {
  /// Opens the home again, as another process would.
  private func reopened(_ home: DeviceHome) throws -> Replica {
    try Replica(opening: home, key: try home.unlock(passphrase: Array("correct horse".utf8)))
  }

  @Test(arguments: ["draft", "search_data", "label_word", "setting", "alarm"])
  func `verify names the file when a page that no hash covers is damaged`(
    _ table: String
  ) throws {
    let village = try Village()
    let home = try {
      let replica = try village.join(.liaison, ["north"], name: "liaison")
      _ = try replica.record(form: "report", answers: Village.report())
      #expect(try replica.verify().ok)
      return replica.home
    }()
    let replica = try reopened(home)
    let page = try replica.db.read { db in
      try Int.fetchOne(
        db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [table])
    }
    try replica.db.close()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: home.databasePath))
    bytes[try #require(page) * 4_096 - 2_000] ^= 1
    try bytes.write(to: URL(fileURLWithPath: home.databasePath))
    do {
      let damaged = try reopened(home)
      let found = try damaged.verify()
      #expect(found.problems.contains { $0.code == .file })
    } catch {
      // What opening reads is found before anybody asks.
      #expect(StorageFault(error) == .damaged || (error as? AtRestError)?.code == .damaged, "\(error)")
    }
  }

  @Test func `damage that shows when an answer is kept is told as damage, not as a full disk`() throws {
    let village = try Village()
    let home = try {
      let replica = try village.join(.liaison, ["north"], name: "liaison")
      try village.sync(replica)
      _ = try replica.record(form: "report", answers: Village.report())
      return replica.home
    }()
    let replica = try reopened(home)
    let outgoing = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let answer = try #require(try village.answer(outgoing.bytes))
    let page = try replica.db.read { db in
      try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'checkpoint'")
    }
    // So that the page is read again, and not remembered.
    try replica.db.writeWithoutTransaction { try $0.execute(sql: "PRAGMA shrink_memory") }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: home.databasePath))
    try file.seek(toOffset: UInt64(try #require(page) * 4_096 - 2_000))
    let byte = try #require(try file.read(upToCount: 1))
    try file.seek(toOffset: UInt64(try #require(page) * 4_096 - 2_000))
    try file.write(contentsOf: Data([byte[0] ^ 1]))
    try file.close()
    do {
      _ = try replica.receive(answer, to: outgoing)
      Issue.record("kept on a damaged page")
    } catch {
      #expect(StorageFault(error) == .damaged, "\(error)")
    }
  }

  @Test func `a home that cannot be looked at is not called none`() throws {
    let folder = NSTemporaryDirectory() + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try !DeviceHome(folder + "/none").exists && !HubHome(folder + "/none/below").exists)
    // A name that leads to itself: the system cannot say whether there is anything behind it.
    let loop = folder + "/loop"
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
    for look in [
      { try DeviceHome(loop).exists }, { try DeviceHome(loop).hasRemains }, { try HubHome(loop).exists },
    ] as [() throws -> Bool] {
      let error = #expect(throws: StoreError.self) { _ = try look() }
      #expect(error?.code == .disk)
    }
  }

  @Test func `a wipe cut short after the key is ended by the next`() throws {
    let village = try Village()
    let home = try village.join(.liaison, ["north"], name: "liaison").home
    try KeyFile.destroy(home.keyPath)
    #expect(try !home.exists && home.hasRemains)
    #expect(try home.wipe())
    #expect(try !home.hasRemains)
  }
}
