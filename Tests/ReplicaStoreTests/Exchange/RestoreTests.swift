import Forms
import Foundation
import GRDB
import Synchronization
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

@Suite struct RestoreTests {
  /// A hub that was put back from a copy made earlier.
  private func restored(_ village: Village, from backup: String) throws -> HubStore {
    try HubStore.restore(backup: backup, home: village.hub.home, key: Village.hubKey)
    let clock = village.clock
    return try HubStore(home: village.hub.home, key: Village.hubKey, now: { clock.now })
  }

  /// One exchange, in full where the hub asks for it.
  private func exchange(_ replica: Replica, _ hub: HubStore) throws -> Replica.Received {
    let out = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let bytes: [UInt8]
    switch try hub.intake(out.bytes) {
    case .refused(let status):
      guard status == 409, try replica.sayInFull(after: out) else { throw Refused(status: status) }
      return try exchange(replica, hub)
    case .answer(let answer): bytes = answer
    case .ready(let prepared): bytes = try prepared.layOut().bytes
    case .work(let work):
      try hub.commit([work.job])
      try work.job.result()
      bytes = try hub.answer(work)
    }
    let received = try replica.receive(bytes, to: out)
    return received.next == .retryInFull ? try exchange(replica, hub) : received
  }
  struct Refused: Error { let status: Int }

  @Test func `what a restored hub lost is pushed again, and everybody is told`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    let backup = village.directory + "/backup"
    try village.hub.backup(to: backup)
    let lost = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    #expect(try liaison.status().pending == 0)
    try village.hub.db.close()

