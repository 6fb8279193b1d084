internal import Forms
internal import Foundation
internal import GRDB
package import Identity
internal import SyncCore
internal import Synchronization

/// The hub's writer inside one transaction: it places leaves and routes deliveries.
package struct HubWriter {
  let store: HubStore
  let db: Database
  let now: Int64
  private(set) var frontier: CompactRange
  private(set) var hubEpoch: UInt64
  private(set) var isRecovering: Bool
  private(set) var book: StatementBook
  private(set) var statementsChanged = false

  init(_ store: HubStore, _ db: Database) throws {
    self.store = store
    self.db = db
    now = store.now()
    (frontier, hubEpoch, isRecovering, book) = store.live.withLock {
      ($0.frontier, $0.hubEpoch, $0.isRecovering, $0.book)
    }
  }

  var settings: SettingTable { SettingTable(db: db) }

  /// Puts a leaf into the log; returns its index.
  mutating func appendLeaf(_ data: Digest32) throws -> UInt64 {
    let index = frontier.end
    var completed: [MerkleNode] = []
    frontier.append(leaf: MerkleTree.leafHash(data)) { completed.append($0) }
    try TreeNodeTable(db: db).store(completed)
    return index
  }

  /// Writes what the batch changed of the tree.
  func finish() throws {
    guard frontier.end != store.live.withLock({ $0.frontier.end }) else { return }
    try settings.set(HubSetting.treeSize, Int64(frontier.end))
  }

  // MARK: Streams

  private func streamRow(_ name: String) throws -> (id: Int64, position: StreamPosition) {
    let found = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT id, count, hash FROM stream WHERE name = ?"),
      arguments: [name])
    if let found {
      return (
        found["id"],
        StreamPosition(
          count: UInt64(found["count"] as Int64),
          hash: Digest32(Array(found["hash"] as Data)) ?? .zero)
      )
    }
    try db.execute(
      sql: "INSERT INTO stream(name, count, hash) VALUES (?, 0, ?)",
      arguments: [name, Data(Digest32.zero.bytes)])
    return (db.lastInsertedRowID, .start)
  }

  func deliver(_ item: StreamItem, row: Int64?, to name: String) throws {
    var (stream, position) = try streamRow(name)
    let at = position.count
    position.append(item)
    let kind: Int
    var entry: Int64?
    var record: Data?
    var statement: Int64?
    switch item {
    case .entry:
      kind = 1
      entry = row
    case .moved(let id):
      kind = 2
      record = Data(id.bytes)
    case .statement:
      kind = 3
      statement = row
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO stream_item(stream, position, kind, entry, record, statement, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        stream, Int64(at), kind, entry, record, statement, Data(position.hash.bytes),
      ])
    try db.cachedStatement(sql: "UPDATE stream SET count = ?, hash = ? WHERE id = ?")
      .execute(arguments: [Int64(position.count), Data(position.hash.bytes), stream])
  }

  static func ownStream(_ origin: OriginID) -> String { "own/" + origin.hex }

  // MARK: Statements

  /// Takes a statement of the authority: a leaf of the log, delivered to everybody.
  ///
  /// - Throws: ``StoreError`` with `refusedStatement` for an older or contradicting one, or a form
  ///   that lowers a class.
  package mutating func add(_ statement: SignedStatement) throws {
    switch try book.accept(statement) {
    case .accepted: break
    case .known: return
    case .older(let held):
      throw StoreError(
        .refusedStatement, "Version \(held) of this statement is known; sign a higher version.")
    case .contradicts:
      throw StoreError(
        .refusedStatement, "Another statement has this version; sign a higher version.")
    }
    if case .form(let form) = statement.statement.body {
      try checkForm(form, version: statement.statement.version)
    }
    if case .hub = statement.statement.body {
      hubEpoch = statement.statement.version
      isRecovering = false
      try settings.set(HubSetting.hubEpoch, Int64(hubEpoch))
      try settings.set(HubSetting.recovering, nil)
    }
    statementsChanged = true
    let leaf = try appendLeaf(statement.hash)
    let row = try StatementTable.insert(statement, leaf: leaf, in: db)
    try deliver(.statement(statement.hash), row: row, to: StreamName.programme.text)
    if case .form(let form) = statement.statement.body {
      try releaseHeld(form: form.name, version: statement.statement.version)
    }
  }

  private func checkForm(_ statement: FormStatement, version: UInt64) throws {
    let lists = try ShippedForms.lists()
    let form = try ShippedForms.parse(name: statement.name, statement: statement.yaml, lists: lists)
    guard form.name == statement.name, UInt64(form.version) == version,
      !form.name.hasPrefix(SystemForm.prefix)
    else { throw StoreError(.formRefused, "The form's name and version differ from its statement's.") }
    if let old = try store.catalog.newest(statement.name) {
      let violations = form.upgradeViolations(from: old)
      guard violations.isEmpty else {
        throw StoreError(
          .formRefused,
          "The new version would lower the class of a field; between versions a class only rises.")
      }
    }
  }

  /// Entries that waited for a form are judged again, and delivered if it accepts them.
  private func releaseHeld(form: String, version: UInt64) throws {
    let catalog = FormCatalog(book)
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, \(EntryTable.columns) FROM entry WHERE held = ? AND form = ? ORDER BY leaf
        """, arguments: [EntryCheck.formUnknown, form])
    for row in rows {
      let entry = try EntryTable.entry(row, limits: store.limits)
      guard entry.envelope.formVersion == version else { continue }
      let reason = try EntryCheck.reason(entry, catalog: catalog, limits: store.limits)
      try db.execute(
        sql: "UPDATE entry SET held = ? WHERE id = ?", arguments: [reason, row["id"] as Int64])
    }
  }
}
