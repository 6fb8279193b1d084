import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import ReplicaStore

/// Files between a device and a hub, message by message.
@Suite struct AttachmentLaneTests {
  private struct Scene {
    let village: Village
    let liaison: Replica
    let office: Replica
    let file: AttachmentContent
    let record: RecordID
  }

  /// A liaison's note with a file of three chunks; the text is at the hub and at the office.
  private func scene(bytes: Int = 40_000) throws -> Scene {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let report = try liaison.record(form: "report", answers: Village.report()).record
    let file = try AttachingTests.file(bytes)
    let saved = try AttachingTests.note(liaison, on: report, file)
    try village.sync(liaison)
    try village.sync(office)
    return Scene(
      village: village, liaison: liaison, office: office, file: file, record: saved.record)
  }

  private func give(
    _ scene: Scene, _ pending: PendingFile, lacking: ChunkSet?, bytesMax: Int = 1
  ) throws -> UploadResponse.State {
    let sent = try scene.liaison.uploadRequest(pending, lacking: lacking, bytesMax: bytesMax)
    let answer = try #require(try scene.village.answer(sent.bytes))
    return try scene.liaison.receiveUpload(answer, to: sent)
  }

  private func giveAll(_ scene: Scene) throws {
    for pending in try scene.liaison.filesToGive() {
      #expect(try give(scene, pending, lacking: nil, bytesMax: 1 << 20) == .stored)
    }
  }

