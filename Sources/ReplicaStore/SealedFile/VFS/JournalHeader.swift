import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The first sector of a rollback journal, as far as it is used (at-rest §6.1).
///
/// SQLite's own fields stand in the clear, and a rollback is as good as they are: one flipped bit
/// would end it early, or cut the database to another length. So they are authenticated.
struct JournalHeader {
  private var bytes: [UInt8]

  static let byteCount = SealedFormat.journalTagOffset + SealedFormat.journalTagBytes
  /// What SQLite writes when it has synced records and counts them: magic (8) and count (4).
  static let countedBytes = 12
  static let magic: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]

  /// - Parameter fields: SQLite's 28 bytes.
  init(_ fields: UnsafeRawBufferPointer, salt: [UInt8]) {
    bytes = Array(fields)
    bytes += [SealedFormat.version, 0, 0, 0]
    bytes += salt
    bytes += [UInt8](repeating: 0, count: 8)
    noteCount()
  }

  /// A sector that was read; nil unless it is what somebody with the key wrote.
  init?(_ sector: UnsafeRawBufferPointer, authenticatedBy key: SymmetricKey) {
    guard sector.count >= Self.byteCount,
      HMAC<SHA256>.isValidAuthenticationCode(
        UnsafeRawBufferPointer(rebasing: sector[SealedFormat.journalTagOffset..<Self.byteCount]),
        authenticating: UnsafeRawBufferPointer(rebasing: sector[..<SealedFormat.journalTagOffset]),
        using: key)
    else { return nil }
    bytes = Array(sector[..<SealedFormat.journalTagOffset])
  }

  /// As on the disk.
  func authenticated(by key: SymmetricKey) -> [UInt8] {
    bytes + Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
  }

  mutating func replace(_ fields: UnsafeRawBufferPointer, at offset: Int) {
    bytes.replaceSubrange(offset..<(offset + fields.count), with: fields)
    noteCount()
  }

  private mutating func noteCount() {
    let end = bytes.withUnsafeBytes {
      Self.end(of: UnsafeRawBufferPointer(rebasing: $0[..<Self.countedBytes]), at: 0)
    }
    vouchedEnd = max(vouchedEnd, UInt64(end ?? 0))
  }

  /// Where the records end of which a sync is known; 0 before the first.
  var vouchedEnd: UInt64 {
    get {
      bytes[SealedFormat.journalVouchedOffset...].reduce(0) { $0 << 8 | UInt64($1) }
    }
    set {
      withUnsafeBytes(of: newValue.bigEndian) {
        bytes.replaceSubrange(SealedFormat.journalVouchedOffset..., with: $0)
      }
    }
  }

  var salt: [UInt8] {
    Array(bytes[SealedFormat.journalSaltOffset..<SealedFormat.journalVouchedOffset])
  }

  /// Where the records end that a header at `offset` counts; nil while it counts none.
  static func end(of header: UnsafeRawBufferPointer, at offset: Int64) -> Int64? {
    guard header.count >= countedBytes, header.prefix(magic.count).elementsEqual(magic) else {
      return nil
    }
    let count = header[8..<countedBytes].reduce(0) { $0 << 8 | Int64($1) }
    return offset + Int64(SealedFormat.journalHeaderBytes)
      + count * Int64(SealedFormat.journalRecordBytes)
  }

  /// Whether a sector is what it was before records were counted for the first time, but for the fields
  /// that counting changes: the write that was to count them, and its tag, did not get to its end, so
  /// the database has not been touched.
  static func isUncounted(_ sector: UnsafeRawBufferPointer, key: SymmetricKey) -> Bool {
    guard sector.count >= byteCount else { return false }
    var before = Array(sector[..<byteCount])
    for place in [0..<countedBytes, SealedFormat.journalVouchedOffset..<SealedFormat.journalTagOffset] {
      for index in place { before[index] = 0 }
    }
    return before.withUnsafeBytes { JournalHeader($0, authenticatedBy: key) != nil }
  }

  /// Whether a sector was never a header: noise where a write had not come to the disk yet.
  static func isNoise(_ sector: UnsafeRawBufferPointer) -> Bool {
    let rest = sector[byteCount...]
    return rest.count { $0 != 0 } > rest.count / 2
  }
}
