import Crypto
import FoundationEssentials
import SyncCore
import SyncWire

@testable import Identity
@testable import ReplicaStore

let identityTargets = [
  Target(name: "grant") { input in
    guard let list = try? GrantList(encoded: input) else { return false }
    checkRoundTrip(list.encoded, input, "grants")
    return true
  },

  // One grant as it is, and one secret that this reader is granted: a key exchange each.
  Target(name: "wrapped") { input in
    var input = Input(input)
    let wrapping = HPKEKeyWrapping()
    let record = RecordID(high: 1, low: 2)
    guard input.byte() & 1 == 0 else {
      guard let grant = Grant(input.bytes(Grant.byteCount)) else { return false }
      let opened = try? wrapping.open(
        grant, programme: Keys.programme.id, record: record, with: Keys.opening)
      check(opened == nil, "a grant that nobody made was opened")
      return true
    }
    guard let key = RecordKey(input.bytes(32)) else { return false }
    let grant = wrapping.grant(
      key, programme: Keys.programme.id, record: record, to: Keys.opening.publicKey)
    let opened = try? wrapping.open(
      grant, programme: Keys.programme.id, record: record, with: Keys.opening)
    checkRoundTrip(opened?.stored ?? [], key.stored, "wrapped key")
    return true
  },

  // What is in a bundle is from an enemy too: whoever knows a key can seal to it.
  Target(name: "bundle") { input in
    var input = Input(input)
    let mode = input.byte() & 3
    let content = input.all()
    if mode & 2 != 0 {
      return mode & 1 == 0
        ? checkSealed(content, BundleRequests.self) : checkSealed(content, BundleAnswers.self)
    }
    guard mode & 1 == 0 else {
      guard let answers = try? BundleAnswers(encoded: content[...], limits: .specified) else {
        return false
      }
      checkRoundTrip(answers.encoded, content, "answers")
      return true
    }
    guard let requests = try? BundleRequests(encoded: content[...], limits: .specified) else {
      return false
    }
    checkRoundTrip(requests.encoded, content, "requests")
    return true
  },

  Target(name: "statement") { input in
    var accepted = false
    if let statement = try? Statement(payload: input) {
      accepted = true
      checkRoundTrip(statement.payload, input, "statement")
      let signed = SignedStatement(statement, signedBy: Unsigned())
      check(
        UncheckedStatement.read(signed.encoded) == statement,
        "a statement is not read as it was signed")
    }
    let signed = try? SignedStatement(
      encoded: input, programme: Keys.programme, verifier: CredulousVerifier())
    let unchecked = UncheckedStatement.read(input)
    check(signed?.statement == unchecked, "two readers of one statement do not agree")
    guard let signed else { return accepted }
    checkRoundTrip(signed.encoded, input, "signed statement")
    var book = StatementBook(programme: Keys.programme.id)
    check((try? book.accept(signed)) == .accepted, "a book does not take a first statement")
    check((try? book.accept(signed)) == .known, "a book does not know what it took")
    check(book.statements == [signed], "a book holds something else than it took")
    return true
  },

  Target(name: "invite") { input in
    var input = Input(input)
    guard input.byte() & 1 == 0 else {
      let text = String(decoding: input.all(), as: UTF8.self)
      guard let invite = try? Invite(text: text) else { return false }
      check((try? Invite(text: invite.text)) == invite, "an invite's text is not read back")
      return true
    }
    let content = input.all()
    guard let invite = try? Invite(encoded: content) else { return false }
    checkRoundTrip(invite.encoded, content, "invite")
    check((try? Invite(text: invite.text)) == invite, "an invite's text is not read back")
    return true
  },

  // The content goes behind the seal: nothing that is opened is trusted for having been sealed.
  Target(name: "sealed") { input in
    var input = Input(input)
    let mode = input.byte() % 3
    var content = input.all()
    if mode == 0 {
      guard
        let sealed = try? SectionSealer.shipped.seal(
          content, part: .sensitive, record: record, salt: salt, key: key)
      else { return false }
      checkRoundTrip(open(sealed) ?? [], content, "sealed section")
      return true
    }
    if mode == 1 { Padding.add(to: &content) }
    guard let opened = open(seal(content)) else { return false }
    check(opened.count <= Limits.specified.sealedSectionBytesMax, "more came out than may")
    _ = try? decodeFieldWrites(opened)
    return true
  },

  // Behind seal and padding: every method, of which most are tables of fields.
  Target(name: "tabled") { input in
    var input = Input(input)
    let limit = input.byte() & 1 == 0 ? 300 : Limits.specified.sealedSectionBytesMax
    let packed = input.all()
    guard let content = try? unpack(packed, limit: limit) else { return false }
    if let method = packed.first, method > 0 {
      check(content.count <= limit, "\(content.count) bytes came out where \(limit) may")
      if method > 1 { check(isSection(content), "no section came out: \(content.hex)") }
    }
    let again = try? unpack(PackedSection.pack(content, with: .shipped), limit: 1 << 20)
    checkRoundTrip(again ?? [0], content, "tabled section")
    return true
  },
]

