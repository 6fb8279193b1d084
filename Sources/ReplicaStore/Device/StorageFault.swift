internal import GRDB

/// What an error of the disk or of the database engine means to the person at the machine.
public enum StorageFault: Sendable, Hashable {
  /// The disk is full or failed; nothing was acknowledged.
  case disk
  /// Another process holds the file for longer than this one waited.
  case busy
  /// Pages do not authenticate, or contradict each other.
  case damaged

  /// Nil for an error that is not the storage's.
  public init?(_ error: any Error) {
    guard let error = error as? DatabaseError else { return nil }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged
    case .SQLITE_IOERR:
      // IOERR_DATA and IOERR_CORRUPTFS: the page came back and is not what was written.
      let code = error.extendedResultCode.rawValue
      self = code == 8202 || code == 8458 ? .damaged : .disk
    default: self = .disk
    }
  }
}
