import Crypto
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The sub-keys of one database file, derived from its file key (at-rest §3).
///
/// One key per purpose, so that a nonce or a mask of one file can say nothing about another. The
/// storage of every `SymmetricKey` is zeroised by swift-crypto when the last reference goes.
final class FileKeys: Sendable {
  let path: String
  let databasePages: SymmetricKey
  let journalPages: SymmetricKey
  let walPages: SymmetricKey
  let journalMask: SymmetricKey
  let walMask: SymmetricKey
  let walTweak: SymmetricKey
  /// Tells equal file keys from different ones without keeping the file key.
  private let fingerprint: SymmetricKey

  private let recorded = Mutex<[SealedFinding]>([])

  init(path: String, fileKey: SymmetricKey) {
    self.path = path
    func derive(_ label: String) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: fileKey, salt: [UInt8](),
        info: Array("\(SealedFormat.domain) \(label)".utf8),
        outputByteCount: SealedFormat.keyBytes)
    }
    databasePages = derive("database pages")
    journalPages = derive("journal pages")
    walPages = derive("wal pages")
    journalMask = derive("journal mask")
    walMask = derive("wal mask")
    walTweak = derive("wal tweak")
    fingerprint = derive("fingerprint")
  }

  /// Constant-time, as `SymmetricKey` compares.
  func isSameKey(as other: FileKeys) -> Bool { fingerprint == other.fingerprint }

  /// Reads that the disk refused since the file was opened, and what the last of them came to.
  struct FailedReads: Sendable {
    var count = 0
    var code: Int32 = 0
  }

  private let failed = Mutex(FailedReads())

  var failedReads: FailedReads { failed.withLock { $0 } }

  func recordFailedRead(_ code: Int32) {
    failed.withLock { $0 = FailedReads(count: $0.count + 1, code: code) }
  }

  var findings: [SealedFinding] { recorded.withLock { $0 } }

  func record(_ finding: SealedFinding) {
    recorded.withLock {
      // The first findings say where damage began; a scan of a ruined file must not grow a list.
      if $0.count < SealedFinding.recordedMax, !$0.contains(finding) { $0.append(finding) }
    }
  }
}

/// A part of a sealed file that could not be accepted (at-rest §8). SQLite only passes numbers on,
/// so the page is remembered here.
public struct SealedFinding: Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    case authenticationFailed
    case cutShort
    case noPageOpens
    case plainDatabase
    case newerFormat
    case reservedBytesInUse
  }
  public enum File: Sendable, Hashable {
    case database, rollbackJournal, writeAheadLog, statementJournal
  }

  public let file: File
  public let reason: Reason
  /// The page number in the database; for a journal or log, the byte offset of the page.
  public let position: UInt64

  static let recordedMax = 64

  init(_ kind: SealedKind, _ reason: Reason, position: UInt64) {
    switch kind {
    case .database: file = .database
    case .rollbackJournal: file = .rollbackJournal
    case .writeAheadLog: file = .writeAheadLog
    case .statementJournal: file = .statementJournal
    }
    self.reason = reason
    self.position = position
  }
}