/// What is read of a bundle is what stands behind its seal, padded and sealed here by anybody.
private func checkSealed<Content: BundleContent>(
  _ content: [UInt8], _ type: Content.Type
) -> Bool {
  let reader = Keys.opening.publicKey
  let info =
    Array("yarrow.bundle/1\0".utf8) + Keys.programme.id.bytes + [Content.direction] + reader.bytes
  // What ends like a padding may have it already.
  var plain = content
  if content.last != 0x80 { plain.append(0x80) }
  let length = BundleSealer.paddedLength(for: plain.count)
  plain.append(contentsOf: repeatElement(0, count: length - plain.count))
  var sender = try! HPKE.Sender(
    recipientKey: Curve25519.KeyAgreement.PublicKey(rawRepresentation: reader.bytes),
    ciphersuite: .Curve25519_SHA256_ChachaPoly, info: Data(info))
  let sealed = try! sender.seal(plain, authenticating: [1])
  let opened = try? BundleSealer.open(
    [1] + sender.encapsulatedKey + sealed, as: type, programme: Keys.programme.id,
    with: Keys.opening)
  let whole = content.last == 0x80 ? content.dropLast() : content[...]
  let direct = try? Content(encoded: whole, limits: .specified)
  check(opened?.encoded == direct?.encoded, "a sealed bundle holds something else than was sealed")
  return opened != nil
}

private func unpack(_ packed: [UInt8], limit: Int) throws(IdentityError) -> [UInt8] {
  try PackedSection.unpack(packed[...], with: .shipped, limit: limit)
}

/// Whether this is one map of names in canonical order, and nothing after it.
private func isSection(_ content: [UInt8]) -> Bool {
  var d = CBORDecoder(content)
  do throws(CBORError) {
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(try d.readMapHead(max: .max)) {
      guard try d.nextMajor() == 3 else { return false }
      previous = try d.readKey(after: previous)
      _ = try d.skipItem()
    }
    try d.expectEnd()
    return true
  } catch { return false }
}

private let record = RecordID(high: 5, low: 6)
private let salt = Salt(high: 7, low: 8)
private let key = RecordKey([UInt8](repeating: 9, count: 32))!
private let sectionKey = key.sectionKey(salt: salt, part: .sensitive)
private let associated = SectionSealer.tag + record.bytes + [SensitivityClass.sensitive.rawValue]

private func open(_ sealed: [UInt8]) -> [UInt8]? {
  try? SectionSealer.shipped.open(sealed, part: .sensitive, record: record, salt: salt, key: key)
}

private func seal(_ plain: [UInt8]) -> [UInt8] {
  let nonce = try! ChaChaPoly.Nonce(data: [UInt8](repeating: 0, count: 12))
  let box = try! ChaChaPoly.seal(plain, using: sectionKey, nonce: nonce, authenticating: associated)
  return Array(box.combined.dropFirst(12))
}

/// A signature that costs nothing, for readers that take every signature for true.
private struct Unsigned: Signer {
  var publicKey: SigningPublicKey { Keys.authority.publicKey }
  func signature(over content: SignedContent) -> Signature {
    Signature([UInt8](repeating: 0, count: 64))!
  }
}
