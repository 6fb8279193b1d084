import Crypto
import Foundation
import GRDB
import ReplicaStore

/// Processor time of sealed pages beside plain ones: the same statements, the same pragmas.
enum PagesBenchmark {
  private static let rows = 100_000
  private static let lookups = 50_000

  /// - Parameter directory: for the files; they are removed.
  static func run(in directory: String, times: Int) throws {
    var figures: [String: [Double]] = [:]
    for _ in 0..<times {
      for isSealed in [true, false] {
        let path = directory + (isSealed ? "/sealed.db" : "/plain.db")
        defer { for end in ["", "-journal"] { unlink(path + end) } }
        let database: any DatabaseWriter =
          isSealed
          ? try SealedDatabase.open(
            path: path, key: SymmetricKey(size: .bits256), profile: .laptop)
          : try PlainDatabase.open(path)
        let name = isSealed ? "sealed" : "plain"
        figures["\(name)_write_s", default: []].append(
          try Measure.processor { try write(database) })
        figures["\(name)_read_s", default: []].append(try Measure.processor { try read(database) })
      }
    }
    var medians = figures.mapValues(Measure.median)
    func total(_ name: String) -> Double {
      (medians["\(name)_write_s"] ?? 0) + (medians["\(name)_read_s"] ?? 0)
    }
    medians["ratio"] = total("sealed") / total("plain")
    medians["write_ratio"] = (medians["sealed_write_s"] ?? 0) / (medians["plain_write_s"] ?? 1)
    medians["read_ratio"] = (medians["sealed_read_s"] ?? 0) / (medians["plain_read_s"] ?? 1)
    try Measure.print(medians)
  }

  /// Rows of about 400 bytes and an index, a thousand in a transaction.
  private static func write(_ database: any DatabaseWriter) throws {
    try database.write {
      try $0.execute(
        sql: """
          CREATE TABLE entry(id INTEGER PRIMARY KEY, district TEXT, hash BLOB, body BLOB);
          CREATE INDEX entry_hash ON entry(hash);
          """)
    }
    for start in stride(from: 0, to: rows, by: 1_000) {
      try database.write { db in
        let insert = try db.cachedStatement(
          sql: "INSERT INTO entry VALUES(?, ?, randomblob(32), randomblob(320))")
        for id in start..<start + 1_000 {
          try insert.execute(arguments: [id, "district \(id % 40)"])
        }
      }
    }
  }

  /// Every row once, then rows here and there.
  private static func read(_ database: any DatabaseWriter) throws {
    try database.read { db in
      _ = try Int.fetchOne(db, sql: "SELECT sum(length(body)) FROM entry WHERE district <> ''")
      let one = try db.cachedStatement(sql: "SELECT body FROM entry WHERE id = ?")
      for n in 0..<lookups { _ = try Data.fetchOne(one, arguments: [n &* 104_729 % rows]) }
    }
  }
}