  private func fetch(_ replica: Replica, _ village: Village, budget: Int = 1) throws
    -> Replica.FileReceived
  {
    let pending = try #require(try replica.filesToFetch().first)
    let sent = try replica.downloadRequest(pending, byteBudget: budget)
    return try replica.receiveDownload(try #require(try village.answer(sent.bytes)), to: sent)
  }

  @Test func `a file goes up whole in one message, and only the hub's word makes it received`()
    throws
  {
    let scene = try scene()
    #expect(try scene.liaison.attachments().map(\.state) == [.saved])
    let pending = try #require(try scene.liaison.filesToGive().first)
    let sent = try scene.liaison.uploadRequest(pending, lacking: nil, bytesMax: 1 << 20)
    let answer = try #require(try scene.village.answer(sent.bytes))
    #expect(try scene.liaison.attachments().map(\.state) == [.saved])
    #expect(try scene.liaison.receiveUpload(answer, to: sent) == .stored)
    #expect(try scene.liaison.attachments().map(\.state) == [.received])
    #expect(try scene.liaison.filesToGive().isEmpty)
    // The same message again gets the same word.
    let again = try #require(try scene.village.answer(sent.bytes))
    #expect(try scene.liaison.receiveUpload(again, to: sent) == .stored)
    #expect(try scene.village.hub.verify().isSound)
  }

  @Test func `chunk by chunk, with every answer lost once, nothing durable is sent twice`() throws {
    let scene = try scene()
    func pending() throws -> PendingFile { try #require(try scene.liaison.filesToGive().first) }
    // The first message brings manifest and chunk 0; its answer is lost.
    let first = try scene.liaison.uploadRequest(pending(), lacking: nil, bytesMax: 1)
    #expect(first.numbers == [0])
    _ = try scene.village.answer(first.bytes)
    // Then the device asks, with neither, and hears what is lacking.
    #expect(try pending().isOffered)
    let asked = try scene.liaison.uploadRequest(pending(), lacking: nil, bytesMax: 1 << 20)
    #expect(asked.numbers.isEmpty)
    #expect(asked.bytes.count < 300)
    let answer = try #require(try scene.village.answer(asked.bytes))
    let lacking = ChunkSet(count: 3, all: [1, 2])
    #expect(try scene.liaison.receiveUpload(answer, to: asked) == .lacking(lacking))
    #expect(
      try give(scene, pending(), lacking: lacking) == .lacking(ChunkSet(count: 3, all: [2])))
    #expect(try give(scene, pending(), lacking: ChunkSet(count: 3, all: [2])) == .stored)
    #expect(try scene.village.hub.verify().isSound)
  }

  @Test func `a hub that never got the first message asks for the manifest`() throws {
    let scene = try scene()
    func pending() throws -> PendingFile { try #require(try scene.liaison.filesToGive().first) }
    _ = try scene.liaison.uploadRequest(pending(), lacking: nil, bytesMax: 1)
    #expect(try give(scene, pending(), lacking: nil) == .unknown)
    #expect(try give(scene, pending(), lacking: nil, bytesMax: 1 << 20) == .stored)
  }

  @Test func `a case worker fetches it chunk by chunk, goes on after a cut, and reads it`() throws {
    let scene = try scene()
    #expect(try scene.office.attachments().map(\.state) == [.missing])
    #expect(try scene.office.attachments().map(\.descriptor.size) == [40_000])
    // Text was there before the file: the hub has none of it yet.
    #expect(try fetch(scene.office, scene.village) == Replica.FileReceived())
    try giveAll(scene)
    #expect(
      try fetch(scene.office, scene.village)
        == Replica.FileReceived(isHere: true, chunks: 1, isWhole: false))
    // An answer that is lost costs its chunk and nothing else.
    let lost = try scene.office.downloadRequest(
      try #require(try scene.office.filesToFetch().first), byteBudget: 1)
    #expect(lost.numbers == [1, 2])
    _ = try scene.village.answer(lost.bytes)
    #expect(
      try fetch(scene.office, scene.village, budget: 1 << 20)
        == Replica.FileReceived(isHere: true, chunks: 2, isWhole: true))
    #expect(try scene.office.filesToFetch().isEmpty)
    let line = try #require(try scene.office.attachments().first)
    #expect(line.state == .received)
    #expect(try scene.office.content(of: line) == scene.file.bytes)
    #expect(try scene.office.verify().ok)
  }

  @Test func `a liaison fetches what the office attached to its record`() throws {
    let scene = try scene()
    let answer = try AttachingTests.file(20_000, 9, name: "answer.bin")
    _ = try scene.office.edit(
      scene.record, answers: Answers(["attachment": answer.answer]), files: [answer])
    try scene.village.sync(scene.office)
    try scene.village.sync(scene.liaison)
    let pending = try #require(try scene.office.filesToGive().first)
    let sent = try scene.office.uploadRequest(pending, lacking: nil, bytesMax: 1 << 20)
    let word = try scene.office.receiveUpload(
      try #require(try scene.village.answer(sent.bytes)), to: sent)
    #expect(word == .stored)
    #expect(try fetch(scene.liaison, scene.village, budget: 1 << 20).isWhole)
    let line = try #require(
      try scene.liaison.attachments().first { $0.descriptor.name.text == "answer.bin" })
    #expect(try scene.liaison.content(of: line) == answer.bytes)
  }

  // MARK: Who may

  @Test func `whoever does not have the record gets nothing, and is told nothing`() throws {
    let scene = try scene()
    try giveAll(scene)
    let village = scene.village
    let manifest = try #require(
      try scene.liaison.db.read {
        try Row.fetchOne($0, sql: "SELECT record, address FROM attachment")
      })
    func ask(_ replica: Replica, address: Digest32? = nil) throws -> DownloadResponse? {
      let request = DownloadRequest(
        origin: replica.identity.origin,
        token: try replica.read { try SettingTable(db: $0).bytes(SettingName.token) } ?? [],
        record: try #require(RecordID(Array(manifest["record"] as Data))),
        address: try address ?? #require(Digest32(Array(manifest["address"] as Data))),
        byteBudget: 1 << 20, wantsManifest: true, wanted: nil)
      let bytes = MessageSigning.sign(
        MessageFrame.encode(request), by: replica.signer, programme: replica.programme.id)
      guard let answer = try village.answer(bytes) else { return nil }
      return try MessageFrame(answer, expecting: .downloadResponse, limits: .specified)
        .downloadResponse(record: request.record, limits: .specified)
    }
    let other = try village.join(.liaison, ["north"], name: "other")
    let south = try village.join(.caseWorker, ["south"], name: "south")
    let nowhere = Hash.sha256(Array("nothing".utf8))
    // A file that exists and one that doesn't are the same to them.
    for replica in [other, south] {
      #expect(try ask(replica) == DownloadResponse(hubEpoch: 1, isHere: false))
      #expect(try ask(replica, address: nowhere) == DownloadResponse(hubEpoch: 1, isHere: false))
    }
    #expect(try ask(scene.office)?.isHere == true)
    #expect(try ask(scene.office, address: nowhere)?.isHere == false)
    // A committee and a revoked device are not even answered.
    let committee = try village.join(.committee, [], name: "committee")
    #expect(try ask(committee) == nil)
    try village.hub.run { [origin = scene.office.identity.origin] in
      try $0.revoke(origin, reason: "left")
    }
    #expect(try ask(scene.office) == nil)
  }

