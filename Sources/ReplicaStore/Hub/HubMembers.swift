internal import Foundation
internal import GRDB
package import Identity
package import SyncCore
internal import SyncWire

/// An enrolled device as the hub knows it.
package struct HubDevice: Sendable, Hashable {
  package let origin: OriginID
  package let signing: SigningPublicKey
  package let opening: OpeningPublicKey
  package let role: Membership.Role
  package let areas: [String]
  package let label: String
  package let version: UInt64
  package let isRevoked: Bool
  package let revokedReason: String?
  package let lastPushDone: Bool
  package let joined: Int64
  package let lastSeen: Int64
  /// Somebody else wrote under this origin too: what it still pushes is taken, and it has to go on
  /// under a new one (sync §8).
  package let isClosed: Bool
  /// The closed origin whose device goes on under this one.
  package let predecessor: OriginID?

  init?(_ row: Row) {
    guard let origin = OriginID(Array(row["origin"] as Data)),
      let signing = SigningPublicKey(Array(row["signing"] as Data)),
      let opening = OpeningPublicKey(Array(row["opening"] as Data)),
      let role = Membership.Role(rawValue: UInt8(clamping: row["role"] as Int))
    else { return nil }
    self.origin = origin
    self.signing = signing
    self.opening = opening
    self.role = role
    areas = (row["areas"] as String).areaCodes
    label = row["label"]
    version = UInt64(row["version"] as Int64)
    isRevoked = (row["revoked"] as Int) != 0
    revokedReason = row["revoked_reason"]
    lastPushDone = (row["last_push_done"] as Int) != 0
    joined = row["joined"]
    lastSeen = row["last_seen"]
    isClosed = (row["closed"] as Int) != 0
    predecessor = (row["predecessor"] as Data?).flatMap { OriginID(Array($0)) }
  }

  /// Words to compare by voice before the authority names the device (identity §2).
  package var words: Words { DevicePublicIdentity(signing: signing, opening: opening).words }
}

extension HubStore {
  func device(sender: Bytes16, in db: Database) throws -> HubDevice? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM device WHERE prefix = ?"),
      arguments: [Data(sender.bytes)]
    ).flatMap { HubDevice($0) }
  }

  func device(_ origin: OriginID, in db: Database) throws -> HubDevice? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM device WHERE origin = ?"),
      arguments: [Data(origin.bytes)]
    ).flatMap { HubDevice($0) }
  }

  func membership(_ device: HubDevice, in db: Database) throws -> Membership {
    let settings = SettingTable(db: db)
    let common = UInt64(try settings.integer(HubSetting.membershipVersion) ?? 1)
    return Membership(
      version: device.version + common, role: device.role, areas: device.areas.sorted(),
      programmeAreas: (try settings.text(HubSetting.areas)?.areaCodes ?? []).sorted(),
      url: try settings.text(HubSetting.url) ?? "")
  }

  func token(for origin: OriginID) -> [UInt8] {
    keys.tokens.token(for: origin, window: HubToken.window(at: now())).bytes.bytes
  }
}

