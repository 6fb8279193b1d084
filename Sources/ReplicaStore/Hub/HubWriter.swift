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
  private(set) var fileChanges: UInt64
  private(set) var book: StatementBook
  private(set) var statementsChanged = false
  /// The ends of the streams that this transaction delivered to; ``finish()`` writes them.
  private var streams: [String: OpenStream] = [:]
  /// What runs once for each entry.
  let statements = HubStatements()
  /// Whether some entry is held as out of scope; nil before anybody asked.
  var hasOutOfScope: Bool?

  private struct OpenStream {
    let id: Int64
    var position: StreamPosition
  }

  init(_ store: HubStore, _ db: Database) throws {
    self.store = store
    self.db = db
    now = store.now()
    (frontier, hubEpoch, isRecovering, book, fileChanges) = store.live.withLock {
      ($0.frontier, $0.hubEpoch, $0.isRecovering, $0.book, $0.fileChanges)
    }
  }

  var settings: SettingTable { SettingTable(db: db) }

  /// Counts what a checkpoint does not cover, so that a copy from before it is known for one.
  mutating func countFileChange() throws {
    fileChanges += 1
    try settings.set(HubSetting.fileChanges, Int64(clamping: fileChanges))
  }

  /// Puts a leaf into the log; returns its index.
  mutating func appendLeaf(_ data: Digest32) throws -> UInt64 {
    let index = frontier.end
    var completed: [MerkleNode] = []
    frontier.append(leaf: MerkleTree.leafHash(data)) { completed.append($0) }
    try TreeNodeTable(db: db).store(completed, by: statements.node(db))
    return index
  }

  /// Writes what the batch changed of the tree and of the streams.
  func finish() throws {
    for (_, stream) in streams.sorted(by: { $0.value.id < $1.value.id }) {
      var statement = try BoundStatement(db, "UPDATE stream SET count = ?, hash = ? WHERE id = ?")
      statement.bind(stream.position.count)
      statement.bind(stream.position.hash)
      statement.bind(stream.id)
      try statement.run()
    }
    guard frontier.end != store.live.withLock({ $0.frontier.end }) else { return }
    try settings.set(HubSetting.treeSize, Int64(frontier.end))
  }

  // MARK: Streams

  private func open(stream name: String) throws -> OpenStream {
    if let known = streams[name] { return known }
    let found = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT id, count, hash FROM stream WHERE name = ?"),
      arguments: [name])
    if let found {
      return OpenStream(
        id: found["id"],
        position: StreamPosition(
          count: UInt64(found["count"] as Int64),
          hash: Digest32(Array(found["hash"] as Data)) ?? .zero))
    }
    try db.cachedStatement(
      sql: "INSERT INTO stream(name, count, hash) VALUES (?, 0, ?)"
    ).execute(arguments: [name, Data(Digest32.zero.bytes)])
    return OpenStream(id: db.lastInsertedRowID, position: .start)
  }

  mutating func deliver(_ item: StreamItem, row: Int64?, to name: String) throws {
    var stream = try open(stream: name)
    var statement = try statements.item(db)
    statement.bind(stream.id)
    statement.bind(stream.position.count)
    stream.position.append(item)
    switch item {
    case .entry:
      statement.bind(1)
      statement.bind(row)
      statement.bindNull()
      statement.bindNull()
    case .moved(let id):
      statement.bind(2)
      statement.bindNull()
      statement.bind(id)
      statement.bindNull()
    case .statement:
      statement.bind(3)
      statement.bindNull()
      statement.bindNull()
      statement.bind(row)
    }
    statement.bind(stream.position.hash)
    try statement.run()
    streams[name] = stream
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

  /// Entries that waited for a form are judged again. They were delivered when they came; their authors
  /// learn of it by the form's statement.
  private func releaseHeld(form: String, version: UInt64) throws {
    let catalog = FormCatalog(book)
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT id, \(EntryTable.columns) FROM entry WHERE held = ? AND form = ? ORDER BY leaf
          """), arguments: [EntryCheck.formUnknown, form])
    for row in rows {
      let entry = try EntryTable.entry(row, coded: nil, limits: store.limits)
      guard entry.envelope.formVersion == version else { continue }
      let reason = try EntryCheck.reason(entry, catalog: catalog, limits: store.limits)
      try db.execute(
        sql: "UPDATE entry SET held = ? WHERE id = ?", arguments: [reason, row["id"] as Int64])
    }
  }
}
