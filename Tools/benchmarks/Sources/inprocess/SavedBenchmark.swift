import Forms
import Foundation
import GRDB
import ReplicaStore
import SyncCore

/// One durable `saved` beside a plain SQLite commit of as many bytes.
enum SavedBenchmark {
  /// - Parameters:
  ///   - home: a home that joined.
  ///   - reports: JSON Lines of `make-reports`.
  static func run(home path: String, passphrase: [UInt8], reports: String) throws {
    let home = DeviceHome(path)
    let replica = try Replica(opening: home, key: home.unlock(passphrase: passphrase))
    let answers = try String(contentsOfFile: reports, encoding: .utf8)
      .split(separator: "\n").map { try Self.answers(Data($0.utf8)) }
    let half = answers.count / 2
    // What a report adds to the file; the pages that only the first ones make are there by then.
    for answer in answers[..<half] { _ = try replica.record(form: "report", answers: answer) }
    let before = try Measure.bytes(of: home.databasePath)
    var saved: [Double] = []
    var plain: [Double] = []
    let beside = path + "-plain.db"
    let database = try PlainDatabase.open(beside)
    defer { for end in ["", "-journal"] { unlink(beside + end) } }
    try database.write {
      try $0.execute(sql: "CREATE TABLE report(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
    }
    // A first guess of the size, made exact below for the part that counts.
    var size = 1_000
    for (n, answer) in answers[half...].enumerated() {
      saved.append(try Measure.seconds { _ = try replica.record(form: "report", answers: answer) })
      if n > 0 { size = max(1, (try Measure.bytes(of: home.databasePath) - before) / (n + 1)) }
      let bytes = Data((0..<size).map { _ in UInt8.random(in: 0...255) })
      plain.append(
        try Measure.seconds {
          try database.write {
            try $0.execute(sql: "INSERT INTO report(bytes) VALUES(?)", arguments: [bytes])
          }
        })
    }
    try Measure.print([
      "saved_ms": Measure.median(saved) * 1e3, "plain_ms": Measure.median(plain) * 1e3,
      "ratio": Measure.median(saved) / Measure.median(plain), "bytes": Double(size),
      "count": Double(saved.count),
    ])
  }

  private static func answers(_ line: Data) throws -> Answers {
    let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
    return Answers(
      object.mapValues { value in
        switch value {
        case let codes as [String]: .codes(codes)
        case let text as String: .value(.text(text))
        default: .value(.integer((value as? NSNumber)?.int64Value ?? 0))
        }
      })
  }
}
