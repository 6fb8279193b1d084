internal import Foundation
internal import GRDB
internal import SyncCore

/// Nodes of the hub log that a store keeps: all of them on a hub, on a device the frontier and the
/// paths of its own leaves (hub-log §6).
struct TreeNodeTable: MerkleNodes {
  static let schema = """
    CREATE TABLE tree_node (
      level INTEGER NOT NULL,
      position INTEGER NOT NULL,
      hash BLOB NOT NULL,
      PRIMARY KEY (level, position)
    ) STRICT, WITHOUT ROWID;
    """

  let db: Database

  func node(level: Int, index: UInt64) throws -> Digest32? {
    try Data.fetchOne(
      db.cachedStatement(sql: "SELECT hash FROM tree_node WHERE level = ? AND position = ?"),
      arguments: [level, Int64(bitPattern: index)]
    ).flatMap { Digest32(Array($0)) }
  }

  /// The leaves of a range that are here.
  func leaves(_ range: Range<UInt64>) throws -> [UInt64: Digest32] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT position, hash FROM tree_node WHERE level = 0 AND position >= ? AND position < ?"),
      arguments: [Int64(bitPattern: range.lowerBound), Int64(bitPattern: range.upperBound)])
    var leaves: [UInt64: Digest32] = [:]
    while let row = try rows.next() {
      leaves[UInt64(bitPattern: row[0] as Int64)] = Digest32(row[1] as Data)
    }
    return leaves
  }

  /// What ``store(_:by:)`` runs.
  static func storing(_ db: Database) throws -> BoundStatement {
    try BoundStatement(
      db, "INSERT OR REPLACE INTO tree_node(level, position, hash) VALUES (?, ?, ?)")
  }

  func store(_ nodes: some Sequence<MerkleNode>) throws {
    try store(nodes, by: Self.storing(db))
  }

  func store(_ nodes: some Sequence<MerkleNode>, by storing: BoundStatement) throws {
    var statement = storing
    for node in nodes {
      statement.bind(Int64(node.address.level))
      statement.bind(node.address.index)
      statement.bind(node.hash)
      try statement.run()
    }
  }

  func drop(_ addresses: some Sequence<NodeAddress>) throws {
    let statement = try db.cachedStatement(
      sql: "DELETE FROM tree_node WHERE level = ? AND position = ?")
    for address in addresses {
      try statement.execute(
        arguments: [Int(address.level), Int64(bitPattern: address.index)])
    }
  }

  func clear() throws { try db.execute(sql: "DELETE FROM tree_node") }
}