  @Test func `nobody gives files to a record in which they may not write`() throws {
    let scene = try scene()
    let other = try scene.village.join(.liaison, ["north"], name: "other")
    let sealed = try AttachmentSealer.seal(
      [1, 2, 3], record: scene.record, key: #require(RecordKey([UInt8](repeating: 1, count: 32))))
    func word(_ replica: Replica, _ manifest: AttachmentManifest, record: RecordID) throws
      -> UploadResponse.State?
    {
      let request = UploadRequest(
        origin: replica.identity.origin,
        token: try replica.read { try SettingTable(db: $0).bytes(SettingName.token) } ?? [],
        record: record, address: manifest.address, manifest: manifest,
        chunks: [PlacedChunk(index: 0, sealed: sealed.chunks[0])])
      let bytes = MessageSigning.sign(
        MessageFrame.encode(request), by: replica.signer, programme: replica.programme.id)
      return try scene.village.answer(bytes).map {
        try MessageFrame($0, expecting: .uploadResponse, limits: .specified)
          .uploadResponse(limits: .specified).state
      }
    }
    #expect(try word(other, sealed.manifest, record: scene.record) == .refused("scope"))
    let strange = RecordID(high: 1, low: 1)
    let elsewhere = try #require(
      AttachmentManifest(
        record: strange, salt: sealed.manifest.salt, chunks: sealed.manifest.chunks))
    #expect(try word(other, elsewhere, record: strange) == .refused("record-unknown"))
    #expect(try word(scene.office, sealed.manifest, record: scene.record) == .stored)
    // A chunk that is not the manifest's changes nothing.
    let false_ = try #require(
      AttachmentManifest(
        record: scene.record, salt: Salt(high: 8, low: 8), chunks: [Hash.sha256([1])]))
    #expect(try word(scene.office, false_, record: scene.record) == nil)
    #expect(try scene.village.hub.verify().isSound)
  }

  @Test(arguments: ["record-full", "quota", "hub-full"])
  func `a file beyond a limit is refused by its word before a byte of it is kept`(_ word: String)
    throws
  {
    let scene = try scene()
    scene.village.hub.quota.withLock {
      switch word {
      case "record-full": $0.filesPerRecordMax = 0
      case "quota": $0.bytesPerOriginMax = 3 * 16_400 - 1
      default: $0.bytesMax = 3 * 16_400 - 1
      }
    }
    let pending = try #require(try scene.liaison.filesToGive().first)
    #expect(try give(scene, pending, lacking: nil, bytesMax: 1 << 20) == .refused(word))
    let line = try #require(try scene.liaison.attachments().first)
    #expect(line.state == .saved)
    #expect(line.refused == word)
    #expect(
      try scene.village.hub.db.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM attachment") }
        == 0)
    // Nothing is lost: with room it goes, from the beginning.
    scene.village.hub.quota.withLock { $0 = AttachmentQuota() }
    try giveAll(scene)
    #expect(try scene.liaison.attachments().first?.refused == nil)
  }

  // MARK: False hubs and lost disks

  @Test func `chunks that were not asked for, or are not the file's, are refused`() throws {
    let scene = try scene()
    try giveAll(scene)
    let pending = try #require(try scene.office.filesToFetch().first)
    let sent = try scene.office.downloadRequest(pending, byteBudget: 1 << 20)
    let good = try MessageFrame(
      #require(try scene.village.answer(sent.bytes)), expecting: .downloadResponse,
      limits: .specified
    ).downloadResponse(record: scene.record, limits: .specified)
    func refused(_ change: (inout DownloadResponse) -> Void) throws {
      var response = good
      change(&response)
      let bytes = scene.village.hub.sign(
        MessageFrame.encode(response), answering: Hash.sha256(sent.bytes))
      #expect(throws: WireError.self) { try scene.office.receiveDownload(bytes, to: sent) }
      #expect(try scene.office.attachments().map(\.chunksHere) == [0])
    }
    try refused { $0.hubEpoch = 2 }
    try refused { $0.manifest = nil }
    try refused {
      $0.chunks[1] = PlacedChunk(index: 1, sealed: [UInt8](repeating: 0, count: 16_400))
    }
    try refused { response in
      let swapped = response.chunks[0].sealed
      response.chunks[0] = PlacedChunk(index: 0, sealed: response.chunks[1].sealed)
      response.chunks[1] = PlacedChunk(index: 1, sealed: swapped)
    }
    // Signed for another question.
    let bytes = scene.village.hub.sign(MessageFrame.encode(good), answering: .zero)
    #expect(throws: WireError(.signature)) { try scene.office.receiveDownload(bytes, to: sent) }
    #expect(
      try scene.office.receiveDownload(
        scene.village.hub.sign(MessageFrame.encode(good), answering: Hash.sha256(sent.bytes)),
        to: sent
      ).isWhole)
  }

  @Test func `a hub with a rotten chunk neither sends it nor calls the file stored`() throws {
    let scene = try scene()
    try giveAll(scene)
    try scene.village.hub.db.write {
      try $0.execute(sql: "UPDATE attachment_chunk SET bytes = zeroblob(16400) WHERE number = 1")
    }
    #expect(try !scene.village.hub.verify().isSound)
    #expect(try fetch(scene.office, scene.village, budget: 1 << 20).chunks == 2)
    try scene.liaison.db.write { try $0.execute(sql: "UPDATE attachment SET received = 0") }
    let pending = try #require(try scene.liaison.filesToGive().first)
    #expect(throws: StoreError.self) { try give(scene, pending, lacking: nil) }
    #expect(try scene.liaison.attachments().map(\.state) == [.saved])
  }

  @Test func `what a hub said in an epoch that is over does not count`() throws {
    let scene = try scene()
    try giveAll(scene)
    #expect(try scene.liaison.attachments().map(\.state) == [.received])
    try scene.liaison.db.write {
      try SettingTable(db: $0).set(SettingName.hubEpoch, 2)
    }
    #expect(try scene.liaison.attachments().map(\.state) == [.saved])
    #expect(try scene.liaison.filesToGive().count == 1)
  }

  @Test func `a record that moves away takes its files from the replica`() throws {
    let village = try Village()
    let north = try village.join(.caseWorker, ["north", "south"], name: "north")
    let south = try village.join(.caseWorker, ["north"], name: "south")
    try village.admit(north, areas: ["north", "south"])
    try village.admit(south, areas: ["north"])
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let report = try liaison.record(form: "report", answers: Village.report()).record
    let note = try AttachingTests.note(liaison, on: report, try AttachingTests.file(100))
    try village.sync(liaison)
    try village.sync(north)
    try village.sync(south)
    #expect(try south.filesToFetch().count == 1)
    _ = try north.move(note.record, to: "south")
    try village.sync(north)
    try village.sync(south)
    #expect(try south.filesToFetch().isEmpty)
    #expect(try north.filesToFetch().count == 1)
  }
}
