import Console
import HubServer
import Identity
import SyncCore

extension DeviceReport {
  /// What the authority would say about this device: its keys, and the part it has.
  ///
  /// - Throws: 65 for a committee member, who is given no keys.
  func readerStatement(
    _ state: ReaderStatement.State, areas newAreas: [String]? = nil
  ) throws -> Identity.Statement {
    let part: ReaderStatement.Role
    switch Membership.Role(name: role) {
    case .liaison: part = .liaison
    case .caseWorker: part = .caseWorker
    case .committee, nil:
      throw CommandFailure(.inputInvalid, "hub.admit_role", ["origin": shortOrigin])
    }
    guard let signing = SigningPublicKey(hexText: signingKey),
      let opening = OpeningPublicKey(hexText: openingKey)
    else {
      throw CommandFailure(.checkFailed, "hub.device_keys", ["origin": shortOrigin])
    }
    return Identity.Statement(
      .reader(
        ReaderStatement(
          state: state, role: part,
          keys: DevicePublicIdentity(signing: signing, opening: opening),
          areas: newAreas ?? areas)), version: readerVersion + 1)
  }

  var isRevoked: Bool { revokedReason != nil }

  /// Enough digits to name it in a sentence.
  var shortOrigin: String { String(origin.prefix(12)) }

  /// `waiting`, `member`, `closed` or `revoked`: what the device may do.
  var state: String {
    if isRevoked { return "revoked" }
    if isClosed { return "closed" }
    return role == Membership.Role.caseWorker.name && !isReader ? "waiting" : "member"
  }
}

extension SigningPublicKey {
  fileprivate init?(hexText: String) {
    guard let bytes = [UInt8](hex: hexText) else { return nil }
    self.init(bytes)
  }
}

extension OpeningPublicKey {
  fileprivate init?(hexText: String) {
    guard let bytes = [UInt8](hex: hexText) else { return nil }
    self.init(bytes)
  }
}
