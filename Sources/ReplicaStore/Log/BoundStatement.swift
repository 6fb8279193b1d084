internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import SyncCore

/// A cached statement whose arguments are bound one after the other, each without a box.
///
/// For the statements that run once for every entry or record, where boxing costs as much as SQLite;
/// everything else uses GRDB's arguments. Valid within the transaction that made it.
struct BoundStatement {
  private let db: Database
  private let statement: Statement
  private let handle: OpaquePointer
  private var next: Int32 = 0

  // SQLITE_TRANSIENT: SQLite copies what is bound.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  init(_ db: Database, _ sql: String) throws {
    self.db = db
    statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
  }

  mutating func bind(_ value: Int64) {
    next += 1
    sqlite3_bind_int64(handle, next, value)
  }

  mutating func bind(_ value: Int) { bind(Int64(value)) }
  mutating func bind(_ value: UInt64) { bind(Int64(bitPattern: value)) }

  mutating func bind(_ value: Int64?) {
    if let value { bind(value) } else { bindNull() }
  }

  mutating func bindNull() {
    next += 1
    sqlite3_bind_null(handle, next)
  }

  mutating func bind(_ text: String) {
    next += 1
    var text = text
    text.withUTF8 { utf8 in
      _ = utf8.withMemoryRebound(to: CChar.self) {
        sqlite3_bind_text(handle, next, $0.baseAddress, Int32($0.count), Self.copied)
      }
    }
    // An empty text has no address, which SQLite would take for NULL.
    if text.isEmpty { sqlite3_bind_text(handle, next, "", 0, Self.copied) }
  }

  /// Text that is UTF-8 already.
  mutating func bind(utf8 text: [UInt8]) {
    guard !text.isEmpty else { return bind("") }
    next += 1
    text.withUnsafeBytes {
      _ = sqlite3_bind_text(
        handle, next, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count),
        Self.copied)
    }
  }

  mutating func bind(_ memory: UnsafeRawBufferPointer) {
    next += 1
    // The address is nil when there is nothing, which SQLite would take for NULL.
    if memory.isEmpty {
      sqlite3_bind_zeroblob(handle, next, 0)
    } else {
      sqlite3_bind_blob(handle, next, memory.baseAddress, Int32(memory.count), Self.copied)
    }
  }

  mutating func bind(_ bytes: [UInt8]) { bytes.withUnsafeBytes { bind($0) } }
  mutating func bind(_ digest: Digest32) { digest.withUnsafeBytes { bind($0) } }
  mutating func bind(_ id: Bytes16) { id.withUnsafeBytes { bind($0) } }

  mutating func bind(_ bytes: [UInt8]?) {
    if let bytes { bind(bytes) } else { bindNull() }
  }

  /// Runs the statement to its end and makes it ready for the next arguments.
  mutating func run() throws {
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
      next = 0
    }
    precondition(next == sqlite3_bind_parameter_count(handle), "every argument is bound")
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE else {
      // Without the statement's arguments: an error holds no value of a field.
      throw DatabaseError(
        resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
        message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
    }
  }
}
