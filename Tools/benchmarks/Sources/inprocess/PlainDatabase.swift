import GRDB

/// SQLite as the sealed database opens it for a laptop, without the sealing.
enum PlainDatabase {
  /// All that at-rest §10 sets on a laptop.
  static let pragmas = [
    "page_size = 4096", "secure_delete = ON", "trusted_schema = OFF", "temp_store = MEMORY",
    "foreign_keys = ON", "cell_size_check = ON", "mmap_size = 0", "locking_mode = NORMAL",
    "journal_mode = DELETE", "synchronous = EXTRA", "cache_size = -8192",
  ]

  static func open(_ path: String) throws -> any DatabaseWriter {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      for pragma in pragmas { _ = try Row.fetchOne(database, sql: "PRAGMA \(pragma)") }
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
