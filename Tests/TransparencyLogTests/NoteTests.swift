import Crypto
import SyncCore
import Testing
import TransparencyLog

@Suite struct NoteTests {
  private let signer: NoteSigner
  private let committee: NoteSigner
  private let log: LogIdentity

  init() throws {
    func key(_ byte: UInt8) throws -> NoteSigner {
      NoteSigner(try .init(rawRepresentation: [UInt8](repeating: byte, count: 32)))
    }
    signer = try key(1)
    committee = try key(2)
    log = try LogIdentity(
      origin: LogOrigin(programme: ProgrammeID(high: 1, low: 2), epoch: 3),
      publicKey: signer.publicKey)
  }

  private func signed(_ size: UInt64 = 9) throws -> SignedCheckpoint {
    let checkpoint = try Checkpoint(origin: log.origin, size: size, root: Hash.sha256(domain: "t"))
    return try SignedCheckpoint(signing: checkpoint, with: signer, at: 1_750_000_000)
  }

  @Test func `what the hub signs, a device that knows the log accepts`() throws {
    let sent = try signed()
    let received = try SignedCheckpoint(bytes: sent.bytes, origin: log.origin)
    let verified = try received.verify(as: log)
    #expect(verified.checkpoint == sent.checkpoint)
    #expect(verified.hubTime == 1_750_000_000)
    #expect(verified.countersignatures.isEmpty)
  }

  @Test func `a checkpoint of another hub epoch or programme is refused under the same key`() throws
  {
    let own = try signed()
    let programme = ProgrammeID(high: 1, low: 2)
    for origin in [
      LogOrigin(programme: programme, epoch: 2), LogOrigin(programme: programme, epoch: 4),
      LogOrigin(programme: ProgrammeID(high: 1, low: 3), epoch: 3),
    ] {
      let other = try SignedCheckpoint(
        signing: Checkpoint(origin: origin, size: 9, root: own.checkpoint.root), with: signer,
        at: 1_750_000_000)
      let its = try LogIdentity(origin: origin, publicKey: signer.publicKey)
      #expect(try other.verify(as: its).checkpoint == other.checkpoint)
      #expect(throws: TransparencyLogError(.wrongOrigin)) { try other.verify(as: log) }
    }
  }

  @Test func `any flipped bit of the binary form is refused`() throws {
    let bytes = try signed().bytes
    for bit in 0..<bytes.count * 8 {
      var changed = bytes
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: TransparencyLogError.self) {
        try SignedCheckpoint(bytes: changed, origin: log.origin).verify(as: log)
      }
    }
  }

  @Test func `no changed byte of a note survives unnoticed`() throws {
    let bytes = try signed().note(of: log).bytes
    for place in bytes.indices {
      for byte: UInt8 in [0x00, 0x0A, 0x20, 0x2B, 0x41, bytes[place] ^ 1] where byte != bytes[place]
      {
        var changed = bytes
        changed[place] = byte
        #expect(throws: TransparencyLogError.self) {
          try VerifiedCheckpoint(note: SignedNote(bytes: changed), of: log)
        }
      }
    }
  }

  @Test func `a cut note never parses as another checkpoint`() throws {
    let bytes = try signed().note(of: log).bytes
    for count in bytes.indices {
      #expect(throws: TransparencyLogError.self) {
        try VerifiedCheckpoint(note: SignedNote(bytes: Array(bytes[..<count])), of: log)
      }
    }
  }

  @Test func `random bytes neither crash the reader nor pass it`() throws {
    let seed: UInt64 = 20
    print("seed \(seed)")
    let note = try signed().note(of: log).bytes
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<2_000 {
      var bytes = note
      for _ in 0...random(4) {
        let low = random(bytes.count + 1)
        let high = min(bytes.count, low + random(40))
        let junk = (0..<random(40)).map { _ in UInt8(random(256)) }
        bytes.replaceSubrange(
          low..<high, with: random(2) == 0 ? junk : Array(note.suffix(random(90))))
        if bytes.isEmpty { bytes = note }
      }
      guard let parsed = try? SignedNote(bytes: bytes) else { continue }
      #expect(parsed.bytes == bytes, "a note has one form only")
      guard let found = try? VerifiedCheckpoint(note: parsed, of: log) else { continue }
      #expect(found.checkpoint == (try signed().checkpoint))
    }
  }

  @Test func `a committee's countersignature counts for its own checkpoint only`() throws {
    let name = try KeyName("yarrow/committee/north")
    let key = try NoteVerifierKey(
      name: name, type: .cosignature, publicKey: committee.publicKey)
    var note = try signed().note(of: log)
    try note.add(committee.cosignature(over: note.body, as: name, at: 1_750_000_060))
    let before = note
    try note.add(#require(note.signatures.last))
    #expect(note == before)
    let found = try VerifiedCheckpoint(note: note, of: log, cosigners: [key])
    #expect(found.countersignatures.map(\.time) == [1_750_000_060])

    let other = try signed(10).note(of: log, countersignatures: [#require(note.signatures.last)])
    #expect(throws: TransparencyLogError(.invalidSignature)) {
      try VerifiedCheckpoint(note: other, of: log, cosigners: [key])
    }
    #expect(try VerifiedCheckpoint(note: other, of: log).countersignatures.isEmpty)
  }

  @Test func `a plain signature of a committee is no countersignature`() throws {
    let name = try KeyName("yarrow/committee/north")
    let key = try NoteVerifierKey(name: name, type: .ed25519, publicKey: committee.publicKey)
    var note = try signed().note(of: log)
    try note.add(committee.signature(over: note.body, as: name))
    #expect(try note.verify(with: [key]).count == 1)
    #expect(try VerifiedCheckpoint(note: note, of: log, cosigners: [key]).countersignatures == [])
  }

  @Test func `a signer that fails is told apart from a false signature`() throws {
    struct Unplugged: Error {}
    let checkpoint = try signed().checkpoint
    for broken in [
      NoteSigner(publicKey: signer.publicKey) { _ in throw Unplugged() },
      NoteSigner(publicKey: signer.publicKey) { _ in [1, 2, 3] },
    ] {
      #expect(throws: TransparencyLogError(.signerFailed)) {
        try SignedCheckpoint(signing: checkpoint, with: broken, at: 1)
      }
    }
    #expect(throws: TransparencyLogError(.timeOutOfRange)) {
      try SignedCheckpoint(signing: checkpoint, with: signer, at: 1 << 63)
    }
  }

  @Test func `key names that look alike are different names`() throws {
    #expect(try KeyName("caf\u{E9}") != KeyName("cafe\u{301}"))
    for wrong in [
      "", "a b", "a+b", "a\u{A0}b", "a\nb", "a\u{1}b", String(repeating: "x", count: 256),
    ] {
      #expect(throws: TransparencyLogError(.invalidKeyName)) { try KeyName(wrong) }
    }
  }

  @Test func `a note larger than any log writes is refused before it is read`() throws {
    let huge = [UInt8](repeating: 0x0A, count: SignedNote.bytesMax + 1)
    #expect(throws: TransparencyLogError(.tooLong)) { try SignedNote(bytes: huge) }
    let full = [UInt8](repeating: 0x0A, count: SignedNote.bytesMax)
    #expect(throws: TransparencyLogError(.malformedNote)) { try SignedNote(bytes: full) }
  }
}
