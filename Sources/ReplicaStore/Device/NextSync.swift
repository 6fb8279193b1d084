internal import GRDB
internal import Identity
internal import SyncCore

/// What the next sync will move, as far as this device can know it (cli `status`).
///
/// What others wrote meanwhile is not counted, beyond what the hub said was left.
public struct NextSync: Sendable, Hashable {
  /// About how many bytes of messages go, files included.
  public let bytesUp: Int
  /// About how many come.
  public let bytesDown: Int
  /// About how long that takes, with the time that connecting takes.
  public let seconds: Int
  /// Bytes in a second as the last sync measured them; nil before that, and the time is then for a
  /// poor line.
  public let lineRate: Int?

  /// An item of a stream, as it comes: a report of average length.
  package static let itemBytes = 320
  private static let connectingSeconds = 5
  private static let poorRate = 1_000

  init(bytesUp: Int, bytesDown: Int, lineRate: Int?) {
    self.bytesUp = bytesUp
    self.bytesDown = bytesDown
    self.lineRate = lineRate
    seconds = Self.connectingSeconds + (bytesUp + bytesDown) / max(1, lineRate ?? Self.poorRate)
  }
}

extension Replica {
  /// - Throws: ``StoreError``.
  public func nextSync() throws -> NextSync {
    let (give, fetch) = (try filesToGive(), try filesToFetch())
    return NextSync(
      bytesUp: try unsentBytes() + Self.exchangeBytes / 2 + give.reduce(0) { $0 + $1.bytesLeft },
      bytesDown: (try gathering()?.left ?? 0) * NextSync.itemBytes + Self.exchangeBytes / 2
        + fetch.reduce(0) { $0 + $1.bytesLeft },
      lineRate: try lineRate())
  }

  /// About what the messages have to carry that bring the hub what it has not acknowledged.
  package func unsentBytes() throws -> Int {
    try read { db in
      guard let own = try OriginTable.row(identity.origin, in: db) else { return 0 }
      let acknowledged = try SettingTable(db: db).integer(SettingName.acknowledgedSeq) ?? 0
      return try wireBytes(after: max(0, acknowledged), of: own, db)
    }
  }

  /// How much of ``unsentBytes()`` went with the first entries of a push; nil where it had not so many.
  package func bytes(ofPushed count: Int, _ sent: Outgoing) throws -> Int? {
    if count == 0 { return 0 }
    guard let entries = sent.request?.push?.entries, entries.count >= count else { return nil }
    let seqs = entries.prefix(count).map(\.envelope.seq)
    return try read { db in
      guard let own = try OriginTable.row(identity.origin, in: db) else { return nil }
      return try wireBytes(after: Int64(seqs[0]) - 1, through: Int64(seqs[count - 1]), of: own, db)
    }
  }
}
