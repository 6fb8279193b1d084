internal import GRDB

/// The hub's certificate as it was last seen: it saves a handshake, and whoever uses it checks the
/// pin again (sync §6).
extension Replica {
  private static let settingName = "hub_certificate"

  package func hubCertificate() throws -> [UInt8]? {
    try read { try SettingTable(db: $0).bytes(Self.settingName) }
  }

  package func keep(hubCertificate der: [UInt8]) throws {
    try db.write { try SettingTable(db: $0).set(Self.settingName, bytes: der) }
  }
}
