internal import GRDB
internal import Identity
internal import SyncCore
package import SyncWire

/// Fetching a release in parts (sync §7). What the parts come to is verified by whoever asked.
extension Replica {
  package struct ReleaseOutgoing: Sendable {
    package let bytes: [UInt8]
    package let number: UInt64
    package let offset: UInt64
  }

  /// Asks for a release from `offset` on.
  ///
  /// - Parameter number: 0 for the newest.
  package func releaseRequest(number: UInt64, offset: UInt64) throws -> ReleaseOutgoing {
    guard let token = try read({ try SettingTable(db: $0).bytes(SettingName.token) }) else {
      throw StoreError(.noHome, "This home has not joined yet; run join again with the invite.")
    }
    let request = ReleaseRequest(
      origin: identity.origin, token: token, number: number, offset: offset)
    return ReleaseOutgoing(
      bytes: MessageSigning.sign(
        MessageFrame.encode(request), by: signer, programme: programme.id),
      number: number, offset: offset)
  }

  /// Checks that the hub answered this request, with this part of this release.
  package func receiveRelease(
    _ bytes: [UInt8], to sent: ReleaseOutgoing
  ) throws -> ReleaseResponse {
    guard try verifier().isHubMessage(bytes, answering: sent.bytes, limits: limits) else {
      throw WireError(.signature)
    }
    let response = try MessageFrame(bytes, expecting: .releaseResponse, limits: limits)
      .releaseResponse(limits: limits)
    // A hub without such a release says so with a total of zero.
    guard response.total == 0 || sent.number == 0 || response.number == sent.number,
      response.offset == (response.total == 0 ? 0 : sent.offset)
    else { throw WireError(.inconsistent) }
    return response
  }
}
