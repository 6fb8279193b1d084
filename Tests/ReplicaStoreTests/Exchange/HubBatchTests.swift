import Foundation
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore

/// What a batch of the hub's writer keeps when something in it fails (hub-log §5.2).
@Suite struct HubBatchTests {
  private func areas(_ village: Village) throws -> [String] { try village.hub.status().areas }

  @Test func `a refused job is undone alone, and a failing disk takes the batch with it`() throws {
    let village = try Village(areas: ["north"])
    func batch(_ error: StoreError, adding area: String) -> [HubJob] {
      [
        HubJob { try $0.addArea(area) },
        HubJob { writer in
          try writer.addArea(area + "-2")
          throw error
        },
      ]
    }
    let refused = batch(StoreError(.notFound, ""), adding: "east")
    try village.hub.commit(refused)
    try refused[0].result()
    #expect(throws: StoreError.self) { try refused[1].result() }
    #expect(try areas(village) == ["east", "north"])

    let broken = batch(StoreError(.disk, ""), adding: "west")
    #expect(throws: StoreError.self) { try village.hub.commit(broken) }
    for job in broken { #expect(throws: StoreError.self) { try job.result() } }
    #expect(try areas(village) == ["east", "north"])
    // The hub goes on.
    try village.hub.commit([HubJob { try $0.addArea("west") }])
    #expect(try areas(village) == ["east", "north", "west"])
  }

  @Test func `what ended a transaction is told, and not only that it has ended`() throws {
    let village = try Village(areas: ["north"])
    let job = HubJob { writer in
      let sql = "INSERT OR ROLLBACK INTO origin(id, origin, public_key) VALUES (?, x'', x'')"
      for _ in 0..<2 { try writer.db.execute(sql: sql, arguments: [1_000]) }
    }
    #expect {
      try village.hub.commit([job])
    } throws: { ($0 as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT }
    try village.hub.commit([HubJob { try $0.addArea("east") }])
    #expect(try areas(village) == ["east", "north"])
  }

  @Test func `the log goes into the file once it is long, and not before somebody was told`() throws {
    let village = try Village(areas: ["north"])
    let path = village.hub.home.databasePath
    func bytes() throws -> Int {
      try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }
    let before = try bytes()
    let page = [UInt8](repeating: 7, count: 4_096)
    try village.hub.commit([
      HubJob { writer in
        for n in 0..<4_100 { try writer.settings.set("test-\(n)", bytes: page) }
      }
    ])
    #expect(try bytes() == before)
    try village.hub.shortenLog()
    let after = try bytes()
    #expect(after > before + 4_100 * page.count)
    // And then not again before it is long again.
    try village.hub.commit([HubJob { try $0.addArea("east") }])
    try village.hub.shortenLog()
    #expect(try bytes() == after)
  }

  @Test func `no later batch signs a leaf that could not be read back`() throws {
    let village = try Village(areas: ["north"])
    let sealed = try #require(village.hub.checkpoint)
    let lost = HubJob { _ = try $0.appendLeaf(Digest32.zero) }
    #expect(throws: StoreError.self) { try village.hub.commit([lost]) }
    #expect(throws: StoreError.self) {
      try village.hub.commit([HubJob { try $0.addArea("east") }])
    }
    #expect(village.hub.checkpoint == sealed)
  }

  @Test func `an invite that expired can be cancelled, and one that was used cannot`() throws {
    let village = try Village(areas: ["north"])
    _ = try village.join(.liaison, ["north"], name: "liaison")
    _ = try village.hub.run { try $0.invite(role: .committee, areas: [], label: "", expiresIn: 60) }
    #expect(try village.hub.invites().map(\.state) == [.used, .open])
    village.clock.advance(61)
    #expect(try village.hub.invites().map(\.state) == [.used, .expired])
    // The operator's decision is kept; the hub's clock may be wrong, and then it is what counts.
    try village.hub.run { try $0.cancelInvite(2) }
    #expect(try village.hub.invites().map(\.state) == [.used, .cancelled])
    #expect(throws: StoreError.self) { try village.hub.run { try $0.cancelInvite(1) } }
  }
}
