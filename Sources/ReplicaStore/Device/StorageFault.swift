internal import GRDB

/// What an error of the disk or of the database engine means to the person at the machine.
public enum StorageFault: String, Sendable, Hashable {
  /// The disk is full or failed; nothing was acknowledged.
  case disk
  /// Another process holds the file for longer than this one waited.
  case busy
  /// Pages do not authenticate, or contradict each other.
  case damaged

  /// Nil for an error that is not the storage's.
  public init?(_ error: any Error) {
    switch error {
    case let error as DatabaseError: self.init(error)
    case let error as AtRestError where error.code == .inputOutput: self = .disk
    case let error as AtRestError where error.code == .database:
      guard let underlying = error.underlying as? DatabaseError else { return nil }
      self.init(underlying)
    case let error as StoreError where error.code == .disk: self = .disk
    default: return nil
    }
  }

  private init(_ error: DatabaseError) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged
    case .SQLITE_IOERR:
      // IOERR_DATA: the page came back and is not what was written.
      let code = error.extendedResultCode.rawValue
      self = code == 8202 ? .damaged : .disk
    default: self = .disk
    }
  }
}
