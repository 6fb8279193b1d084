internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
package import SyncCore

/// A record with everything of it that this replica can open, folded.
package struct LoadedRecord {
  package let record: RecordID
  package let form: String
  package let formVersion: UInt64
  package let entries: [Entry]
  package let state: RecordState
  /// Sealed sections that are here and can't be opened.
  package let unopened: Int
}

extension Replica {
  func load(_ record: RecordID, _ db: Database) throws -> LoadedRecord {
    guard let loaded = try loadIfHeld(record, db) else {
      throw StoreError(.notFound, "There is no such record in this replica.")
    }
    return loaded
  }

  func loadIfHeld(_ record: RecordID, _ db: Database) throws -> LoadedRecord? {
    let entries = try EntryTable.entries(ofRecord: record, in: db)
    guard let first = entries.first(where: { $0.envelope.kind.startsRecord }) ?? entries.first
    else { return nil }
    let keys = try recordKeys(record, in: db)
    var unopened = 0
    let folded = try entries.map { entry in
      var opened: [SensitivityClass: FieldWrites] = [:]
      for part in [SensitivityClass.sensitive, .identity] {
        guard let bytes = entry.section(part).bytes else { continue }
        let salt = entry.rootSalt.salt(of: part == .sensitive ? .sensitive : .identity)
        guard
          let plain = keys.lazy.compactMap({
            try? self.sealer.open(bytes, part: part, record: record, salt: salt, key: $0)
          }).first, let writes = try? decodeFieldWrites(plain, limits: limits)
        else {
          unopened += 1
          continue
        }
        opened[part] = writes
      }
      return try FoldedEntry(entry, opened: opened, limits: limits)
    }
    let form = first.envelope.form
    return LoadedRecord(
      record: record, form: form,
      formVersion: entries.map(\.envelope.formVersion).max() ?? 0, entries: entries,
      state: RecordFold(folded).state(under: try catalog(db).rules(form)), unopened: unopened)
  }
}
