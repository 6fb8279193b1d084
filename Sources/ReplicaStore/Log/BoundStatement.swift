internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import SyncCore

/// A cached statement whose arguments are bound one after the other, each without a box.
///
/// For the statements that run once for every entry or record, where boxing costs as much as SQLite;
/// everything else uses GRDB's arguments. Valid within the transaction that made it; who runs it for
/// each entry keeps it, since finding it by its text costs as much as binding its arguments.
struct BoundStatement {
  private let db: Database
  private let statement: Statement
  private let handle: OpaquePointer
  private var next: Int32 = 0
  private let memory = ArgumentMemory()

  // SQLITE_TRANSIENT: SQLite copies what is bound.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  /// Where arguments lie until the statement has run: one piece, where SQLite would allocate a
  /// dozen.
  private final class ArgumentMemory {
    private let all = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 16)
    private var used = 0

    deinit { all.deallocate() }

    /// A copy that stays until `reset`; nil when it does not fit.
    func keep(_ argument: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
      guard argument.count <= all.count - used, let base = all.baseAddress else { return nil }
      let place = base + used
      UnsafeMutableRawBufferPointer(start: place, count: argument.count).copyMemory(from: argument)
      used += argument.count
      return UnsafeRawPointer(place)
    }

    func reset() { used = 0 }
  }

  init(_ db: Database, _ sql: String) throws {
    self.db = db
    statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
    // What an interrupted use has left lies in memory that is gone.
    sqlite3_clear_bindings(handle)
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
    var text = text
    text.withUTF8 { bind(text: UnsafeRawBufferPointer($0)) }
  }

  /// Text that is UTF-8 already.
  mutating func bind(utf8 text: [UInt8]) { text.withUnsafeBytes { bind(text: $0) } }

  private mutating func bind(text utf8: UnsafeRawBufferPointer) {
    next += 1
    // An empty text may have no address, which SQLite would take for NULL.
    guard !utf8.isEmpty else {
      sqlite3_bind_text(handle, next, "", 0, Self.copied)
      return
    }
    let kept = memory.keep(utf8)
    sqlite3_bind_text(
      handle, next, (kept ?? utf8.baseAddress)?.assumingMemoryBound(to: CChar.self),
      Int32(utf8.count), kept == nil ? Self.copied : nil)
  }

  mutating func bind(_ bytes: UnsafeRawBufferPointer) {
    next += 1
    // The address is nil when there is nothing, which SQLite would take for NULL.
    guard !bytes.isEmpty else {
      sqlite3_bind_zeroblob(handle, next, 0)
      return
    }
    let kept = memory.keep(bytes)
    sqlite3_bind_blob(
      handle, next, kept ?? bytes.baseAddress, Int32(bytes.count), kept == nil ? Self.copied : nil)
  }

  mutating func bind(_ bytes: [UInt8]) { bytes.withUnsafeBytes { bind($0) } }
  mutating func bind(_ digest: Digest32) { digest.withUnsafeBytes { bind($0) } }
  mutating func bind(_ id: Bytes16) { id.withUnsafeBytes { bind($0) } }

  mutating func bind(_ bytes: [UInt8]?) {
    if let bytes { bind(bytes) } else { bindNull() }
  }

  /// Runs the statement to its end and makes it ready for the next arguments.
  mutating func run() throws {
    defer { reset() }
    guard step() == SQLITE_DONE else { throw failure }
  }

  /// Whether the statement gives any row. Ready for the next arguments, too.
  mutating func hasRow() throws -> Bool { try first { _ in } != nil }

  /// What is read of the first row; nil when there is none. Ready for the next arguments, too.
  mutating func first<Result>(_ read: (SteppedRow) throws -> Result) throws -> Result? {
    defer { reset() }
    let code = step()
    guard code == SQLITE_ROW || code == SQLITE_DONE else { throw failure }
    return try code == SQLITE_ROW ? read(SteppedRow(handle: handle)) : nil
  }

  private func step() -> Int32 {
    precondition(next == sqlite3_bind_parameter_count(handle), "every argument is bound")
    return sqlite3_step(handle)
  }

  private mutating func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
    memory.reset()
    next = 0
  }

  /// Without the statement's arguments: an error holds no value of a field.
  private var failure: DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
      message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
  }
}
