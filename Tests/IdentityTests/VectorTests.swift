import Identity
import SyncCore
import SyncWire
import Testing

@Suite struct VectorTests {
  @Test func `the vectors are where they should be`() {
    #expect(Vector.all.count { $0.expect == "accept" } >= 8)
    #expect(Vector.all.count { $0.expect != "accept" } >= 15)
  }

  @Test(arguments: Vector.all) func `a vector is accepted or refused as it says`(
    _ vector: Vector
  ) throws {
    do {
      try check(vector)
      #expect(vector.expect == "accept")
    } catch let error as IdentityError {
      #expect(vector.expect == "refuse:\(error.code.rawValue)")
    }
  }

  /// Runs one case. What an accepted case states about its result is checked here.
  private func check(_ v: Vector) throws {
    switch v.kind {
    case "words":
      let words = Words.fingerprint(try v.bytes("subject"))
      #expect(words.description == (try v.text("words")))
      #expect(Words(try v.text("words")) == words)
    case "statement": try statement(v)
    case "invite": try invite(v)
    case "commitment":
      let secret = try #require(EpochSecret(try v.bytes("secret")))
      let made = secret.commitment(
        programme: try v.bytes16("programme"), origin: try v.digest("origin"),
        epoch: try v.number("epoch"))
      #expect(made == (try v.digest("commitment")))
    case "sealed": try sealed(v)
    case "epoch-grant":
      let pair = try #require(OpeningKeyPair(seed: try v.bytes("opening")))
      let secret = try HPKEKeyWrapping().open(
        try #require(Grant(try v.bytes("grant"))), programme: try v.bytes16("programme"),
        origin: try v.digest("origin"), epoch: try v.number("epoch"),
        commitment: try v.digest("commitment"), with: pair)
      #expect(secret.stored == (try v.bytes("secret")))
    case "record-grant":
      let pair = try #require(OpeningKeyPair(seed: try v.bytes("opening")))
      let key = try HPKEKeyWrapping().open(
        try #require(Grant(try v.bytes("grant"))), programme: try v.bytes16("programme"),
        record: try v.bytes16("record"), with: pair)
      #expect(key.stored == (try v.bytes("recordKey")))
    case "grants":
      let list = try GrantList(encoded: try v.bytes("encoded"))
      #expect(list.encoded == (try v.bytes("encoded")))
      #expect(list.grants.keys.map(\.hex).sorted() == v.lists["readers"])
    case "token":
      let secret = try #require(HubToken.Secret(try v.bytes("secret")))
      let token = HubToken(try v.bytes16("token"))
      let origin = try v.digest("origin")
      let window = UInt32(try v.number("window"))
      let verdict = secret.check(token, from: origin, window: window)
      #expect("\(verdict)" == (try v.text("verdict")))
      let own = UInt32(token.bytes.high >> 32)
      #expect((secret.token(for: origin, window: own) == token) == (verdict != .foreign))
    default: Issue.record("unknown kind \(v.kind)")
    }
  }

  private func statement(_ v: Vector) throws {
    let authority = try #require(SigningPublicKey(try v.bytes("authority")))
    let encoded = try v.bytes("encoded")
    let signed = try SignedStatement(
      encoded: encoded, programme: ProgrammeIdentity(authority: authority))
    #expect(signed.encoded == encoded)
    #expect(signed.statement.payload == (try v.bytes("payload")))
    #expect(signed.hash == (try v.digest("leaf")))
  }

  private func invite(_ v: Vector) throws {
    let invite = try Invite(text: try v.text("text"))
    #expect(invite.encoded == (try v.bytes("encoded")))
    #expect(invite.secret.hash == (try v.digest("secretHash")))
    #expect(try Invite(text: invite.text) == invite)
  }

  private func sealed(_ v: Vector) throws {
    let secret = try #require(EpochSecret(try v.bytes("epochSecret")))
    let record = try v.bytes16("record")
    let key = secret.recordKey(record, origin: try v.digest("origin"))
    let dictionary = try v.bytes("dictionary")
    let sealer = SectionSealer(
      deflate: Deflate(dictionary: dictionary), inflate: Inflate(dictionary: dictionary))
    let part = try #require(SensitivityClass(rawValue: UInt8(try v.number("part"))))
    let content = try sealer.open(
      try v.bytes("sealed"), part: part, record: record, salt: try v.bytes16("salt"), key: key)
    #expect(content == (try v.bytes("content")))
    #expect(key.stored == (try v.bytes("recordKey")))
  }
}
