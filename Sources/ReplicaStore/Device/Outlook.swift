public import Forms
internal import Foundation
internal import GRDB
public import Identity
public import SyncCore

/// What a sync would send, and who could read it (cli `sync --dry-run`).
public struct SyncOutlook: Sendable {
  /// Entries of this device that the hub has not acknowledged.
  public let entries: Int
  /// Their bytes before compression.
  public let bytes: Int
  /// How many of them have a section of each class.
  public let entriesByClass: [SensitivityClass: Int]
  /// Fingerprints of the keys that open the sealed sections: case workers of the areas, recovery.
  public let readers: [Words]
  /// Whether the recovery key is among those who can read.
  public let hasRecoveryKey: Bool
}

extension Replica {
  public func outlook() throws -> SyncOutlook {
    try read { db in
      let settings = SettingTable(db: db)
      let acknowledged = max(0, try settings.integer(SettingName.acknowledgedSeq) ?? 0)
      let own = try ownLog(db)
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*) AS entries, count(coded) AS coded, count(sensitive) AS sensitive,
            count(identity) AS identity,
            coalesce(sum(48 + length(operational) + coalesce(length(coded), 0)
              + coalesce(length(sensitive), 0) + coalesce(length(identity), 0)), 0) AS bytes
          FROM entry WHERE origin IN \(own.sql) AND seq > ?
          """, arguments: [acknowledged])
      let book = try book(db)
      let areas = Set(try settings.text(SettingName.areas)?.areaCodes ?? [])
      return SyncOutlook(
        entries: row?["entries"] ?? 0, bytes: row?["bytes"] ?? 0,
        entriesByClass: [
          .operational: row?["entries"] ?? 0, .coded: row?["coded"] ?? 0,
          .sensitive: row?["sensitive"] ?? 0, .identity: row?["identity"] ?? 0,
        ],
        readers: book.readers(forAreas: areas).filter { $0.keys.origin != identity.origin }
          .map { $0.keys.words },
        hasRecoveryKey: book.recoveryKey != nil)
    }
  }

  /// What a form may know beside the answers, for prompts (forms §5).
  ///
  /// - Parameter amending: a record exists, so defaults are not filled in again.
  public func evaluationContext(amending: Bool) throws -> EvaluationContext {
    try read { try context($0, fillsDefaults: !amending) }
  }

  /// The newest version of a form.
  ///
  /// - Throws: ``StoreError`` with `notFound`.
  public func form(_ name: String) throws -> Form { try read { try requireForm(name, $0) } }

  /// A record's form and its shown answers, for an edit to begin with.
  public func answers(of record: RecordID) throws -> (form: Form, answers: Answers) {
    try read { db in
      let loaded = try load(record, db)
      let form = try requireForm(loaded.form, db)
      return (form, loaded.state.answers(form))
    }
  }

  /// An installation by any unique prefix of its origin id, among those that this replica has heard
  /// of.
  ///
  /// - Throws: ``StoreError`` with `notFound` or `ambiguous`.
  public func knownOrigin(prefix: String) throws -> OriginID {
    let wanted = prefix.lowercased()
    let known = try read { db in
      let named = try book(db).statements.compactMap { signed -> OriginID? in
        guard case .reader(let reader) = signed.statement.body else { return nil }
        return reader.keys.origin
      }
      let seen = try Data.fetchAll(db.cachedStatement(sql: "SELECT origin FROM origin"))
        .compactMap { OriginID(Array($0)) }
      return Set(named + seen)
    }
    let found = known.filter { $0.hex.hasPrefix(wanted) }
    guard wanted.utf8.count >= 4, let origin = found.first else {
      throw StoreError(.notFound, "No device that this replica has heard of begins with that.")
    }
    guard found.count == 1 else {
      throw StoreError(.ambiguous, "More than one device begins with that; give more digits.")
    }
    return origin
  }
}
