internal import GRDB
internal import Identity
internal import SyncCore

/// What takes something back and has not reached the hub (sync §3.5).
public struct WaitingWithdrawals: Sendable, Hashable {
  /// How many such entries the hub has not acknowledged.
  public let count: Int
  /// About what the messages need that bring the last of them, with all entries before it.
  public let bytes: Int

  public static let none = WaitingWithdrawals(count: 0, bytes: 0)
}

extension Replica {
  /// - Throws: ``StoreError``.
  public func waitingWithdrawals() throws -> WaitingWithdrawals {
    try read { db in
      let after = max(0, try SettingTable(db: db).integer(SettingName.acknowledgedSeq) ?? 0)
      guard let own = try OriginTable.row(identity.origin, in: db),
        let last = try lastWithdrawal(after: after, db)
      else { return .none }
      let count = try Int.fetchOne(
        db.cachedStatement(
          sql: "SELECT count(*) FROM entry WHERE origin = ? AND seq > ? AND \(TakingBack.condition())"),
        arguments: [own, after])
      let bytes = try wireBytes(after: after, through: Int64(last), of: own, db)
      return WaitingWithdrawals(count: count ?? 0, bytes: bytes + Self.exchangeBytes)
    }
  }

  /// The seq of the last entry of this log behind another that takes something back.
  func lastWithdrawal(after: Int64, _ db: Database) throws -> UInt64? {
    guard let own = try OriginTable.row(identity.origin, in: db) else { return nil }
    return try Int64.fetchOne(
      db.cachedStatement(
        sql: "SELECT max(seq) FROM entry WHERE origin = ? AND seq > ? AND \(TakingBack.condition())"),
      arguments: [own, after]
    ).map { UInt64($0) }
  }

  /// About what entries of a row of this log take in batches, as they lie here: near to
  /// ``Entry/wireBytesEstimate``, and not the same.
  func wireBytes(
    after: Int64, through last: Int64 = .max, of own: Int64, _ db: Database
  ) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT sum(\(Self.wireBytes)) FROM entry WHERE origin = ? AND seq > ? AND seq <= ?"),
      arguments: [own, after, last]) ?? 0
  }

  private static let wireBytes = """
    24 + length(operational) / 4 + \(CodedTables.wireBytes) + coalesce(length(sensitive), 0) \
    + coalesce(length(identity), 0)
    """
  /// What a request and its answer have beside what they carry.
  static let exchangeBytes = 256
}
