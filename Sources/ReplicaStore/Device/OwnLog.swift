internal import Foundation
package import GRDB
public import Identity
package import SyncCore
internal import Synchronization

/// The keys of one installation: those that it writes with, and those it wrote with before its
/// origin was closed (sync §8). The old ones still open what was sealed to them.
struct DeviceKeys: Sendable {
  var current: DeviceIdentity
  var retired: [DeviceIdentity] = []

  init(_ settings: SettingTable) throws {
    guard let stored = try settings.bytes(SettingName.identity) else {
      throw StoreError(.noHome, "This home was not finished; join again.")
    }
    current = try DeviceIdentity(stored: stored)
    let old = try settings.bytes(SettingName.retiredIdentities) ?? []
    for start in stride(from: 0, to: old.count, by: DeviceIdentity.storedByteCount) {
      retired.append(
        try DeviceIdentity(
          stored: Array(old[start..<min(start + DeviceIdentity.storedByteCount, old.count)])))
    }
  }

  var all: [DeviceIdentity] { [current] + retired }
}

extension Replica {
  /// The keys under which this installation writes.
  public var identity: DeviceIdentity { keys.withLock { $0.current } }

  /// Every origin under which this installation wrote.
  package var ownOrigins: Set<OriginID> { keys.withLock { Set($0.all.map(\.origin)) } }

  /// Every key that opens what was sealed to this installation, the present one first.
  var openingKeys: [OpeningKeyPair] { keys.withLock { $0.all.map(\.opening) } }

  /// Another process may have gone on under a new origin since.
  func refreshKeys(_ db: Database) throws {
    let settings = SettingTable(db: db)
    guard try settings.bytes(SettingName.identity) != identity.stored else { return }
    let found = try DeviceKeys(settings)
    keys.withLock { $0 = found }
  }

  /// The row of this device in `origin`, made when missing.
  func ownRow(_ db: Database) throws -> Int64 {
    try OriginTable.row(identity.origin, key: identity.signing.publicKey.bytes, in: db)
  }

  /// The rows that this device's own log is made of, those of closed origins among them.
  package func ownLog(_ db: Database) throws -> [(row: Int64, last: Int64)] {
    try OriginTable.row(identity.origin, in: db).map { try OriginTable.lineage(of: $0, in: db) }
      ?? []
  }
}
