internal import GRDB
internal import SyncCore

/// A stream of which something is to be delivered.
struct PendingStream {
  let position: SyncRequest.Position
  /// Nil for a stream that the hub has nothing of.
  let row: Int64?
  /// The first item, and their number in all.
  let from: UInt64
  let count: UInt64
}

/// In which order an answer tells of several streams (sync §3.5).
enum DeliveryOrder {
  /// As far as is looked: what stands behind so many items goes in a later answer in any case.
  private static let itemsMax = 256

  /// The streams in which something is taken back come first, the nearest before the others; the
  /// rest stays in the order of the request. Within a stream nothing is moved.
  static func sorted(_ streams: [PendingStream], in db: Database) throws -> [PendingStream] {
    guard streams.count(where: { $0.from < $0.count }) > 1 else { return streams }
    let distances = try streams.map { try distance($0, in: db) }
    return streams.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { streams[$0] }
  }

  /// How many items stand before the first that takes something back.
  private static func distance(_ stream: PendingStream, in db: Database) throws -> UInt64 {
    guard stream.from < stream.count else { return .max }
    let found = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT i.position FROM (
            SELECT position, kind, entry FROM stream_item WHERE stream = ? AND position >= ?
            ORDER BY position LIMIT ?) i LEFT JOIN entry e ON e.id = i.entry
          WHERE i.kind = 2 OR \(TakingBack.condition("e.")) ORDER BY i.position LIMIT 1
          """), arguments: [stream.row, Int64(stream.from), itemsMax])
    return found.map { UInt64($0) - stream.from } ?? .max
  }
}
