import Forms
import Foundation
import Identity
import ReplicaStore
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import SyncClient

/// Files behind text, over lines that break and budgets that end.
@Suite struct FileLaneTests {
  private struct Scene {
    let town: Town
    let office: Replica
    let liaison: Replica
  }

  private static func file(_ count: Int, _ seed: Int = 31) throws -> AttachmentContent {
    try AttachmentContent(
      (0..<count).map { UInt8(truncatingIfNeeded: $0 &* seed &+ $0 >> 8) }, path: "scan.bin",
      keepsMetadata: true)
  }

  private func scene() async throws -> Scene {
    let town = try Town()
    let office = try await town.member(.caseWorker, ["north"], name: "office")
    try town.admit(office, areas: ["north"])
    _ = try await town.client(office).sync()
    return Scene(
      town: town, office: office,
      liaison: try await town.member(.liaison, ["north"], name: "liaison"))
  }

  @discardableResult
  private func attach(_ file: AttachmentContent, _ liaison: Replica) throws -> Saved {
    let report = try liaison.record(form: "report", answers: Town.report()).record
    return try liaison.record(
      form: "note",
      answers: Answers(["report": .value(.text(report.hex)), "attachment": file.answer]),
      files: [file])
  }

  /// A file goes from the liaison to the office; the number of messages that both lines carried.
  private func job(cuttingAt cut: Int, _ how: InMemoryTransport.Cut) async throws -> Int {
    let scene = try await scene()
    let file = try Self.file(300_000)
    try attach(file, scene.liaison)
    let sent = Mutex(0)
    func untilDone(_ replica: Replica) async throws -> (messages: Int, report: SyncReport) {
      let line = InMemoryTransport(scene.town.hub) { [before = sent.withLock { $0 }] number in
        before + number == cut ? how : nil
      }
      let client = SyncClient(replica: replica, transport: line)
      var report: SyncReport
      do { report = try await client.sync() } catch let failure as SyncFailure {
        #expect(failure.code == .unreachable(retryAfter: nil))
        report = try await client.sync()
      }
      sent.withLock { $0 += line.messages }
      return (line.messages, report)
    }
    #expect(try await untilDone(scene.liaison).report.complete)
    let status = try scene.liaison.status()
    #expect(status.received == status.saved)
    #expect(status.files.received == 1 && status.files.waiting == 0)
    #expect(try scene.liaison.attachments().map(\.state) == [.received])
    #expect(try await untilDone(scene.office).report.complete)
    let line = try #require(try scene.office.attachments().first)
    #expect(line.state == .received)
    #expect(try scene.office.content(of: line) == file.bytes)
    #expect(try scene.town.store.verify().problems.isEmpty)
    return sent.withLock { $0 }
  }

  @Test(arguments: [InMemoryTransport.Cut.before, .after])
  func `a line cut at any message loses no file in either direction`(
    how: InMemoryTransport.Cut
  ) async throws {
    var cut = 1
    while try await job(cuttingAt: cut, how) >= cut { cut += 1 }
    #expect(cut > 4)
  }

  /// One sync over a line that breaks; the types of all messages that were sent.
  private func types(
    _ replica: Replica, _ hub: InMemoryHub, _ how: InMemoryTransport.Cut,
    breakingAt isBroken: @escaping @Sendable (Int) -> Bool
  ) async throws -> (types: [MessageType?], report: SyncReport?) {
    let sent = Mutex<[MessageType?]>([])
    let line = InMemoryTransport(hub) { isBroken($0) ? how : nil }
    let noting = ScriptedTransport { message in
      sent.withLock { $0.append(MessageType(of: message)) }
      return try await line.exchange(message).bytes
    }
    var client = SyncClient(replica: replica, transport: noting)
    client.pause = .zero
    var report: SyncReport?
    do { report = try await client.sync(patience: .seconds(60)) } catch let failure as SyncFailure {
      #expect(failure.code == .unreachable(retryAfter: nil))
    }
    return (sent.withLock { $0 }, report)
  }

  @Test(arguments: [InMemoryTransport.Cut.before, .after])
  func `while a person waits, files are tried again on a line that broke`(
    how: InMemoryTransport.Cut
  ) async throws {
    let scene = try await scene()
    let file = try Self.file(300_000)
    try attach(file, scene.liaison)
    // Text, a part of the file, and then the question what arrived.
    let up = try await types(scene.liaison, scene.town.hub, how) { $0 == 2 || $0 == 3 }
    #expect(up.report?.complete == true && up.report?.filesGiven == 1)
    #expect(up.types.prefix(2) == [.shortPush, .uploadRequest] && up.types.count > 3)
    let down = try await types(scene.office, scene.town.hub, how) { $0 == 2 || $0 == 3 }
    #expect(down.report?.complete == true && down.report?.filesFetched == 1)
    let line = try #require(try scene.office.attachments().first)
    #expect(try scene.office.content(of: line) == file.bytes)
    #expect(try scene.town.store.verify().problems.isEmpty)
  }

