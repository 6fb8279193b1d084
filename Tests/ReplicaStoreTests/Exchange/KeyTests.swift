import Forms
import GRDB
import Foundation
import Identity
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct KeyTests {
  private static let secret = "The words that nobody else may read."

  private static func sealed() -> Answers {
    Village.report(["summary": .value(.text(secret))])
  }

  @Test func `a case worker admitted later is granted by one who can already read`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let first = try village.join(.caseWorker, ["north"], name: "first")
    try village.admit(first, areas: ["north"])
    try village.sync(liaison)
    let saved = try liaison.record(form: "report", answers: Self.sealed())
    try village.sync(liaison)
    try village.sync(first)
    let second = try village.join(.caseWorker, ["north"], name: "second")
    try village.admit(second, areas: ["north"])
    try village.sync(second)
    #expect(try second.show(saved.record).line.unopened == 1)
    try village.sync(first)
    try village.sync(second)
    #expect(try second.show(saved.record).state["summary"]?.value == .text(Self.secret))
  }

  @Test func `after a reader is revoked its next epoch is not granted to it`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let gone = try village.join(.caseWorker, ["north"], name: "gone")
    try village.admit(gone, areas: ["north"])
    try village.sync(liaison)
    _ = try liaison.record(form: "report", answers: Self.sealed())
    try village.sync(liaison)
    try village.admit(gone, areas: ["north"], version: 2, state: .revoked)
    try village.sync(liaison)
    let later = try liaison.record(form: "report", answers: Self.sealed())
    try village.sync(liaison)
    // It is still enrolled, so the bytes reach it; the key does not.
    try village.sync(gone)
    #expect(try gone.show(later.record).line.unopened == 1)
    #expect(try liaison.db.read { try liaison.currentEpoch($0)?.number } == 2)
  }

  @Test func `the recovery key opens what every case worker has lost`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let saved = try liaison.record(form: "report", answers: Self.sealed())
    let entries = try liaison.db.read { db in
      try Row.fetchAll(
        db, sql: "SELECT \(EntryTable.columns) FROM entry WHERE origin = ? AND seq <= 3 ORDER BY seq",
        arguments: [OriginTable.row(liaison.identity.origin, in: db)]
      ).map { try EntryTable.entry($0, coded: CodedTables(liaison, db)) }
    }
    let epoch = try #require(entries.first { $0.envelope.kind == .epoch })
    let grant = try #require(entries.first { $0.envelope.kind == .grant })
    let report = try #require(entries.first { $0.envelope.record == saved.record })
    let commitment = try #require(epoch.operationalBytes("commitment").flatMap { Digest32($0) })
    let list = try GrantList(encoded: try #require(grant.operationalBytes("grants")))
    let secret = try HPKEKeyWrapping().open(
      try #require(list[village.recovery.publicKey]), programme: liaison.programme.id,
      origin: liaison.identity.origin, epoch: 1, commitment: commitment, with: village.recovery)
    let plain = try SectionSealer.shipped.open(
      try #require(report.sensitive.bytes), part: .sensitive, record: saved.record,
      salt: report.rootSalt.salt(of: .sensitive),
      key: secret.recordKey(saved.record, origin: liaison.identity.origin))
    let writes = try decodeFieldWrites(plain)
    #expect(writes.map(\.name) == ["summary"])
  }

  @Test func `a hub that adds a reader of its own is refused, and nothing is granted`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    let stranger = DeviceIdentity(using: &generator)
    let false_ = SignedStatement(
      Statement(
        .reader(
          ReaderStatement(
            state: .active, role: .caseWorker, keys: stranger.publicIdentity, areas: ["north"])),
        version: 1), signedBy: SigningKeyPair(using: &generator))
    #expect(throws: (any Error).self) {
      try liaison.db.write { db in try liaison.accept(statement: false_.encoded, in: db) }
    }
  }

  @Test func `an older statement than the one held is refused`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north"], name: "office")
    func statement(_ version: UInt64) -> SignedStatement {
      SignedStatement(
        Statement(
          .reader(
            ReaderStatement(
              state: .active, role: .caseWorker, keys: office.identity.publicIdentity,
              areas: ["north"])), version: version), signedBy: village.authority)
    }
    try liaison.db.write { db in _ = try liaison.accept(statement: statement(2).encoded, in: db) }
    #expect(throws: SyncRefusal.olderStatement) {
      try liaison.db.write { db in try liaison.accept(statement: statement(1).encoded, in: db) }
    }
  }

  @Test func `the hub's files hold no word of a sealed section`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    try village.sync(liaison)
    let canaries = (0..<100).map { "canary\($0)x\(UInt32.random(in: .min ... .max))" }
    for canary in canaries {
      _ = try liaison.record(
        form: "report", answers: Village.report(["summary": .value(.text(canary))]))
    }
    try village.sync(liaison)
    // Even with the hub's own key: what it holds in the clear is searched, page by page.
    let texts = try village.hub.db.read { db in
      try Data.fetchAll(
        db,
        sql: """
          SELECT operational FROM entry UNION ALL SELECT coded FROM entry WHERE coded IS NOT NULL
          UNION ALL SELECT sensitive FROM entry WHERE sensitive IS NOT NULL
          UNION ALL SELECT identity FROM entry WHERE identity IS NOT NULL
          """)
    }
    for canary in canaries {
      #expect(!texts.contains { $0.range(of: Data(canary.utf8)) != nil })
    }
    for file in try FileManager.default.subpathsOfDirectory(atPath: village.directory) {
      guard let bytes = FileManager.default.contents(atPath: village.directory + "/" + file) else {
        continue
      }
      for canary in canaries {
        #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(file)")
      }
    }
    // The search itself finds a canary where it does lie in the clear.
    #expect(try office.list().isEmpty)
    try village.sync(office)
    #expect(try office.find(canaries[0]).count == 1)
  }
}
