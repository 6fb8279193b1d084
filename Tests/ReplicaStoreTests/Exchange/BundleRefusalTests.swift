import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// Bundles that are not what they should be, and who they come from (bundle §2, §4, §5).
@Suite struct BundleRefusalTests {
  private func refusal(_ body: () throws -> Void) -> IdentityError.Code? {
    do { try body() } catch let error as IdentityError { return error.code } catch {
      Issue.record("\(error)")
    }
    return nil
  }

  private func storeRefusal(_ body: () throws -> Void) -> StoreError.Code? {
    do { try body() } catch let error as StoreError { return error.code } catch {
      Issue.record("\(error)")
    }
    return nil
  }

  @Test func `an altered, cut or foreign file is refused, and changes nothing`() throws {
    let village = try Village()
    let elsewhere = try Village()
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "carried")
    let file = try liaison.makeBundle().bytes
    let before = try village.hub.status().entries
    func code(_ bytes: [UInt8], at hub: HubStore? = nil) -> IdentityError.Code? {
      refusal { _ = try (hub ?? village.hub).take(bundle: bytes) }
    }
    for place in [1, 20, 33, 2_000, file.count - 1] {
      var altered = file
      altered[place] ^= 1
      #expect(code(altered) == .bundleNotOpened)
    }
    var other = file
    other[0] = 2
    #expect(code(other) == .bundleVersion)
    #expect(code([]) == .bundleVersion)
    #expect(code(Array(file.prefix(100))) == .bundleLength)
    #expect(code(Array(file.dropLast())) == .bundleLength)
    #expect(code(file + [0]) == .bundleLength)
    #expect(code([1] + [UInt8](repeating: 0, count: BundleSealer.bytesMax)) == .bundleTooLong)
    // A key of small order, with which everybody shares a secret.
    let weak = [1] + [UInt8](repeating: 0, count: 32) + Array(file.dropFirst(33))
    #expect(code(weak) == .bundleNotOpened)
    #expect(code(file, at: elsewhere.hub) == .bundleNotOpened)
    // Nor does the device take its own bundle for an answer.
    #expect(refusal { _ = try liaison.receive(bundle: file) } == .bundleNotOpened)
    #expect(try village.hub.status().entries == before)
    #expect(try village.take(file).here.entries > 0)
  }

  @Test func `what no member of this programme signed is refused, sealed as it may be`() throws {
    let village = try Village()
    let elsewhere = try Village()
    let hub = village.hub.keys
    let stranger = try elsewhere.settledLiaison()
    try elsewhere.report(by: stranger, "of another programme")
    let one = try village.settledLiaison("one")
    let two = try village.settledLiaison("two")
    try village.report(by: one, "of one")
    func requests(_ replica: Replica) throws -> [UInt8] {
      let short = try replica.nextRequest(byteBudget: 0, pushBytesMax: 10_000)
      if try replica.sayInFull(after: short) {
        return try replica.nextRequest(byteBudget: 0, pushBytesMax: 10_000).bytes
      }
      return short.bytes
    }
    func taken(_ messages: [[UInt8]]) throws -> StoreError.Code? {
      let file = try BundleSealer.seal(
        BundleRequests(messages), programme: hub.programme.id, to: hub.opening.publicKey)
      return storeRefusal { _ = try village.hub.take(bundle: file) }
    }
    let before = try village.hub.status().entries
    #expect(try taken([requests(stranger)]) == .notAllowed)
    #expect(try taken([requests(one), requests(two)]) == .notAllowed)
    var forged = try requests(one)
    forged[forged.count - 1] ^= 1
    #expect(try taken([forged]) == .notAllowed)
    #expect(try taken([one.joinRequest().bytes]) == .bundleRefused)
    #expect(try taken([[1, 1]]) == .bundleRefused)
    // In short nobody could ask back.
    let short = try village.settledLiaison("short")
    let inShort = try short.nextRequest(byteBudget: 0, pushBytesMax: 10_000)
    #expect(try inShort.isShort && taken([inShort.bytes]) == .bundleRefused)
    #expect(try taken([try #require(village.answer(try requests(two)))]) == .bundleRefused)
    #expect(try village.hub.status().entries == before)
    #expect(try taken([requests(one)]) == nil)
  }

  @Test func `a revoked device hands over once what it holds, and is told`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "held when it ended")
    let origin = liaison.identity.origin
    try village.hub.run { try $0.revoke(origin, reason: "lost_laptop") }
    let (here, file) = try village.take(try liaison.makeBundle())
    #expect(here.outcome == .revoked && here.entries > 0)
    let carried = try liaison.receive(bundle: file)
    #expect(carried.isRevoked && carried.received == 0 && !carried.isComplete)
    try village.report(by: liaison, "and afterwards")
    let (again, _) = try village.take(try liaison.makeBundle())
    #expect(again.outcome == .revoked && again.entries == 0)
    #expect(try village.hub.status().records == 1)
  }

  @Test func `a bundle that is put back after half a year does nothing, and a new one does`() throws
  {
    let village = try Village()
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "carried slowly")
    let old = try liaison.makeBundle()
    village.clock.advance(200 * 86_400)
    let (here, file) = try village.take(old)
    #expect(here.outcome == .repeated && here.entries == 0 && here.taken == 0)
    let carried = try liaison.receive(bundle: file)
    #expect(carried.isToRepeat && carried.received == 0)
    #expect(try village.carry(liaison).isComplete)
    #expect(try liaison.status().pending == 0)
  }

  @Test func `answers are for the device that asked, and for what it asked`() throws {
    let village = try Village()
    let hub = village.hub.keys
    let one = try village.settledLiaison("one")
    let two = try village.settledLiaison("two")
    try village.report(by: one, "of one")
    let (here, file) = try village.take(try one.makeBundle())
    #expect(refusal { _ = try two.receive(bundle: file) } == .bundleNotOpened)
    func sealed(_ answers: [BundleAnswers.Answer], _ reader: Replica) throws -> [UInt8] {
      try BundleSealer.seal(
        BundleAnswers(answers), programme: hub.programme.id,
        to: reader.identity.opening.publicKey)
    }
    let passedOn = try sealed(here.answers, two)
    #expect(storeRefusal { _ = try two.receive(bundle: passedOn) } == .bundleRefused)
    // An answer to something else, under the name of this request; and one that somebody else signed.
    try village.report(by: one, "of one, later")
    let later = try village.take(try one.makeBundle()).here.answers[0]
    var swapped = here.answers[0]
    swapped.message = later.message
    var forged = here.answers[0]
    forged.message[forged.message.count - 1] ^= 1
    for answer in [swapped, forged] {
      let file = try sealed([answer], one)
      #expect(throws: WireError.self) { try one.receive(bundle: file) }
    }
    #expect(try one.status().pending > 0)
    #expect(try one.receive(bundle: file).received > 0)
  }

  @Test func `nothing is sealed to a key that the authority has not named`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    let hub = try #require(try liaison.statements().hub()?.hub)
    #expect(hub.openingKey == village.hub.keys.opening.publicKey)
    var silent = hub
    silent.openingKey = nil
    let statement = SignedStatement(
      Statement(.hub(silent), version: 1), signedBy: village.authority)
    try liaison.db.write { db in
      try db.execute(
        sql: "DELETE FROM statement WHERE leaf_hash = ?",
        arguments: [
          Data(Hash.sha256(domain: "yarrow.statement-leaf/1", village.hub.hubStatement!).bytes)
        ])
      try StatementTable.insert(statement, in: db)
    }
    let reopened = try village.open("liaison")
    #expect(storeRefusal { _ = try reopened.makeBundle() } == .noBundleKey)
  }

  @Test func `a file tells nothing of who made it, nor how little is in it`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    let empty = try liaison.makeBundle().bytes
    try village.report(by: liaison, "one report")
    let full = try liaison.makeBundle().bytes
    #expect(empty.count == full.count && full[0] == 1)
    let text = Data(full)
    for secret in [
      liaison.identity.origin.bytes, liaison.identity.signing.publicKey.bytes,
      liaison.programme.id.bytes, village.hub.keys.opening.publicKey.bytes, Array("delta".utf8),
      Array("yarrow".utf8), Array("report".utf8),
    ] { #expect(text.range(of: Data(secret)) == nil) }
    // What went into it cannot be taken back any more.
    #expect(storeRefusal { _ = try liaison.undo(try liaison.list()[0].record) } == .alreadyOffered)
  }

  @Test func `a hub that was put back takes bundles, and says what they were worth`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    let backup = village.directory + "/backup"
    try village.hub.backup(to: backup)
    try village.report(by: liaison, "lost by the hub")
    try village.carry(liaison)
    try village.report(by: liaison, "new")
    let bundle = try liaison.makeBundle()
    try village.hub.db.close()
    try HubStore.restore(backup: backup, home: village.hub.home, key: Village.hubKey)
    let clock = village.clock
    let hub = try HubStore(home: village.hub.home, key: Village.hubKey, now: { clock.now })

    let waiting = try hub.take(bundle: bundle.bytes)
    #expect(waiting.outcome == .recovering)
    let told = try liaison.receive(bundle: hub.seal(answersOf: waiting))
    #expect(told.hubIsRecovering && told.received == 0)
    let statement = SignedStatement(try hub.nextHubStatement(), signedBy: village.authority)
    try hub.run { try $0.add(statement) }
    let old = try hub.take(bundle: bundle.bytes)
    #expect(old.outcome == .repeated)
    let file = try hub.seal(answersOf: old)
    #expect(try liaison.receive(bundle: file).newHubEpoch == 2)
    // Twice is once; and of the first epoch's answers none counts any more.
    #expect(try liaison.receive(bundle: file).news == 0)
    let all = try liaison.makeBundle()
    #expect(all.reports == 2)
    let carried = try liaison.receive(bundle: hub.seal(answersOf: hub.take(bundle: all.bytes)))
    #expect(carried.received == all.entries && carried.isComplete)
    #expect(try hub.status().records == 2)
    #expect(try hub.verify().problems == [])
    try hub.db.close()
  }

  @Test func `a home that was copied goes on under a new origin, by bundles alone`() throws {
    let village = try Village()
    let one = try village.settledLiaison("one")
    let two = try village.copy(one, name: "two")
    let origin = one.identity.origin
    try village.report(by: one, "of one")
    try village.report(by: two, "of two")
    try village.carry(one)
    var rounds = 0
    while two.identity.origin == origin, rounds < 8 {
      try village.carry(two)
      rounds += 1
    }
    #expect(two.identity.origin != origin, "after \(rounds)")
    for _ in 0..<4 {
      try village.carry(one)
      try village.carry(two)
    }
    for replica in [one, two] {
      #expect(try replica.status().records == 2)
      #expect(try replica.status().pending == 0)
      #expect(try replica.verify().problems == [])
    }
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `a file is whole or not there, and never takes another's place`() throws {
    let directory = NSTemporaryDirectory() + "carried-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/a"
    try CarriedFile.write([1, 2, 3], to: path)
    #expect(try CarriedFile.read(path, bytesMax: 3) == [1, 2, 3])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(storeRefusal { try CarriedFile.write([4], to: path) } == .fileExists)
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/link", withDestinationPath: directory + "/nowhere")
    #expect(storeRefusal { try CarriedFile.write([4], to: directory + "/link") } == .fileExists)
    #expect(storeRefusal { try CarriedFile.write([4], to: directory + "/no/such") } == .disk)
    #expect(storeRefusal { _ = try CarriedFile.read(path, bytesMax: 2) } == .bundleRefused)
    #expect(storeRefusal { _ = try CarriedFile.read(directory, bytesMax: 2) } == .notFound)
    #expect(try CarriedFile.read(path, bytesMax: 3) == [1, 2, 3])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["a", "link"])
  }
}