    let hub = try restored(village, from: backup)
    #expect(hub.isRecovering)
    // Until the authority has signed: pushes are taken, nothing is receipted.
    #expect(try exchange(liaison, hub).next == .recovering)
    let statement = SignedStatement(try hub.nextHubStatement(), signedBy: village.authority)
    try hub.run { writer in try writer.add(statement) }
    #expect(!hub.isRecovering)
    var received = try exchange(liaison, hub)
    #expect(received.newHubEpoch == 2)
    #expect(try liaison.status().received == 0)
    #expect(try liaison.status().alarms.map(\.code) == ["hub-restored"])
    for _ in 0..<5 where received.next != .complete { received = try exchange(liaison, hub) }
    #expect(try liaison.status().pending == 0)
    #expect(try hub.status().records == 2)
    #expect(try liaison.show(lost.record).line.isReceived)
    #expect(try hub.verify().problems == [])
  }

  @Test func `what is handed over to a hub in recovery refers to nothing that it may lack`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    func count(_ record: RecordID, _ persons: Int64) throws {
      _ = try liaison.edit(record, answers: Answers(["persons_count": .value(.integer(persons))]))
    }
    let kept = try village.report(by: liaison, "before the backup")
    try village.sync(liaison)
    let backup = village.directory + "/backup"
    try village.hub.backup(to: backup)
    let lost = try village.report(by: liaison, "after the backup")
    try village.sync(liaison)
    try count(kept, 2)
    try count(lost, 3)
    try village.sync(liaison)
    try village.hub.db.close()
    let hub = try restored(village, from: backup)
    let end = try #require(try exchange(liaison, hub).hubEnd)
    let handed = try #require(
      try liaison.nextRecoveryRequest(after: end, pushBytesMax: 500_000))
    #expect(handed.bytes.firstRange(of: kept.bytes) != nil)
    #expect(handed.bytes.firstRange(of: lost.bytes) == nil, "its report is in the same push")
    guard case .work(let work) = try hub.intake(handed.bytes) else {
      Issue.record("the hub does not take it")
      return
    }
    try hub.commit([work.job])
    try work.job.result()
    #expect(try liaison.receive(try hub.answer(work), to: handed).next == .recovering)
    #expect(try hub.status().records == 2)
    let entries = try hub.db.read { try EntryTable.entries(ofRecord: lost, coded: nil, in: $0) }
    #expect(entries.count == 2)
  }

  @Test func `what comes before its record, move or assignment at a restored hub is judged again`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let helper = try village.join(.liaison, ["north"], name: "helper")
    let office = try village.join(.caseWorker, ["north", "south"], name: "office")
    let south = try village.join(.caseWorker, ["south"], name: "south")
    let late = try village.join(.caseWorker, ["south"], name: "late")
    let phone = Answers(["channel": .value(.text("phone"))])
    let backup = village.directory + "/backup"
    try village.hub.backup(to: backup)
    let report = try liaison.record(form: "report", answers: Village.report()).record
    for replica in [liaison, office] { try village.sync(replica) }
    _ = try office.move(report, to: "south")
    _ = try office.assign(report, to: helper.identity.origin)
    for replica in [office, helper, south] { try village.sync(replica) }
    _ = try helper.edit(report, answers: phone)
    _ = try south.edit(report, answers: phone)
    for replica in [helper, south] { try village.sync(replica) }
    #expect(try village.hub.quarantine().isEmpty)
    try village.hub.db.close()

    let hub = try restored(village, from: backup)
    let statement = SignedStatement(try hub.nextHubStatement(), signedBy: village.authority)
    try hub.run { writer in try writer.add(statement) }
    func sync(_ replica: Replica) throws {
      for _ in 0..<9 where try exchange(replica, hub).next != .complete {}
    }
    // Who changed it first pushes last.
    for replica in [south, helper, office] { try sync(replica) }
    #expect(try hub.quarantine().map(\.reason) == ["scope", "scope", "scope", "scope"])
    #expect(try helper.list().map(\.state) == [.quarantined])
    try sync(liaison)
    #expect(try hub.quarantine().isEmpty)
    for replica in [south, helper, late] { try sync(replica) }
    #expect(try helper.list().map(\.state) != [.quarantined])
    #expect(try south.list().map(\.state) != [.quarantined])
    let whole = try late.db.read { try EntryTable.count(ofRecord: report, in: $0) }
    #expect(whole == 5)
    #expect(try late.show(report).state.digest == south.show(report).state.digest)
    #expect(try hub.verify().problems == [])
  }

  @Test func `a hub that is put back twice from one backup accuses nobody and is not accused`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let backup = village.directory + "/backup"
    try village.hub.backup(to: backup)
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    try village.hub.db.close()
    for epoch in [2, 3] as [UInt64] {
      let hub = try restored(village, from: backup)
      // The copy knows epoch 1; what the device was told stands in the store of checkpoints.
      #expect(try exchange(liaison, hub).next == .recovering)
      let statement = SignedStatement(try hub.nextHubStatement(), signedBy: village.authority)
      #expect(statement.statement.version == epoch)
      try hub.run { writer in try writer.add(statement) }
      for _ in 0..<5 where try exchange(liaison, hub).next != .complete {}
      #expect(try liaison.status().alarms.allSatisfy { $0.code == "hub-restored" })
      #expect(try hub.status().records == 1)
      try hub.db.close()
    }
  }

  @Test func `a hub that is put back and grows past its checkpoint still waits for the authority`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let other = try village.join(.liaison, ["north"], name: "other")
    let copy = village.directory + "/copy"
    try village.hub.backup(to: copy)
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    let signed = try #require(village.hub.checkpoint).size
    try village.hub.db.close()
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: village.hub.home.databasePath + suffix)
    }
    try FileManager.default.copyItem(atPath: copy, toPath: village.hub.home.databasePath)
    let clock = village.clock
    let home = village.hub.home
    var hub = try HubStore(home: home, key: Village.hubKey, now: { clock.now })
    #expect(hub.isRecovering)
    for _ in 0..<4 { _ = try other.record(form: "report", answers: Village.report()) }
    #expect(try exchange(other, hub).next == .recovering)
    #expect(hub.live.withLock { $0.frontier.end } > signed)
    try hub.db.close()
    hub = try HubStore(home: home, key: Village.hubKey, now: { clock.now })
    // A hub that took itself for whole would sign a second history of its first epoch here.
    #expect(hub.isRecovering)
    #expect(hub.checkpoint?.size == signed)
  }

  @Test func `a hub put back without a word is caught at the next exchange`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let copy = village.directory + "/copy"
    try village.hub.backup(to: copy)
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    try village.hub.db.close()
    // Somebody copies the old file back and removes the store of checkpoints.
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: village.hub.home.databasePath + suffix)
    }
    try FileManager.default.removeItem(atPath: village.hub.home.checkpointPath)
    try FileManager.default.copyItem(atPath: copy, toPath: village.hub.home.databasePath)
    let clock = village.clock
    let honest = try HubStore(home: village.hub.home, key: Village.hubKey, now: { clock.now })
    #expect(honest.isRecovering)
    // A hub that does not want to be caught claims to be whole.
    honest.live.withLock { live in live.isRecovering = false }
    #expect(throws: (any Error).self) { _ = try exchange(liaison, honest) }
    #expect(try liaison.status().alarms.map(\.code) == ["hub-lost-acknowledged"])
    let evidence = try liaison.db.read { db in
      try Int.fetchOne(db, sql: "SELECT length(evidence) FROM alarm") ?? 0
    }
    #expect(evidence > 200)
  }

  @Test func `a device that walked another log is shown the hub's, at the same size and before`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    func answer(_ state: DeviceState, _ change: (inout SyncRequest) -> Void) throws -> SyncResponse {
      var request = state.request(push: nil, byteBudget: 100_000)
      change(&request)
      let bytes = MessageSigning.sign(
        MessageFrame.encode(request), by: liaison.identity.signing, programme: liaison.programme.id)
      return try village.response(try #require(try village.answer(bytes)), to: bytes, of: liaison)
    }
    let state = try liaison.deviceState()
    #expect(try answer(state) { _ in }.checkpoint == nil)
    let foreign = try answer(state) { $0.treeRoot = Bytes16(high: 1, low: 2) }
    #expect(foreign.checkpoint?.size == state.frontier.end)
    // Later the hub has grown: what it sends does not lead from the other log to its root.
    let office = try village.join(.liaison, ["north"], name: "other")
    _ = try office.record(form: "report", answers: Village.report())
    try village.sync(office)
    var other = state
    other.frontier = CompactRange()
    for leaf in 0..<state.frontier.end { other.frontier.append(leaf: Hash.sha256([UInt8(leaf)])) }
    let request = other.request(push: nil, byteBudget: 100_000)
    let grown = try answer(other) { _ in }
    let session = DeviceSession(state: other, verifier: try liaison.verifier()) { _ in nil }
    let size = try #require(grown.checkpoint).size
    #expect(throws: SyncRefusal.alarm(.logRewritten(size: size))) {
      _ = try session.receive(grown, to: request)
    }
  }

  @Test func `a cut after any message loses nothing and doubles nothing`() throws {
    for cut in [1, 4, 7] {
      let village = try Village(limits: .tiny.with(messageBytesMax: 64 << 10))
      let liaison = try village.join(.liaison, ["north"], name: "liaison")
      for _ in 0..<10 { _ = try liaison.record(form: "report", answers: Village.report()) }
      // The hub processes the message, and its answer is lost.
      for round in 0..<cut {
        let out = try liaison.nextRequest(byteBudget: 10_000, pushBytesMax: 600)
        _ = try village.answer(out.bytes)
        if round % 2 == 1 {
          let again = try liaison.nextRequest(byteBudget: 10_000, pushBytesMax: 900)
          if let answer = try village.answer(again.bytes) {
            _ = try liaison.receive(answer, to: again)
          }
        }
      }
      try village.sync(liaison, pushBytesMax: 600)
      #expect(try village.hub.status().records == 10)
      #expect(try liaison.status().pending == 0)
      #expect(try village.hub.verify().problems == [])
    }
  }

  @Test func `two recordings at once both succeed, and a second sync waits`() async throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let key = try liaison.home.unlock(passphrase: Array("correct horse".utf8))
    let second = try Replica(opening: liaison.home, key: key)
    await withTaskGroup(of: Int.self) { group in
      for replica in [liaison, second] {
        group.addTask {
          (0..<20).filter { _ in
            (try? replica.record(form: "report", answers: Village.report())) != nil
          }.count
        }
      }
      for await saved in group { #expect(saved == 20) }
    }
    #expect(try liaison.list().count == 40)
    let lock = try SyncLock(liaison.home)
    #expect(throws: StoreError.self) { _ = try SyncLock(liaison.home) }
    withExtendedLifetime(lock) {}
  }
}

extension Limits {
  func with(messageBytesMax: Int) -> Limits {
    var copy = self
    copy.messageBytesMax = messageBytesMax
    copy.clearBytesMax = messageBytesMax * 4
    copy.sealedSectionBytesMax = Limits.specified.sealedSectionBytesMax
    copy.fieldsPerSectionMax = Limits.specified.fieldsPerSectionMax
    copy.clearSectionBytesMax = Limits.specified.clearSectionBytesMax
    copy.textBytesMax = Limits.specified.textBytesMax
    copy.entriesPerPushMax = 30
    copy.deliveriesPerResponseMax = 30
    return copy
  }
}
