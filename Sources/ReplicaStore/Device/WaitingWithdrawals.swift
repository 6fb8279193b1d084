internal import GRDB
internal import Identity
internal import SyncCore

/// What takes something back and has not reached the hub (sync §3.5).
public struct WaitingWithdrawals: Sendable, Hashable {
  /// How many such entries the hub has not acknowledged.
  public let count: Int
  /// About what the messages need that bring the last of them, with all entries before it.
  public let bytes: Int
  /// The seq of the last; 0 without one.
  let last: UInt64

  public static let none = WaitingWithdrawals(count: 0, bytes: 0, last: 0)
}

extension Replica {
  /// - Throws: ``StoreError``.
  public func waitingWithdrawals() throws -> WaitingWithdrawals {
    try read { db in
      try waitingWithdrawals(
        after: max(0, try SettingTable(db: db).integer(SettingName.acknowledgedSeq) ?? 0), db)
    }
  }

  func waitingWithdrawals(after: Int64, _ db: Database) throws -> WaitingWithdrawals {
    guard let own = try OriginTable.row(identity.origin, in: db) else { return .none }
    let found = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) AS count, max(seq) AS last FROM entry
        WHERE origin = ? AND seq > ? AND \(TakingBack.condition())
        """, arguments: [own, after])
    guard let found, let last = found["last"] as Int64? else { return .none }
    let bytes = try Int.fetchOne(
      db,
      sql: """
        SELECT sum(\(Self.wireBytes)) FROM entry WHERE origin = ? AND seq > ? AND seq <= ?
        """, arguments: [own, after, last])
    return WaitingWithdrawals(
      count: found["count"], bytes: (bytes ?? 0) + Self.exchangeBytes, last: UInt64(last))
  }

  /// As ``Entry/wireBytesEstimate``, of a row.
  static let wireBytes = """
    24 + (length(operational) + coalesce(length(coded), 0)) / 4 + coalesce(length(sensitive), 0) \
    + coalesce(length(identity), 0)
    """
  /// What a request and its answer have beside what they carry.
  static let exchangeBytes = 256
}