extension HubWriter {
  /// Makes an invite that one device can use once (identity §4).
  package mutating func invite(
    role: Membership.Role, areas: [String], label: String, expiresIn seconds: Int64
  ) throws -> Invite {
    let known = Set(try settings.text(HubSetting.areas)?.areaCodes ?? [])
    for area in areas where !known.contains(area) {
      throw StoreError(.notFound, "The programme has no area \(area); areas add makes one.")
    }
    guard role == .committee || !areas.isEmpty else {
      throw StoreError(.invalidAnswers, "A \(role.name) needs at least one --area.")
    }
    guard let url = try settings.text(HubSetting.url), let address = HubAddress(url),
      let inviteRole = InviteRole(rawValue: role.rawValue), seconds > 0, seconds <= 366 * 86_400
    else { throw StoreError(.invalidAnswers, "An invite lasts between a second and a year.") }
    var generator = store.surroundings.random
    let secret = InviteSecret(using: &generator)
    let invite = try Invite(
      programmeName: store.keys.programmeName, programme: store.keys.programme,
      hubLogKey: store.keys.signing.publicKey, tlsPin: store.keys.tlsPin, address: address,
      role: inviteRole, secret: secret, expires: UInt64(max(0, now + seconds)))
    try db.execute(
      sql: """
        INSERT INTO invite(secret_hash, role, areas, label, created, expires)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        Data(secret.hash.bytes), Int(role.rawValue), Set(areas).sorted().areaSetting, label, now,
        now + seconds,
      ])
    return invite
  }

  package mutating func cancelInvite(_ id: Int64) throws {
    try db.execute(
      sql: "UPDATE invite SET cancelled = 1 WHERE id = ? AND used_by IS NULL", arguments: [id])
    guard db.changesCount == 1 else {
      throw StoreError(.notFound, "There is no unused invite with that number.")
    }
  }

  /// Enrols a device; the same keys with the same invite get the same answer.
  mutating func join(_ request: JoinRequest) throws -> JoinResponse {
    guard let signing = SigningPublicKey(request.signingKey),
      let opening = OpeningPublicKey(request.openingKey)
    else { return .refused(.unknownInvite) }
    if isRecovering { return .refused(.recovering) }
    let origin = signing.origin
    let hash = InviteSecret(request.inviteSecret).hash
    guard
      let invite = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT * FROM invite WHERE secret_hash = ?"), arguments: [Data(hash.bytes)]),
      invite["cancelled"] as Int == 0
    else { return .refused(.unknownInvite) }
    if let usedBy = invite["used_by"] as Data? {
      guard Array(usedBy) == origin.bytes else { return .refused(.inviteUsed) }
    } else {
      guard (invite["expires"] as Int64) > now else { return .refused(.inviteExpired) }
      // A key that is enrolled already is told its membership again; the invite stays for another.
      if try store.device(sender: Bytes16(prefixOf: origin), in: db) == nil {
        try db.execute(
          sql: """
            INSERT INTO device(origin, prefix, signing, opening, role, areas, label, version, joined,
              last_seen)
            VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
            """,
          arguments: [
            Data(origin.bytes), Data(Bytes16(prefixOf: origin).bytes), Data(signing.bytes),
            Data(opening.bytes), invite["role"] as Int, invite["areas"] as String,
            invite["label"] as String, now, now,
          ])
        try db.execute(
          sql: "UPDATE invite SET used_by = ? WHERE id = ?",
          arguments: [Data(origin.bytes), invite["id"] as Int64])
      }
    }
    guard let device = try store.device(sender: Bytes16(prefixOf: origin), in: db),
      let statement = store.hubStatement
    else { return .refused(.unknownInvite) }
    if device.isRevoked { return .refused(.revoked) }
    return .member(
      try store.membership(device, in: db), token: store.token(for: origin), hubEpoch: hubEpoch,
      hubStatement: statement)
  }

  package mutating func setAreas(_ origin: OriginID, _ areas: [String]) throws {
    let known = Set(try settings.text(HubSetting.areas)?.areaCodes ?? [])
    for area in areas where !known.contains(area) {
      throw StoreError(.notFound, "The programme has no area \(area); areas add makes one.")
    }
    try db.execute(
      sql: "UPDATE device SET areas = ?, version = version + 1 WHERE origin = ?",
      arguments: [Set(areas).sorted().areaSetting, Data(origin.bytes)])
    try requireDevice()
  }

  /// Ends a device, and whoever went on from its keys: who held those could name itself a successor.
  package mutating func revoke(_ origin: OriginID, reason: String) throws {
    guard reason.isReasonCode else {
      throw StoreError(.invalidAnswers, "A reason is a code of letters, digits and underscores.")
    }
    for each in try [origin] + successors(of: origin) {
      try db.execute(
        sql: "UPDATE device SET revoked = 1, revoked_reason = ?, version = version + 1 WHERE origin = ?",
        arguments: [reason, Data(each.bytes)])
      try requireDevice()
    }
  }

  private func requireDevice() throws {
    guard db.changesCount == 1 else {
      throw StoreError(.notFound, "No device with that origin is enrolled.")
    }
  }

  package mutating func setURL(_ url: String) throws {
    guard let address = HubAddress(url) else {
      throw StoreError(.invalidAnswers, "A hub's url is https://HOST:PORT and nothing more.")
    }
    try settings.set(HubSetting.url, address.text)
    try raiseMembershipVersion()
  }

  package mutating func addArea(_ code: String) throws {
    guard code.isAreaCode else {
      throw StoreError(.invalidAnswers, "An area is a code of letters, digits, hyphens and underscores.")
    }
    var areas = Set(try settings.text(HubSetting.areas)?.areaCodes ?? [])
    guard areas.insert(code).inserted else {
      throw StoreError(.nothingToChange, "The programme has that area already.")
    }
    try settings.set(HubSetting.areas, areas.sorted().areaSetting)
    try raiseMembershipVersion()
  }

  private func raiseMembershipVersion() throws {
    let version = try settings.integer(HubSetting.membershipVersion) ?? 1
    try settings.set(HubSetting.membershipVersion, version + 1)
  }
}
