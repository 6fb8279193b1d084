import Crypto
import Forms
import Foundation
import GRDB
import Identity
import SyncCore

@testable import ReplicaStore

/// A home that is a member of a programme without a hub in sight: the statements and the membership
/// that a hub would have sent are put in by hand. For commands that need no network.
struct YarrowHome {
  let path: String
  let passphraseFile: String
  static let passphrase = "correct horse battery"

  /// - Parameters:
  ///   - role: what the membership says.
  ///   - forms: YAML of forms that the authority signed beside the shipped ones, by name.
  static func make(
    in directory: String, role: Membership.Role = .liaison, areas: [String] = ["north", "south"],
    forms: [String: String] = [:]
  ) throws -> YarrowHome {
    let path = directory + "/home"
    let passphraseFile = directory + "/pass"
    _ = FileManager.default.createFile(
      atPath: passphraseFile, contents: Data((passphrase + "\n").utf8),
      attributes: [.posixPermissions: 0o600])
    let home = DeviceHome(path)
    let key = try home.create(passphrase: Array(passphrase.utf8), cost: .tiny)
    try found(home, key, role: role, areas: areas, forms: forms)
    return YarrowHome(path: path, passphraseFile: passphraseFile)
  }

  /// What the next sync would have told the person (sync §5).
  func raise(alarms: [String]) throws {
    let home = DeviceHome(path)
    let replica = try Replica(
      opening: home, key: home.unlock(passphrase: Array(Self.passphrase.utf8)))
    try replica.db.write { db in
      for code in alarms {
        try db.execute(
          sql: "INSERT INTO alarm(code, at, detail) VALUES (?, 0, '')", arguments: [code])
      }
    }
  }

  private static func found(
    _ home: DeviceHome, _ key: SymmetricKey, role: Membership.Role, areas: [String],
    forms: [String: String]
  ) throws {
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    let authority = SigningKeyPair(using: &generator)
    let log = SigningKeyPair(using: &generator)
    let invite = try Invite(
      programmeName: "delta", programme: ProgrammeIdentity(authority: authority.publicKey),
      hubLogKey: log.publicKey, tlsPin: .zero, address: HubAddress("https://127.0.0.1:1")!,
      role: InviteRole(rawValue: role.rawValue)!, secret: InviteSecret(using: &generator),
      expires: 0)
    let replica = try Replica.create(in: home, key: key, invite: invite)
    let hub = HubStatement(logKey: log.publicKey, tlsPin: .zero, lastSize: 0, lastRoot: .zero)
    var bodies: [StatementBody] = [
      .hub(hub), .recovery(OpeningKeyPair(using: &generator).publicKey),
    ]
    for name in ShippedForms.names {
      bodies.append(.form(FormStatement(name: name, yaml: ShippedForms.reference(name)!)))
    }
    for (name, yaml) in forms {
      bodies.append(.form(FormStatement(name: name, yaml: Array(yaml.utf8))))
    }
    try replica.db.write { db in
      for body in bodies {
        let signed = SignedStatement(Statement(body, version: 1), signedBy: authority)
        try replica.accept(statement: signed.encoded, in: db)
      }
      let settings = SettingTable(db: db)
      try settings.set(SettingName.token, bytes: [UInt8](repeating: 7, count: 16))
      try settings.set(SettingName.hubEpoch, Int64(1))
      try replica.apply(
        Membership(
          version: 1, role: role, areas: areas, programmeAreas: areas,
          url: "https://127.0.0.1:1"), in: db)
    }
  }
}
