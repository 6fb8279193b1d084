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
  /// Why the form refuses an entry, as far as this replica can read it (forms §6).
  package let judged: [EntryHash: String]
  /// The same of what remains of each entry: nothing once somebody corrected the answer.
  let remaining: [EntryHash: String]

  /// Why the record counts as held back: the first reason, the hub's word on an own entry or this
  /// replica's judgement (sync §4).
  func held(hubWords: [EntryHash: String]) -> String? {
    for entry in entries {
      if let word = remaining[entry.hash] { return word }
      // Where this replica judges otherwise, or cannot judge, the hub's word stands.
      if let word = hubWords[entry.hash],
        judged[entry.hash] == nil || QuarantineReason(rawValue: word) == nil
      {
        return word
      }
    }
    return nil
  }
}

extension Replica {
  func load(_ record: RecordID, _ db: Database) throws -> LoadedRecord {
    guard let loaded = try loadIfHeld(record, db) else {
      throw StoreError(.notFound, "There is no such record in this replica.")
    }
    return loaded
  }

  func loadIfHeld(_ record: RecordID, _ db: Database) throws -> LoadedRecord? {
    guard let parts = try RecordReader(self, db).parts(of: record) else { return nil }
    return try RecordFolder(self, try catalog(db)).fold(parts)
  }
}

/// What a record is folded from: everything of it that this replica holds.
struct RecordParts: Sendable {
  let record: RecordID
  /// In the order in which they were stored; never empty.
  let entries: [Entry]
  /// What its sealed sections may be sealed with.
  let keys: [RecordKey]

  /// The same without some entries; nil when no other is left.
  func without(_ hashes: Set<EntryHash>) -> RecordParts? {
    let left = entries.filter { !hashes.contains($0.hash) }
    return left.isEmpty ? nil : RecordParts(record: record, entries: left, keys: keys)
  }
}

extension [Entry] {
  /// Of a record's entries, which are some, the one that started it; while that is not here, any.
  var startingRecord: Entry { first { $0.envelope.kind.startsRecord } ?? self[0] }
}

/// Opens, judges and folds the entries of records. It looks at nothing but what it is given, so many
/// records can be folded at once.
struct RecordFolder: Sendable {
  private let sealer: SectionSealer
  private let catalog: FormCatalog
  private let limits: Limits

  init(_ replica: Replica, _ catalog: FormCatalog) {
    sealer = replica.sealer
    limits = replica.limits
    self.catalog = catalog
  }

  func fold(_ parts: RecordParts) throws -> LoadedRecord {
    var unopened = 0
    var judged: [EntryHash: String] = [:]
    var refused: [(entry: Entry, writes: [SensitivityClass: FieldWrites])] = []
    let folded = try parts.entries.map { entry in
      var opened: [SensitivityClass: FieldWrites] = [:]
      for part in [SensitivityClass.sensitive, .identity] {
        guard let bytes = entry.section(part).bytes else { continue }
        guard let writes = open(bytes, of: entry, part, parts.keys) else {
          unopened += 1
          continue
        }
        opened[part] = writes
      }
      let folded = try FoldedEntry(entry, opened: opened, limits: limits)
      if let reason = EntryCheck.reason(entry.envelope, folded.writesByClass, catalog: catalog) {
        judged[entry.hash] = reason
        refused.append((entry, folded.writesByClass))
      }
      return folded
    }
    let form = parts.entries.startingRecord.envelope.form
    let state = RecordFold(folded).state(under: catalog.rules(form))
    var remaining: [EntryHash: String] = [:]
    for (entry, writes) in refused {
      remaining[entry.hash] = EntryCheck.reason(
        entry.envelope, writes, catalog: catalog,
        where: { state.stillShows($0, of: entry.hash) })
    }
    return LoadedRecord(
      record: parts.record, form: form,
      formVersion: parts.entries.map(\.envelope.formVersion).max() ?? 0, entries: parts.entries,
      state: state, unopened: unopened, judged: judged, remaining: remaining)
  }

  /// The writes of a sealed section; nil when no key opens it.
  private func open(
    _ bytes: [UInt8], of entry: Entry, _ part: SensitivityClass, _ keys: [RecordKey]
  ) -> FieldWrites? {
    let salt = entry.rootSalt.salt(of: part == .sensitive ? .sensitive : .identity)
    let plain = keys.firstResult {
      try? sealer.open(
        bytes, part: part, record: entry.envelope.record, salt: salt, key: $0)
    }
    return plain.flatMap { try? decodeFieldWrites($0, limits: limits) }
  }
}

extension Sequence {
  /// What the body makes of the first element of which it makes anything. A lazy `compactMap` asks it
  /// twice.
  func firstResult<Result>(_ body: (Element) throws -> Result?) rethrows -> Result? {
    for element in self {
      if let result = try body(element) { return result }
    }
    return nil
  }
}

extension RecordState {
  /// Whether the write that an entry made under this name was not replaced since.
  fileprivate func stillShows(_ name: String, of hash: EntryHash) -> Bool {
    if let field = self[name] { return field.remaining.contains { $0.hash == hash } }
    // Its author names a new instance of a repeat without the entry's hash (entry §1.3).
    guard let mark = name.firstIndex(of: "#"), let dot = name.lastIndex(of: "."), mark < dot
    else { return false }
    let full = name[..<dot] + "@" + hash.hex + name[dot...]
    return self[String(full)]?.remaining.contains { $0.hash == hash } ?? false
  }
}
