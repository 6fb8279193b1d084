import Crypto
import Testing

@testable import ReplicaStore

/// A journal's first count of records that was cut in the middle of its write (at-rest §6.4).
@Suite struct TornCountTests {
  private let key = SymmetricKey(data: [UInt8](repeating: 5, count: 32))
  private let before: [UInt8]
  private let after: [UInt8]

  init() {
    var fields = [UInt8](repeating: 0, count: 28)
    fields.replaceSubrange(12..<28, with: [1, 2, 3, 4, 0, 0, 0, 9, 0, 0, 2, 0, 0, 0, 16, 0])
    var header = fields.withUnsafeBytes {
      JournalHeader($0, salt: [UInt8](repeating: 7, count: SealedFormat.journalSaltBytes))
    }
    before = header.authenticated(by: key)
    (JournalHeader.magic + [0, 0, 0, 3]).withUnsafeBytes { header.replace($0, at: 0) }
    after = header.authenticated(by: key)
  }

  private func isAuthentic(_ sector: [UInt8]) -> Bool {
    sector.withUnsafeBytes { JournalHeader($0, authenticatedBy: key) != nil }
  }

  private func isUncounted(_ sector: [UInt8]) -> Bool {
    sector.withUnsafeBytes { JournalHeader.isUncounted($0, key: key) }
  }

  @Test func `cut before its tag it counts nothing`() {
    #expect(isAuthentic(before) && isAuthentic(after))
    for cut in 1..<SealedFormat.journalTagOffset {
      let torn = Array(after[..<cut] + before[cut...])
      #expect(isUncounted(torn), "cut at \(cut)")
      #expect(!isAuthentic(torn) || torn == before)
    }
  }

  @Test func `a count that was written is not taken for one that was only begun`() {
    #expect(!isUncounted(after))
    // Whatever bit of it turns over.
    for bit in 0..<(after.count * 8) {
      var turned = after
      turned[bit / 8] ^= 1 << (bit % 8)
      #expect(!isUncounted(turned) && !isAuthentic(turned), "bit \(bit)")
    }
  }
}
