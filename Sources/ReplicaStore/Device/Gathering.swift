internal import GRDB
internal import SyncCore

/// The state of a reader's replica that is not whole yet (sync §3.6).
///
/// It begins when a stream is added to those that are pulled, and ends with the answer that says that
/// nothing is left; it is durable, so no cut and no restart hides that something is missing.
public struct Gathering: Sendable, Hashable {
  /// Items of streams that are here.
  public let here: Int
  /// Items that were still to come at the last answer, as the hub said; nil before it said.
  public let left: Int?

  package init(here: Int, left: Int?) {
    self.here = here
    self.left = left
  }
}

extension Replica {
  /// Nil when the replica is whole.
  ///
  /// - Throws: ``StoreError``.
  public func gathering() throws -> Gathering? { try read { try gathering($0) } }

  func gathering(_ db: Database) throws -> Gathering? {
    guard let left = try SettingTable(db: db).integer(SettingName.leftToGather) else { return nil }
    let here =
      try Int.fetchOne(db.cachedStatement(sql: "SELECT coalesce(sum(count), 0) FROM stream")) ?? 0
    return Gathering(here: here, left: left < 0 ? nil : Int(left))
  }

  /// A stream was added: what it has is not known before the hub was asked for it.
  func beginGathering(in db: Database) throws {
    try SettingTable(db: db).set(SettingName.leftToGather, -1)
  }

  /// After an answer to a request for all streams that there were.
  func gathered(_ advance: SyncAdvance, isAnswerToAll: Bool, in db: Database) throws {
    let settings = SettingTable(db: db)
    guard isAnswerToAll, try settings.integer(SettingName.leftToGather) != nil else { return }
    try settings.set(SettingName.leftToGather, advance.left.map { Int64(clamping: $0) })
  }
}
