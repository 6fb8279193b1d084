import GRDB

/// The pragmas that are part of the promise, and the check that they hold (at-rest §10).
enum SealedSettings {
  enum Role: Sendable, Hashable, CaseIterable {
    case laptop, hubWriter, hubReader

    init(_ profile: SealedDatabase.Profile, isReader: Bool) {
      switch profile {
      case .laptop: self = .laptop
      case .hub: self = isReader ? .hubReader : .hubWriter
      }
    }
  }

  /// GRDB turns the log on, and `synchronous` down, after it has prepared the hub's writer. Until
  /// then those two cannot be checked there.
  enum Stage { case connecting, ready }

  static let busySeconds: Double = 10
  /// The hub moves its log into the file by itself long before (at-rest §10).
  static let walPagesMax = 16_000

  struct Setting: Sendable {
    let pragma: String
    /// What to set; nil to leave alone and only check.
    let value: String?
    /// What the pragma must read back as.
    let expected: String
  }

  static func settings(_ role: Role) -> [Setting] {
    func both(_ pragma: String, _ value: String, _ expected: String? = nil) -> Setting {
      Setting(pragma: pragma, value: value, expected: expected ?? value)
    }
    var settings = [
      // Before the first page is written; afterwards it has no effect and must agree.
      both("page_size", "\(SealedFormat.pageSize)"),
      both("secure_delete", "ON", "1"),
      both("trusted_schema", "OFF", "0"),
      both("temp_store", "MEMORY", "2"),
      both("foreign_keys", "ON", "1"),
      both("cell_size_check", "ON", "1"),
      both("mmap_size", "0"),
      Setting(pragma: "busy_timeout", value: nil, expected: "\(Int(busySeconds * 1000))"),
      both("locking_mode", "NORMAL", "normal"),
    ]
    switch role {
    case .laptop:
      settings += [
        both("journal_mode", "DELETE", "delete"), both("synchronous", "EXTRA", "3"),
        both("query_only", "OFF", "0"), both("cache_size", "-8192"),
      ]
    case .hubWriter:
      settings += [
        // GRDB has set it; here it is only checked.
        Setting(pragma: "journal_mode", value: nil, expected: "wal"),
        both("synchronous", "FULL", "2"), both("query_only", "OFF", "0"),
        both("cache_size", "-65536"), both("wal_autocheckpoint", "\(walPagesMax)"),
      ]
    case .hubReader:
      settings += [
        Setting(pragma: "journal_mode", value: nil, expected: "wal"),
        both("synchronous", "FULL", "2"), both("query_only", "ON", "1"),
        both("cache_size", "-4096"), both("wal_autocheckpoint", "0"),
      ]
    }
    return settings
  }

  static func apply(_ role: Role, to database: Database) throws {
    for setting in settings(role) {
      guard let value = setting.value else { continue }
      // Some of these answer with a row; fetching takes it either way.
      _ = try Row.fetchOne(database, sql: "PRAGMA \(setting.pragma) = \(value)")
    }
  }

  /// Reads everything back and throws `settingRefused` at the first difference.
  static func verify(_ role: Role, in database: Database, stage: Stage) throws {
    for setting in settings(role) {
      if stage == .connecting, role == .hubWriter,
        setting.pragma == "journal_mode" || setting.pragma == "synchronous"
      {
        continue
      }
      let actual = try Row.fetchOne(database, sql: "PRAGMA \(setting.pragma)")
        .map { String(describing: ($0[0] as DatabaseValue).storage.value ?? "nothing") }
      guard actual == setting.expected else {
        throw AtRestError(
          .settingRefused,
          "PRAGMA \(setting.pragma) is \(actual ?? "nothing") and must be \(setting.expected); "
            + "nothing was written. Check the version and build of SQLite.")
      }
    }
  }
}
