internal import GRDB

/// What makes a version of a store's tables of the one before.
struct SchemaStep {
  let version: Int
  let run: (Database) throws -> Void

  init(_ version: Int, _ sql: String) {
    self.init(version) { try $0.execute(sql: sql) }
  }

  init(_ version: Int, _ run: @escaping (Database) throws -> Void) {
    self.version = version
    self.run = run
  }
}

/// Brings a store to the newest version of its tables; each step is one transaction.
enum SchemaMigration {
  /// - Throws: ``StoreError`` with `newerHome` and the sentence for a store of a later version.
  static func run(
    _ steps: [SchemaStep], on db: any DatabaseWriter, newer: String
  ) throws {
    try db.writeWithoutTransaction { db in
      let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      guard found <= steps.last?.version ?? 0 else { throw StoreError(.newerHome, newer) }
      guard found < steps.last?.version ?? 0 else { return }
      // A table that others refer to is made anew beside the old one, which takes its name: meanwhile
      // nothing may follow the references. They are checked before the step is committed.
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      defer { try? db.execute(sql: "PRAGMA foreign_keys = ON") }
      for step in steps where step.version > found {
        try db.inTransaction(.immediate) {
          // Another process may have migrated while this one waited.
          let now = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
          if now < step.version {
            try step.run(db)
            guard try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else {
              throw StoreError(.damaged, "The store's tables contradict each other; nothing was changed.")
            }
            try db.execute(sql: "PRAGMA user_version = \(step.version)")
          }
          return .commit
        }
      }
    }
    // Off is worse than not migrated: whatever is written from here on relies on it.
    let follows = try db.writeWithoutTransaction {
      try Int.fetchOne($0, sql: "PRAGMA foreign_keys")
    }
    guard follows == 1 else {
      throw StoreError(.damaged, "The store could not be opened with its references checked.")
    }
  }
}
