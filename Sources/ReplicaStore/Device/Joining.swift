internal import Foundation
internal import GRDB
public import Identity
internal import SyncCore
package import SyncWire

/// Becoming a member (cli `join`). Safe to repeat: the same keys get the same answer.
extension Replica {
  package struct JoinOutgoing: Sendable {
    package let bytes: [UInt8]
    package let invite: Invite
  }

  /// - Parameter invite: another than the one that the replica was made for, of the same programme:
  ///   to the hub that follows one that was lost (sync §10).
  package func joinRequest(with other: Invite? = nil) throws -> JoinOutgoing {
    let invite = try other ?? storedInvite()
    guard invite.programme == programme else {
      throw StoreError(
        .otherProgramme, "This home belongs to another programme; name another home.")
    }
    let request = JoinRequest(
      inviteSecret: invite.secret.bytes, signingKey: identity.signing.publicKey.bytes,
      openingKey: identity.opening.publicKey.bytes)
    return JoinOutgoing(
      bytes: MessageSigning.sign(
        MessageFrame.encode(request), by: signer, programme: programme.id), invite: invite)
  }

  package func storedInvite() throws -> Invite {
    guard let bytes = try read({ try SettingTable(db: $0).bytes(SettingName.invite) }) else {
      throw StoreError(.noHome, "This home has no invite; run join with one.")
    }
    return try Invite(encoded: bytes)
  }

  /// Whether an invite is another than the one that this home last joined with.
  public func isNews(_ invite: Invite) throws -> Bool { try storedInvite() != invite }

  /// Whether the hub has made this device a member.
  public func isMember() throws -> Bool {
    try read { try SettingTable(db: $0).bytes(SettingName.token) != nil }
  }

  /// Checks and keeps the hub's answer; nil when it made this device a member.
  package func receiveJoin(
    _ bytes: [UInt8], to sent: JoinOutgoing
  ) throws -> JoinResponse.Refusal? {
    let invite = sent.invite
    let verifier = HubVerifier(
      programme: programme.id, hubKey: invite.hubLogKey,
      signatures: environment.surroundings.signatures)
    guard verifier.isHubMessage(bytes, answering: sent.bytes, limits: limits) else {
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
      // The authority's word on the hub must agree with the paper that brought the person here.
      guard case .hub(let hub) = signed.statement.body, signed.statement.version == epoch,
        hub.logKey == invite.hubLogKey, hub.tlsPin == invite.tlsPin,
        membership.role.rawValue == invite.role.rawValue
      else { throw SyncRefusal.inconsistent }
      try transaction { db in
        let settings = SettingTable(db: db)
        if let known = try settings.integer(SettingName.hubEpoch) {
          try follow(hub, signed, from: UInt64(known), in: db)
        } else {
          try StatementTable.insert(signed, in: db)
          try settings.set(SettingName.hubEpoch, Int64(epoch))
        }
        try settings.set(SettingName.invite, bytes: invite.encoded)
        try settings.set(SettingName.token, bytes: token)
        try apply(membership, in: db)
      }
      return nil
    }
  }

  /// A member comes with an invite once more: to the hub it knows, or to the one that the authority
  /// put in its place. An older one, and one beside the present one, is refused.
  private func follow(
    _ hub: HubStatement, _ signed: SignedStatement, from known: UInt64, in db: Database
  ) throws {
    let epoch = signed.statement.version
    if epoch > known { return try adopt(hub, signed, from: known, in: db) }
    guard epoch == known, try hubKey(db) == hub.logKey else { throw SyncRefusal.olderStatement }
    if let held = try book(db).hub(epoch: epoch), held.hub != hub {
      throw SyncRefusal.olderStatement
    }
  }
}
