import Identity
import SyncCore
import Testbed
import Testing

@Suite struct StatementBookTests {
  private let authority: SigningKeyPair
  private let workers: [DevicePublicIdentity]
  private let programme: ProgrammeIdentity

  init() {
    var random = SplitMix64(seed: 10)
    authority = SigningKeyPair(using: &random)
    workers = (0..<4).map { _ in DeviceIdentity(using: &random).publicIdentity }
    programme = ProgrammeIdentity(authority: authority.publicKey)
  }

  private func signed(_ body: StatementBody, _ version: UInt64) -> SignedStatement {
    SignedStatement(Statement(body, version: version), signedBy: authority)
  }

  private func reader(
    _ n: Int, _ state: ReaderStatement.State = .active, _ role: ReaderStatement.Role = .caseWorker,
    areas: [String] = ["east"]
  ) -> StatementBody {
    .reader(ReaderStatement(state: state, role: role, keys: workers[n], areas: areas))
  }

  @Test func `a newer statement replaces an older one, and the older is refused after it`() throws {
    var book = StatementBook(programme: programme.id)
    #expect(try book.accept(signed(reader(0), 1)) == .accepted)
    #expect(try book.accept(signed(reader(0), 1)) == .known)
    #expect(try book.accept(signed(reader(0, .revoked), 3)) == .accepted)
    #expect(try book.accept(signed(reader(0), 2)) == .older(held: 3))
    #expect(book.reader(workers[0].origin)?.state == .revoked)
    #expect(book.readers(forAreas: ["east"]).isEmpty)
    #expect(book.statements.count == 1)
  }

  @Test func `another content under a held version is refused, with the proof at hand`() throws {
    var book = StatementBook(programme: programme.id)
    let first = signed(.recovery(workers[0].opening), 1)
    _ = try book.accept(first)
    #expect(
      try book.accept(signed(.recovery(workers[1].opening), 1)) == .contradicts(held: first))
    #expect(book.recoveryKey == workers[0].opening)
    #expect(try book.accept(signed(.recovery(workers[1].opening), 2)) == .accepted)
    #expect(book.recoveryKey == workers[1].opening)
  }

  @Test func `statements of another programme are refused`() throws {
    var random = SplitMix64(seed: 11)
    var book = StatementBook(programme: programme.id)
    let foreign = SignedStatement(
      Statement(.policy([1]), version: 9), signedBy: SigningKeyPair(using: &random))
    #expect(throws: IdentityError(.statementProgramme)) { try book.accept(foreign) }
    #expect(book.policy == nil)
    #expect(throws: IdentityError(.statementSignature)) {
      try SignedStatement(encoded: foreign.encoded, programme: programme)
    }
  }

  @Test func `only active case workers of a shared area are granted epochs`() throws {
    var book = StatementBook(programme: programme.id)
    for body in [
      reader(0, areas: ["east", "west"]), reader(1, areas: ["north"]),
      reader(2, .active, .liaison), reader(3, .revoked),
    ] { _ = try book.accept(signed(body, 1)) }
    #expect(book.readers(forAreas: ["west", "south"]).map(\.keys) == [workers[0]])
    #expect(book.readers(forAreas: ["east"]).map(\.keys) == [workers[0]])
    #expect(book.readers(forAreas: ["east"], role: .liaison).map(\.keys) == [workers[2]])
    #expect(book.readers(forAreas: []).isEmpty)
    #expect(book.reader(workers[3].origin)?.state == .revoked)
  }

  @Test func `every version of a form and every hub epoch stays known, in any order`() throws {
    var book = StatementBook(programme: programme.id)
    func form(_ version: UInt64) -> SignedStatement {
      signed(.form(FormStatement(name: "report", yaml: [UInt8(version)])), version)
    }
    for version: UInt64 in [2, 1, 4] { #expect(try book.accept(form(version)) == .accepted) }
    #expect(try book.accept(form(1)) == .known)
    #expect(book.form("report")?.version == 4)
    #expect(book.form("report", version: 1)?.form.yaml == [1])
    #expect(book.form("report", version: 3) == nil)
    #expect(book.formNames == ["report"])
    let other = signed(.form(FormStatement(name: "report", yaml: [9])), 1)
    #expect(try book.accept(other) == .contradicts(held: form(1)))
    for epoch: UInt64 in [2, 1] {
      let hub = HubStatement(
        logKey: workers[Int(epoch)].signing, tlsPin: .zero, lastSize: 0, lastRoot: .zero)
      #expect(try book.accept(signed(.hub(hub), epoch)) == .accepted)
    }
    #expect(book.hub()?.epoch == 2)
    #expect(book.hub(epoch: 1)?.hub.logKey == workers[1].signing)
    #expect(book.hub(epoch: 3) == nil)
  }

  @Test func `no single bit of a signed statement can change`() throws {
    let encoded = signed(reader(0), 1).encoded
    _ = try SignedStatement(encoded: encoded, programme: programme)
    for bit in 0..<encoded.count * 8 {
      var altered = encoded
      altered[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: IdentityError.self, "bit \(bit)") {
        try SignedStatement(encoded: altered, programme: programme)
      }
    }
  }

  @Test func `a statement past the limit is refused before it is read`() throws {
    let long = signed(.policy([UInt8](repeating: 0x20, count: 300_000)), 1)
    #expect(throws: IdentityError(.statementTooLong)) {
      try SignedStatement(encoded: long.encoded, programme: programme)
    }
    // The signature and a few heads stand beside what the policy itself may take.
    let fits = signed(.policy([UInt8](repeating: 0x20, count: 262_144 - 90)), 1)
    #expect(try SignedStatement(encoded: fits.encoded, programme: programme) == fits)
  }
}
