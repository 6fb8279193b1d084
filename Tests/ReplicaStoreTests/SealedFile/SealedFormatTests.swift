import Crypto
import Foundation
import Testing

@testable import ReplicaStore

/// Expected bytes were made from the specification by another program in another language, so that
/// format and text cannot drift apart together.
@Suite struct SealedFormatTests {
  let keys = FileKeys(path: "/none", fileKey: testKey)

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16)! }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test func `a key file made from the specification opens`() throws {
    let file = bytes(
      "01796172726f77206b65792066696c65040101206465666768696a6b6c6d6e6f70717273c8c9cacbcccdcecf"
        + "d0d1d2d392cc925b1abcead0a1b5fb1bc9c3bb628e85f2703b54a02cf376a1a0653d0842222902dccef4b55290"
        + "bfea5950debbee")
    let parsed = try KeyFileFormat(parsing: file)
    #expect(
      try parsed.unwrap(passphrase: Array("olive lantern".utf8), purpose: .database) == testKey)
  }

  @Test func `a database page opens only under its number, and reads back its reserved zeros`()
    throws
  {
    // AES-GCM by the general interface, laid out as at-rest §2 says.
    let content = (0..<4_064).map { UInt8($0 * 7 % 251) }
    let associated = Array("yarrow-at-rest/1".utf8) + [1] + [UInt8](repeating: 0, count: 14) + [3]
    let box = try AES.GCM.seal(
      content, using: keys.databasePages, nonce: AES.GCM.Nonce(data: Array(UInt8(50)..<62)),
      authenticating: associated + [UInt8](repeating: 0, count: 24))
    #expect(Array(box.tag) == bytes("2d1b0fe4ed58d55913e655c440ed8d22"))
    #expect(Array(box.ciphertext.prefix(16)) == bytes("87cf6d99714ccfccdd549dcab22ec530"))

    let sealed = Array(box.ciphertext) + Array(box.nonce) + Array(box.tag) + [1, 0, 0, 0]
    let cipher = PageCipher(kind: .database, key: keys.databasePages)
    func open(_ page: [UInt8], position: UInt64) -> [UInt8]? {
      var page = page
      let opened = page.withUnsafeMutableBytes { cipher.open($0.baseAddress!, position: position) }
      if !opened { #expect(page.allSatisfy { $0 == 0 }) }
      return opened ? page : nil
    }
    #expect(open(sealed, position: 3) == content + [UInt8](repeating: 0, count: 32))
    #expect(open(sealed, position: 4) == nil)
    for offset in [0, 4_063, 4_064, 4_076, 4_092, 4_093, 4_095] {
      var altered = sealed
      altered[offset] ^= 2
      #expect(open(altered, position: 3) == nil, "byte \(offset)")
    }
  }

  @Test func `the journal mask is the specified keystream and its own inverse`() {
    var mask = JournalMask(key: keys.journalMask, salt: Array(0..<16))
    var buffer = [UInt8](repeating: 0, count: 8)
    buffer.withUnsafeMutableBytes { mask.apply(to: $0, offset: 540) }
    #expect(buffer == bytes("68b43f879569edf3"))
    buffer.withUnsafeMutableBytes { mask.apply(to: $0, offset: 540) }
    #expect(buffer == [UInt8](repeating: 0, count: 8))
  }

  @Test func `a journal's first sector says what is vouched for, and is authenticated`() {
    let sealed = bytes(
      "d9d505f920a163d7000000020102030400000009000002000000100001000000000102030405060708090a"
        + "0b0c0d0e0f000000000000221025629f47bf69a8004286783d55347c67d6d7156e340d6ad00439786b95bb"
        + "3166")
    let salt = Array(0..<16).map { UInt8($0) }
    var fields = Array(sealed[..<28])
    fields.replaceSubrange(..<12, with: [UInt8](repeating: 0, count: 12))
    var header = fields.withUnsafeBytes { JournalHeader($0, salt: salt) }
    #expect(header.vouchedEnd == 0)
    sealed.withUnsafeBytes { header.replace(UnsafeRawBufferPointer(rebasing: $0[..<12]), at: 0) }
    #expect(header.authenticated(by: keys.journalMask) == sealed)
    for offset in sealed.indices {
      var altered = sealed
      altered[offset] ^= 4
      let read = altered.withUnsafeBytes { JournalHeader($0, authenticatedBy: keys.journalMask) }
      #expect(read == nil, "byte \(offset)")
    }
  }

  @Test func `a frame header is masked as specified, and its salts are not`() {
    let mask = FrameMask(maskKey: keys.walMask, tweakKey: keys.walTweak)
    var header = (0..<24).map { UInt8($0) }
    let concealed = header.withUnsafeMutableBytes {
      mask.apply(.conceal, to: $0.baseAddress!, offset: 4_152)
    }
    #expect(concealed)
    #expect(header == bytes("3959bb56bf63c8ef08090a0b0c0d0e0ff94ca434036fead2"))
    let revealed = header.withUnsafeMutableBytes {
      mask.apply(.reveal, to: $0.baseAddress!, offset: 4_152)
    }
    #expect(revealed)
    #expect(header == (0..<24).map { UInt8($0) })
  }
}
