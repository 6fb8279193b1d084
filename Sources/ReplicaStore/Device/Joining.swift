internal import Foundation
internal import GRDB
package import Identity
internal import SyncCore
package import SyncWire

/// Becoming a member (cli `join`). Safe to repeat: the same keys get the same answer.
extension Replica {
  package struct JoinOutgoing: Sendable {
    package let bytes: [UInt8]
  }

  package func joinRequest() throws -> JoinOutgoing {
    let invite = try storedInvite()
    let request = JoinRequest(
      inviteSecret: invite.secret.bytes, signingKey: identity.signing.publicKey.bytes,
      openingKey: identity.opening.publicKey.bytes)
    return JoinOutgoing(
      bytes: MessageSigning.sign(
        MessageFrame.encode(request), by: signer, programme: programme.id))
  }

  package func storedInvite() throws -> Invite {
    guard let bytes = try read({ try SettingTable(db: $0).bytes(SettingName.invite) }) else {
      throw StoreError(.noHome, "This home has no invite; run join with one.")
    }
    return try Invite(encoded: bytes)
  }

  /// Whether the hub has made this device a member.
  public func isMember() throws -> Bool {
    try read { try SettingTable(db: $0).bytes(SettingName.token) != nil }
  }

  /// Checks and keeps the hub's answer; nil when it made this device a member.
  package func receiveJoin(
    _ bytes: [UInt8], to sent: JoinOutgoing
  ) throws -> JoinResponse.Refusal? {
    guard try verifier().isHubMessage(bytes, answering: sent.bytes, limits: limits) else {
      throw WireError(.signature)
    }
    let response = try MessageFrame(bytes, expecting: .joinResponse, limits: limits)
      .joinResponse(limits: limits)
    switch response {
    case .refused(let refusal): return refusal
    case .member(let membership, let token, let epoch, let statement):
      let signed = try SignedStatement(
        encoded: statement, programme: programme, verifier: environment.surroundings.signatures,
        limits: limits)
      let invite = try storedInvite()
      // The authority's word on the hub must agree with the paper that brought the person here.
      guard case .hub(let hub) = signed.statement.body, signed.statement.version == epoch,
        hub.logKey == invite.hubLogKey, hub.tlsPin == invite.tlsPin,
        membership.role.rawValue == invite.role.rawValue
      else { throw SyncRefusal.inconsistent }
      try db.write { db in
        let settings = SettingTable(db: db)
        try StatementTable.insert(signed, in: db)
        try settings.set(SettingName.token, bytes: token)
        if try settings.integer(SettingName.hubEpoch) == nil {
          try settings.set(SettingName.hubEpoch, Int64(epoch))
        }
        try apply(membership, in: db)
      }
      return nil
    }
  }
}
