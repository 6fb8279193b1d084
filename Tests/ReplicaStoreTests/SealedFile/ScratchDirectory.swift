import Crypto
import Foundation
import GRDB

@testable import ReplicaStore

/// A directory of one test's own, removed when the test ends.
final class ScratchDirectory {
  let path: String

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/sealed-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    // As SQLite spells it: the registry knows files by that name.
    path = try SealedPath.resolve(
      String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: file(name)))
  }

  func write(_ bytes: Data, to name: String) throws {
    try bytes.write(to: URL(fileURLWithPath: file(name)))
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// Copies a database and its journals as they lie on the disk: what `kill -9` would leave.
  func copy(_ name: String, to target: String) throws {
    for suffix in ["", "-journal", "-wal"] {
      try? FileManager.default.removeItem(atPath: file(target + suffix))
      if exists(name + suffix) { try write(bytes(name + suffix), to: target + suffix) }
    }
  }
}

let testKey = SymmetricKey(data: (0..<32).map { UInt8($0) })
let otherKey = SymmetricKey(data: (0..<32).map { UInt8($0 + 1) })

func openLaptop(_ path: String, key: SymmetricKey = testKey) throws -> any DatabaseWriter {
  try SealedDatabase.open(path: path, key: key, profile: .laptop)
}

func openHub(_ path: String, key: SymmetricKey = testKey) throws -> any DatabaseWriter {
  try SealedDatabase.open(path: path, key: key, profile: .hub)
}

func code(_ body: () throws -> Void) -> AtRestError.Code? {
  do {
    try body()
    return nil
  } catch let error as AtRestError {
    return error.code
  } catch {
    return nil
  }
}

func fill(_ database: Database, rows: Range<Int>, text: String = "row") throws {
  try database.execute(
    sql: "CREATE TABLE IF NOT EXISTS item(id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
  for row in rows {
    try database.execute(
      sql: "INSERT INTO item VALUES(?, ?)",
      arguments: [row, String(repeating: "\(text) \(row) ", count: 20)])
  }
}

func count(_ database: Database) throws -> Int {
  try Int.fetchOne(database, sql: "SELECT count(*) FROM item") ?? -1
}

func integrity(_ database: Database) throws -> String {
  try String.fetchOne(database, sql: "PRAGMA integrity_check") ?? "nothing"
}

/// What a test asks of a database that it has just opened.
struct DatabaseState: Equatable {
  var rows: Int
  /// Rows whose text begins with "new".
  var changed: Int
  var integrity = "ok"

  init(rows: Int, changed: Int = 0) {
    self.rows = rows
    self.changed = changed
  }

  init(_ writer: any DatabaseWriter) throws {
    (rows, changed, integrity) = try writer.read { database in
      let changed = try Int.fetchOne(
        database, sql: "SELECT count(*) FROM item WHERE body LIKE 'new%'")
      return (try count(database), changed ?? -1, try ReplicaStoreTests.integrity(database))
    }
  }
}
