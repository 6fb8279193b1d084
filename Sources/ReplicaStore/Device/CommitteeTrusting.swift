internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
public import TransparencyLog

extension Replica {
  /// What this home knows of its programme and its hub, to check a committee's file with
  /// (committee §7.1).
  ///
  /// The checkpoints are those that this device checked itself when it synced.
  public func committeeTrust() throws -> CommitteeTrust {
    let checkpoints = try read { db in
      try Row.fetchAll(
        db.cachedStatement(sql: "SELECT hub_epoch, bytes FROM checkpoint ORDER BY hub_epoch, size")
      ).compactMap { row -> Checkpoint? in
        guard let seal = CheckpointSeal(bytes: Array(row["bytes"] as Data)) else { return nil }
        let origin = LogOrigin(programme: programme.id, epoch: UInt64(row["hub_epoch"] as Int64))
        return try? SignedCheckpoint(seal, origin: origin).checkpoint
      }
    }
    return CommitteeTrust(
      programme: programme, checkpoints: checkpoints, releases: try knownReleases())
  }

  /// Remembers a release that was checked, so that another one of its number is noticed.
  public func remember(_ release: ReleasePackage) throws {
    try db.write { db in
      let settings = SettingTable(db: db)
      let name = Self.releaseSetting + "\(release.number)"
      guard try settings.bytes(name) == nil else { return }
      try settings.set(name, bytes: release.head.leaf.bytes)
    }
  }

  private static let releaseSetting = "release/"

  private func knownReleases() throws -> [CommitteeTrust.KnownRelease] {
    try read { db in
      try Row.fetchAll(
        db.cachedStatement(sql: "SELECT name, value FROM setting WHERE name >= ? AND name < ?"),
        arguments: [Self.releaseSetting, "release0"]
      ).compactMap { row in
        guard let number = UInt64((row["name"] as String).dropFirst(Self.releaseSetting.count)),
          let leaf = Digest32(Array(row["value"] as Data))
        else { return nil }
        return CommitteeTrust.KnownRelease(number: number, leaf: leaf)
      }
    }
  }
}

extension CommitteeFile {
  /// The file's summary in plain words, for a text beside it (committee §5.5).
  ///
  /// - Returns: nil for a release without its place in the log.
  package static func summary(_ release: ReleasePackage, language: String) -> String? {
    guard let log = release.log else { return nil }
    let records = Set(release.entries.map(\.record))
    return CommitteeSummary(release: release, records: records.count, log: log).text(language)
  }
}