  @Test func `files are not waited for where nobody listens any more`() async throws {
    let scene = try await scene()
    try attach(try Self.file(40_000), scene.liaison)
    let sent = try await types(scene.liaison, scene.town.hub, .before) { $0 > 1 }
    #expect(sent.report == nil && sent.types.count == 2 + Patience.quickFailuresMax)
    #expect(try scene.liaison.status().files.waiting == 1)
    #expect(try await scene.town.client(scene.liaison).sync().filesGiven == 1)
  }

  @Test func `text goes first, and a sync with nothing to do costs one exchange`() async throws {
    let scene = try await scene()
    try attach(try Self.file(40_000), scene.liaison)
    let types = Mutex<[MessageType?]>([])
    let hub = scene.town.hub
    let line = ScriptedTransport { message in
      types.withLock { $0.append(MessageType(of: message)) }
      return try hub.answer(message)
    }
    let client = SyncClient(replica: scene.liaison, transport: line)
    let report = try await client.sync()
    #expect(types.withLock { $0 } == [.shortPush, .uploadRequest])
    #expect(report.filesGiven == 1 && report.filesLeft == 0 && report.complete)
    #expect(report.roundTrips == 2)
    types.withLock { $0 = [] }
    #expect(try await client.sync().roundTrips == 1)
    // Told to leave files alone, a sync of text is whole without them.
    try attach(try Self.file(40_000, 7), scene.liaison)
    types.withLock { $0 = [] }
    let text = try await client.sync(filesToo: false)
    #expect(types.withLock { $0 } == [.shortPush])
    #expect(text.complete && text.filesLeft == 1)
  }

  @Test func `a budget ends the lane between two messages, and the next sync goes on`() async throws {
    let scene = try await scene()
    let file = try Self.file(150_000)
    try attach(file, scene.liaison)
    func syncs(_ replica: Replica, budget: Int) async throws -> (count: Int, bytes: Int) {
      var count = 0
      var bytes = 0
      while true {
        let report = try await scene.town.client(replica).sync(budget: budget)
        // One answer says what is lacking: some hundred bytes that were not known before.
        #expect(report.bytesUp + report.bytesDown <= budget + 1_024)
        count += 1
        bytes += report.bytesUp + report.bytesDown
        if report.complete || count > 30 { return (count, bytes) }
        #expect(report.filesLeft == 1)
      }
    }
    let up = try await syncs(scene.liaison, budget: 40_000)
    #expect((4...8).contains(up.count))
    // Nothing that the hub has is sent again.
    #expect(up.bytes < 175_000)
    let down = try await syncs(scene.office, budget: 40_000)
    #expect((4...8).contains(down.count))
    #expect(down.bytes < 175_000)
    let line = try #require(try scene.office.attachments().first)
    #expect(try scene.office.content(of: line) == file.bytes)
  }

  @Test func `a file that is not at the hub yet does not keep a sync from being whole`() async throws {
    let scene = try await scene()
    try attach(try Self.file(40_000), scene.liaison)
    _ = try await scene.town.client(scene.liaison).sync(filesToo: false)
    let early = try await scene.town.client(scene.office).sync()
    #expect(early.complete && early.filesFetched == 0 && early.filesLeft == 1)
    #expect(try await scene.town.client(scene.liaison).sync().filesGiven == 1)
    #expect(try await scene.town.client(scene.office).sync().filesFetched == 1)
  }

  @Test func `a hub that lacks what it was just given leads nobody in a circle`() async throws {
    let scene = try await scene()
    try attach(try Self.file(40_000), scene.liaison)
    let store = scene.town.store
    let hub = scene.town.hub
    for state in [UploadResponse.State.lacking(ChunkSet(count: 3, all: 0..<3)), .unknown] {
      let line = ScriptedTransport { message in
        guard message[1] == MessageType.uploadRequest.rawValue else { return try hub.answer(message) }
        return store.sign(
          MessageFrame.encode(UploadResponse(hubEpoch: 1, state: state)),
          answering: Hash.sha256(message))
      }
      let client = SyncClient(replica: scene.liaison, transport: line)
      await #expect(throws: SyncFailure(.noProgress)) { try await client.sync() }
      #expect(try scene.liaison.attachments().map(\.state) == [.saved])
    }
  }

  @Test func `a hub that refuses a file says why, and text is through`() async throws {
    let scene = try await scene()
    try attach(try Self.file(40_000), scene.liaison)
    let store = scene.town.store
    let hub = scene.town.hub
    let line = ScriptedTransport { message in
      guard message[1] == MessageType.uploadRequest.rawValue else { return try hub.answer(message) }
      return store.sign(
        MessageFrame.encode(UploadResponse(hubEpoch: 1, state: .refused("quota"))),
        answering: Hash.sha256(message))
    }
    let report = try await SyncClient(replica: scene.liaison, transport: line).sync()
    #expect(report.complete && report.filesLeft == 1)
    let status = try scene.liaison.status()
    #expect(status.received == status.saved)
    #expect(status.files.refused == 1 && status.files.received == 0)
    #expect(status.files.pendingBytes >= 40_000)
    #expect(try await scene.town.client(scene.liaison).sync().filesGiven == 1)
  }
}
