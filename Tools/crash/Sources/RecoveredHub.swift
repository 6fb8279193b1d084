import Crypto
import Foundation
import GRDB
import ReplicaStore
import SyncCore

/// The home of a hub that does not serve: opened for each image, and verified when its data and its
/// checkpoint store hold what they never held before.
struct RecoveredHub {
  private struct State: Hashable {
    let contents: [UInt8]
    let checkpoint: [UInt8]?
    let epoch: UInt64
    let isRecovering: Bool
  }

  private struct NoStoreKey: Error {}

  private let home: HubHome
  /// One time for all images: what is signed on opening is then the same, wherever it is.
  private let now: Int64
  private var met: [State: Finding.Verified] = [:]

  init(_ path: String) {
    home = HubHome(path)
    now = Int64(Date().timeIntervalSince1970)
  }

  mutating func open() throws -> Finding {
    guard let key = FileManager.default.contents(atPath: home.storeKeyPath) else {
      throw NoStoreKey()
    }
    let now = self.now
    let store = try HubStore(
      home: home, key: SymmetricKey(data: key), now: { now },
      surroundings: RememberedSignatures.surroundings)
    let seal = store.checkpoint
    let status = Finding.Status(
      recovering: store.isRecovering,
      checkpoint: seal.map { .init(size: $0.size, root: $0.root.hex) })
    let state = State(
      contents: try store.db.read { try Contents.digest($0) }, checkpoint: seal?.bytes,
      epoch: store.hubEpoch, isRecovering: store.isRecovering)
    let findings = try SealedDatabase.findings(path: home.databasePath)
    if findings.isEmpty, let verified = met[state] {
      return Finding(verify: verified, status: status, met: true)
    }
    let found = try store.verify()
    let verified = Finding.Verified(entries: found.entries, problems: found.problems)
    if findings.isEmpty { met[state] = verified }
    return Finding(verify: verified, status: status)
  }
}
