import GRDB
import ReplicaStore

/// The home of a device: opened by its passphrase for each image, and verified when it holds what
/// it never held before.
struct RecoveredDevice {
  private let home: DeviceHome
  private let passphrase: [UInt8]
  private let environment: Replica.Environment
  private var met: [[UInt8]: Finding.Verified] = [:]

  init(_ path: String, passphrase: [UInt8]) {
    home = DeviceHome(path)
    self.passphrase = passphrase
    var environment = Replica.Environment.system
    environment.surroundings = RememberedSignatures.surroundings
    self.environment = environment
  }

  mutating func open() throws -> Finding {
    let replica = try Replica(
      opening: home, key: try home.unlock(passphrase: passphrase), environment: environment)
    let contents = try replica.read { try Contents.digest($0) }
    // What recovery itself came upon lies in no page.
    let findings = try SealedDatabase.findings(path: home.databasePath)
    if findings.isEmpty, let verified = met[contents] {
      return Finding(verify: verified, met: true)
    }
    let found = try replica.verify()
    let verified = Finding.Verified(
      entries: found.entries, receipts: found.receipts, problems: found.problems.map(\.description))
    if findings.isEmpty { met[contents] = verified }
    return Finding(verify: verified)
  }
}
