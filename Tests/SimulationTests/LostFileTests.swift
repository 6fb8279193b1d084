import Forms
import GRDB
import Identity
import SyncCore
import Synchronization
import Testing

@testable import ReplicaStore
@testable import SyncSimulator

/// A hub whose data is that of before it was given a file, while its log is what it was.
@Suite struct LostFileTests {
  private let stores: BareStores

  init() throws { stores = try BareStores() }

  /// A device that has attached a file to a report, and whose text is at the hub.
  private func author(_ hub: HubStore) throws -> Replica {
    let replica = try stores.device(on: stores.deviceDisk())
    let report = try replica.record(
      form: "report",
      answers: Answers([
        "district": .value(.text("north")), "channel": .value(.text("in_person")),
        "received_at": .value(.text("2026-03-01T09:00:00Z")),
      ]))
    let file = try AttachmentContent(
      (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }, path: "a.bin", keepsMetadata: true)
    _ = try replica.record(
      form: "note",
      answers: Answers(["report": .value(.text(report.record.hex)), "attachment": file.answer]),
      files: [file])
    try hub.syncDirectly(replica)
    return replica
  }

  private func give(_ replica: Replica, to hub: HubStore) throws -> FileTransfer.Step {
    let pending = try #require(try replica.filesToGive().first)
    var file = FileTransfer(giving: pending)
    var step = FileTransfer.Step.goesOn
    while step == .goesOn {
      let sent = try file.request(from: replica, bytesMax: 1)
      step = try file.receive(
        try #require(try hub.answerDirectly(sent.bytes)), to: sent, at: replica)
    }
    return step
  }

  @Test func `a hub that lacks only what it was given of a file knows that it was put back`() throws {
    let hubDisk = stores.hubDisk()
    let first = try stores.hub(on: hubDisk)
    let replica = try author(first)
    let before = hubDisk.snapshot(without: Hub.checkpointFile)
    #expect(try give(replica, to: first) == .over(isWhole: true))
    #expect(try replica.attachments().map(\.state) == [.received])
    try first.db.close()

    // As it was it goes on, and what the copy lacks is not passed over.
    let whole = try stores.hub(on: hubDisk)
    #expect(!whole.isRecovering)
    try whole.db.close()
    hubDisk.restore(before, keeping: Hub.checkpointFile)
    let second = try stores.hub(on: hubDisk)
    #expect(second.isRecovering)
    let authority = stores.surroundings.signatures.signer(stores.founded.authority)
    let statement = SignedStatement(try second.nextHubStatement(), signedBy: authority)
    try second.run { try $0.add(statement) }
    try second.syncDirectly(replica)
    #expect(try replica.attachments().map(\.state) == [.saved])
    #expect(try give(replica, to: second) == .over(isWhole: true))
    #expect(try replica.attachments().map(\.state) == [.received])
    #expect(try second.verify().isSound)
    try second.db.close()
    let third = try stores.hub(on: hubDisk)
    #expect(!third.isRecovering)
    #expect(try third.hubEpoch == second.hubEpoch)
  }

  @Test func `a file is not said to be stored before it is counted`() throws {
    let hubDisk = stores.hubDisk()
    let hub = try stores.hub(on: hubDisk)
    let replica = try author(hub)
    let pending = try #require(try replica.filesToGive().first)
    let sent = try replica.uploadRequest(pending, lacking: nil, bytesMax: 1 << 20)
    // The commit is durable by its first sync; the checkpoint store is not, by the last.
    var refused = 0
    for syncs in 0..<20 {
      let counted = hub.live.withLock { $0.slot?.fileChanges ?? 0 }
      hubDisk.faults.goodSyncs = syncs
      hubDisk.faults.failingSyncs = 1
      let answer = Result { try hub.answerDirectly(sent.bytes) }
      let isOver = hubDisk.faults.failingSyncs > 0
      hubDisk.faults.failingSyncs = 0
      hubDisk.faults.goodSyncs = 0
      if case .failure = answer {
        refused += 1
        #expect(hub.live.withLock { $0.slot?.fileChanges ?? 0 } == counted)
        continue
      }
      #expect(isOver)
      break
    }
    #expect(refused >= 2)
    // Asked now, it counts what it has before it says so.
    let question = try replica.uploadRequest(pending.offeredBefore, lacking: nil, bytesMax: 1)
    #expect(question.numbers.isEmpty)
    let answer = try #require(try hub.answerDirectly(question.bytes))
    #expect(try replica.receiveUpload(answer, to: question) == .stored)
    #expect(hub.live.withLock { $0.slot?.fileChanges == $0.fileChanges })
  }
}
