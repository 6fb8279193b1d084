import Crypto
import Foundation
import GRDB
import GRDBSQLite

/// What a database holds when SQLite has recovered it.
enum Contents {
  struct Unreadable: Error {}

  /// The hash of all pages as they read, deciphered, with whatever its log holds of them.
  ///
  /// The connection may have read some of them already, but only after the recovery. A page that
  /// does not open reads as zeros here, which no page in use is: such contents are none that were
  /// found whole before.
  static func digest(_ db: Database) throws -> [UInt8] {
    var count: sqlite3_int64 = 0
    guard let bytes = sqlite3_serialize(db.sqliteConnection, "main", &count, 0) else {
      throw Unreadable()
    }
    defer { sqlite3_free(bytes) }
    return Array(
      SHA256.hash(data: UnsafeRawBufferPointer(start: bytes, count: Int(count))))
  }
}

/// The first line of a file, as the programs take a passphrase from it.
enum PassphraseLine {
  static func read(_ path: String) -> [UInt8]? {
    guard let content = FileManager.default.contents(atPath: path) else { return nil }
    let line = content.prefix { $0 != UInt8(ascii: "\n") }
    return line.isEmpty ? nil : Array(line)
  }
}
