import Forms
import Foundation
import HubServer
import Identity
import ReplicaStore
import SyncClient
import SyncCore
import Testbed
import Testing

@Suite struct ReadmeTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static func block(in readme: String) -> Substring? {
    guard let start = readme.range(of: "```swift\n"),
      let end = readme.range(of: "```\n", range: start.upperBound..<readme.endIndex)
    else { return nil }
    return readme[start.upperBound..<end.lowerBound]
  }

  @Test func `the README shows the example that is built and run here, letter by letter`() throws {
    let readme = try String(
      contentsOf: Self.folder.appending(path: "../../README.md").standardized, encoding: .utf8)
    let example = try String(
      contentsOf: Self.folder.appending(path: "Example.swift"), encoding: .utf8)
    #expect(try #require(Self.block(in: readme)) == example)
  }

  private static func sync(_ replica: Replica) async throws {
    let line = try HTTPSTransport(replica)
    #expect(try await SyncClient(replica: replica, transport: line).sync().complete)
    await line.close()
  }

  private static func join(_ replica: Replica) async throws {
    let line = try HTTPSTransport(replica)
    let refusal = try await SyncClient(replica: replica, transport: line).join()
    #expect(refusal == nil)
    await line.close()
  }

  private static func channel(_ code: String) -> Answers {
    Answers(["channel": .value(.text(code))])
  }

  @Test func `the example records, syncs with a real hub, and finds the one conflict`() async throws
  {
    let passphrase = Array("correct horse battery staple".utf8)
    let hub = try LiveHub()
    try await hub.serving { serving in
      let control = try serving.control()
      _ = try control.send(.setURL(serving.address.text))
      let liaison = try hub.device("liaison", ["north"], name: "liaison", passphrase: passphrase)
      let office = try hub.device("caseworker", ["north"], name: "office", passphrase: passphrase)
      try await Self.join(liaison)
      try await Self.join(office)
      let reader = ReaderStatement(
        state: .active, role: .caseWorker, keys: office.identity.publicIdentity, areas: ["north"])
      let statement = SignedStatement(
        Statement(.reader(reader), version: 1), signedBy: hub.authority)
      _ = try control.send(.addStatement(hex: statement.encoded.hex))
      try await Self.sync(liaison)

      // A record that both change without having seen the other's change.
      let contested = try liaison.record(
        form: "report",
        answers: Answers([
          "district": .value(.text("north")), "channel": .value(.text("hotline")),
          "received_at": .value(.text("2026-02-01T09:00:00Z")),
        ]))
      try await Self.sync(liaison)
      try await Self.sync(office)
      _ = try office.edit(contested.record, answers: Self.channel("phone"))
      _ = try liaison.edit(contested.record, answers: Self.channel("in_person"))
      try await Self.sync(office)
      #expect(try liaison.conflicts().isEmpty)

      let found = try await recordAndSync(home: liaison.home.path, passphrase: passphrase)
      #expect(found == ["\(contested.record) channel: 2 writes"])
      try await Self.sync(office)
      #expect(try office.list().count == 2)
      await #expect(throws: AtRestError.self) {
        try await recordAndSync(home: liaison.home.path, passphrase: Array("another".utf8))
      }
    }
  }
}
