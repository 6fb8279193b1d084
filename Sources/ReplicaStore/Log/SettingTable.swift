internal import Foundation
internal import GRDB

/// Single values of a store, by name.
struct SettingTable {
  static let schema = """
    CREATE TABLE setting (
      name TEXT PRIMARY KEY,
      value ANY NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  let db: Database

  func bytes(_ name: String) throws -> [UInt8]? {
    try Data.fetchOne(
      db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name]
    ).map { Array($0) }
  }

  func integer(_ name: String) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
  }

  func text(_ name: String) throws -> String? {
    try String.fetchOne(
      db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
  }

  func set(_ name: String, _ value: (any DatabaseValueConvertible)?) throws {
    if let value {
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)"
      ).execute(arguments: [name, value])
    } else {
      try db.cachedStatement(sql: "DELETE FROM setting WHERE name = ?").execute(arguments: [name])
    }
  }

  func set(_ name: String, bytes: [UInt8]?) throws { try set(name, bytes.map { Data($0) }) }
}
