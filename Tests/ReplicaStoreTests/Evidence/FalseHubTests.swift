import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import ReplicaStore

/// Hubs that drop, rewrite or serve two trees (sync §9, evidence §3).
@Suite struct FalseHubTests {
  /// A hub from a copy of its files that claims to be whole.
  private func liar(_ village: Village, from copy: String) throws -> HubStore {
    try village.hub.db.close()
    let home = HubHome(village.directory + "/liar")
    try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: copy, toPath: home.databasePath)
    let clock = village.clock
    let hub = try HubStore(home: home, key: Village.hubKey, now: { clock.now })
    hub.live.withLock { $0.isRecovering = false }
    try hub.seal()
    return hub
  }

  private func answer(_ hub: HubStore, _ message: [UInt8]) throws -> [UInt8] {
    switch try hub.intake(message) {
    case .refused: throw Village.Refused()
    case .answer(let bytes): return bytes
    case .ready(let prepared): return try prepared.layOut().bytes
    case .work(let exchange):
      try hub.commit([exchange.job])
      try exchange.job.result()
      return try hub.answer(exchange)
    }
  }

  /// One sync exchange that must alarm, then the audit, and what its file proves.
  private func caught(
    _ replica: Replica, by hub: HubStore, alarm: String
  ) throws -> EvidenceVerdict {
    var sent = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    if case .refused(status: 409) = try hub.intake(sent.bytes) {
      // What the device knows is not what this hub knows: asked in full, it has to show it.
      #expect(try replica.sayInFull(after: sent))
      sent = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    }
    var bytes = try answer(hub, sent.bytes)
    if try replica.saysInFull(bytes, to: sent) {
      sent = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
      bytes = try answer(hub, sent.bytes)
    }
    #expect(throws: SyncRefusal.self) { _ = try replica.receive(bytes, to: sent) }
    #expect(try replica.status().alarms.map(\.code) == [alarm])
    let asked = try #require(try replica.auditRequest())
    let path = try #require(
      try replica.receiveAudit(try answer(hub, asked.bytes), to: asked), "no evidence")
    #expect(replica.home.evidence(of: alarm).count <= 1)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let file = try #require(FileManager.default.contents(atPath: path))
    // Nothing of what a report says is in it.
    for secret in ["canary", "in_person", "summary"] {
      #expect(file.range(of: Data(secret.utf8)) == nil)
    }
    return try Evidence(encoded: Array(file)).verdict()
  }

  private func village() throws -> (Village, liaison: Replica, watch: Replica) {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let watch = try village.join(.committee, [], name: "watch")
    _ = try liaison.record(
      form: "report", answers: Village.report(["summary": .value(.text("canary"))]))
    try village.sync(liaison)
    try village.sync(watch)
    return (village, liaison, watch)
  }

  @Test func `a hub that drops what it confirmed is proven to`() throws {
    let (village, liaison, watch) = try village()
    let copy = village.directory + "/copy"
    try village.hub.backup(to: copy)
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    try village.sync(watch)
    let hub = try liar(village, from: copy)
    for (replica, alarm) in [(liaison, "hub-lost-acknowledged"), (watch, "log-shrank")] {
      guard case .hub(let programme, let word, let epoch, _) = try caught(
        replica, by: hub, alarm: alarm)
      else {
        Issue.record("the file proves nothing")
        continue
      }
      #expect(programme.id == replica.programme.id && word == "log-shrank" && epoch == 1)
    }
  }

  @Test func `a hub that serves two trees is proven to, by the device and by the committee`() throws {
    let (village, liaison, watch) = try village()
    let copy = village.directory + "/copy"
    try village.hub.backup(to: copy)
    _ = try liaison.record(form: "report", answers: Village.report())
    for replica in [liaison, watch] { try village.sync(replica) }
    let hub = try liar(village, from: copy)
    // In the second tree other leaves follow, and more of them.
    for version: UInt64 in [1, 2] {
      let statement = SignedStatement(
        Statement(
          .reader(
            ReaderStatement(
              state: .active, role: .liaison, keys: liaison.identity.publicIdentity,
              areas: ["north"])), version: version), signedBy: village.authority)
      try hub.run { try $0.add(statement) }
    }
    for (replica, alarm) in [(liaison, "hub-lost-acknowledged"), (watch, "log-rewritten")] {
      let verdict = try caught(replica, by: hub, alarm: alarm)
      guard case .hub(_, "log-rewritten", 1, _) = verdict else {
        Issue.record("the file proves \(verdict)")
        continue
      }
    }
  }

  @Test func `an entry that a hub takes back out of its answers is proven lost`() throws {
    let (village, liaison, _) = try village()
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    let asked = try #require(try liaison.auditRequest())
    let honest = try answer(village.hub, asked.bytes)
    #expect(try liaison.receiveAudit(honest, to: asked) == nil)
    let frame = try MessageFrame(honest, expecting: .auditResponse, limits: .specified)
    var lie = try frame.auditResponse(limits: .specified)
    lie.head = LogHead(seq: lie.head.seq - 1, hash: Hash.sha256([9]))
    let signed = village.hub.sign(
      MessageFrame.encode(lie), answering: Hash.sha256(asked.bytes))
    let path = try #require(try liaison.receiveAudit(signed, to: asked))
    let file = try #require(FileManager.default.contents(atPath: path))
    guard case .hub(_, "hub-lost-acknowledged", 1, _) = try Evidence(encoded: Array(file)).verdict()
    else {
      Issue.record("the file proves nothing")
      return
    }
    // The same answer to another question, or by another key, is no evidence.
    let again = try #require(try liaison.auditRequest())
    let unsigned = MessageSigning.sign(
      MessageFrame.encode(lie), by: liaison.identity.signing, programme: liaison.programme.id,
      answering: Hash.sha256(again.bytes))
    #expect(throws: WireError.self) { _ = try liaison.receiveAudit(unsigned, to: again) }
  }

  @Test func `a report that a hub says it holds, without a leaf of its log, is not received`() throws {
    let (village, liaison, _) = try village()
    let received = try liaison.status().received
    let saved = try liaison.record(form: "report", answers: Village.report())
    let sent = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let state = try liaison.deviceState()
    let device = try #require(
      try village.hub.db.read { try village.hub.device(liaison.identity.origin, in: $0) })
    var answer = village.hub.plain(.done, device, state.head)
    answer.tree = state.checkpoint.map { TreeClaim($0) }
    let bytes = try village.hub.sign(
      answer, claimed: state.head, answering: Hash.sha256(sent.bytes))
    _ = try liaison.receive(bytes, to: sent)
    #expect(try liaison.status().received == received)
    #expect(try !liaison.show(saved.record).line.isReceived)
  }

  @Test func `an honest hub never gives evidence against itself`() throws {
    let (village, liaison, watch) = try village()
    let copy = try village.copy(liaison, name: "copy")
    for replica in [liaison, copy] {
      _ = try replica.record(form: "report", answers: Village.report())
    }
    // Asked on both branches, before and after it grew.
    for round in 0..<4 {
      for replica in [liaison, copy, watch] {
        if let asked = try replica.auditRequest() {
          let bytes = try answer(village.hub, asked.bytes)
          #expect(try replica.receiveAudit(bytes, to: asked) == nil, "round \(round)")
        }
        try village.sync(replica)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: watch.home.evidencePath) == [])
  }
}

extension Replica {
  /// Takes an answer that asks for the request in full; false, and nothing taken, for any other.
  fileprivate func saysInFull(_ bytes: [UInt8], to sent: Outgoing) throws -> Bool {
    let response = try MessageFrame(syncResponse: bytes, limits: limits)
      .syncResponse(sent.context(programme.id), limits: limits)
    guard response.status == .sayInFull else { return false }
    return try receive(bytes, to: sent).next == .retryInFull
  }
}
