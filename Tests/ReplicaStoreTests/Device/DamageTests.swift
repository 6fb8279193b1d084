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

  @Test func `a wipe cut short after the key is ended by the next`() throws {
    let village = try Village()
    let home = try village.join(.liaison, ["north"], name: "liaison").home
    try KeyFile.destroy(home.keyPath)
    #expect(!home.exists && home.hasRemains)
    #expect(try home.wipe())
    #expect(!home.hasRemains)
  }
}
