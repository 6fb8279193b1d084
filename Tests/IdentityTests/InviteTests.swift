import Identity
import SyncCore
import Testbed
import Testing

@Suite struct InviteTests {
  private func invite() throws -> Invite {
    var random = SplitMix64(seed: 20)
    let pair = SigningKeyPair(using: &random)
    return try Invite(
      programmeName: "Río Verde", programme: ProgrammeIdentity(authority: pair.publicKey),
      hubLogKey: SigningKeyPair(using: &random).publicKey, tlsPin: Digest32(random.bytes(32))!,
      address: #require(HubAddress("https://hub.example:8443")), role: .caseWorker,
      secret: InviteSecret(using: &random), expires: 1_900_000_000)
  }

  @Test func `no single bit of an invite's text can change its meaning`() throws {
    let invite = try invite()
    let letters = Array(invite.text.utf8)
    var onlyCase = 0
    for bit in 0..<letters.count * 8 {
      var altered = letters
      altered[bit / 8] ^= 1 << UInt8(bit % 8)
      let text = String(decoding: altered, as: UTF8.self)
      if text.uppercased() == invite.text {
        // Case is ignored by design, so this is the same invite.
        #expect(try Invite(text: text) == invite)
        onlyCase += 1
      } else {
        #expect(throws: IdentityError.self, "bit \(bit)") { try Invite(text: text) }
      }
    }
    #expect(onlyCase < letters.count)
  }

  @Test func `a missing or doubled or swapped letter is refused`() throws {
    let text = try invite().text
    let letters = Array(text)
    for place in 8..<letters.count {
      var missing = letters
      missing.remove(at: place)
      #expect(throws: IdentityError.self) { try Invite(text: String(missing)) }
      var doubled = letters
      doubled.insert(letters[place], at: place)
      #expect(throws: IdentityError.self) { try Invite(text: String(doubled)) }
      guard place + 1 < letters.count, letters[place] != letters[place + 1] else { continue }
      var swapped = letters
      swapped.swapAt(place, place + 1)
      #expect(throws: IdentityError.self) { try Invite(text: String(swapped)) }
    }
  }

  @Test func `an invite that is cut short says so wherever it was cut`() throws {
    let text = try invite().text
    // The last letter may carry fewer than five bits of the checksum, and stands for the rest.
    for kept in 1..<text.count {
      let error = #expect(throws: IdentityError.self) { try Invite(text: text.prefix(kept)) }
      #expect(error?.code == .inviteTruncated, "kept \(kept)")
    }
    #expect(throws: IdentityError(.inviteNotOne)) { try Invite(text: "") }
  }

  @Test func `the secret shows in no description`() throws {
    let invite = try invite()
    #expect(!"\(invite)".contains(invite.secret.bytes.hex))
    #expect("\(invite.secret)" == "InviteSecret")
  }

  @Test(arguments: [
    ("https://hub.example", "hub.example", 443), ("https://hub.example/", "hub.example", 443),
    ("https://10.0.0.7:8443", "10.0.0.7", 8443), ("https://[fe80::1]:65535/", "fe80::1", 65535),
    ("https://localhost", "localhost", 443),
  ]) func `a plain https address is taken apart`(_ text: String, host: String, port: Int) {
    let address = HubAddress(text)
    #expect(address?.host == host)
    #expect(address?.port == port)
  }

  @Test(arguments: [
    "", "https:/hub", "https://", "https:///", "https://:443", "https://hub:", "https://hub:0443",
    "https://hub:99999", "https://hub.", "https://.hub", "https://-hub", "https://hub//",
    "https://hub#x", "https://hub\\x", "https://us%65r", "https://[::1", "https://[::1]x",
    "https://[hub]", "ftp://hub", "HTTPS://hub", " https://hub", "https://hub\n",
    "https://a:b@hub", "https://hub:443:443", "https://hub:+43",
  ]) func `any other address is refused`(_ text: String) {
    #expect(HubAddress(text) == nil)
  }
}
