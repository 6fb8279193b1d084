/// Constants of the sealed page format (at-rest §2).
enum SealedFormat {
  static let version: UInt8 = 1

  static let pageSize = 4096
  static let reservedBytes = 32
  /// What SQLite may use of a page, and what is encrypted.
  static let contentBytes = pageSize - reservedBytes

  static let nonceBytes = 12
  static let tagBytes = 16
  static let nonceOffset = contentBytes
  static let tagOffset = nonceOffset + nonceBytes
  static let versionOffset = tagOffset + tagBytes

  /// First bytes of all associated data and of all derivation labels.
  static let domain: StaticString = "yarrow-at-rest/1"

  static let keyBytes = 32

  /// The rollback journal's header sector, as SQLite lays it out for a 512-byte sector.
  static let journalHeaderBytes = 512
  /// What SQLite uses of it. The rest is zero to SQLite; on the disk it holds what is ours.
  static let journalHeaderUsedBytes = 28
  static let journalSaltOffset = 32
  static let journalSaltBytes = 16
  static let journalVouchedOffset = 48
  static let journalTagOffset = 56
  static let journalTagBytes = 32
  /// A record: page number, page, checksum.
  static let journalRecordBytes = 4 + pageSize + 4

  static let walHeaderBytes = 32
  static let walFrameHeaderBytes = 24
  static let walFrameBytes = walFrameHeaderBytes + pageSize
}

/// The files that SQLite keeps for one database. The raw value goes into the associated data.
enum SealedKind: UInt8, Sendable {
  case database = 1
  case rollbackJournal = 2
  case writeAheadLog = 3
  case statementJournal = 4
}
