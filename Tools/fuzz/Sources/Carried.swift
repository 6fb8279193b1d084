import Identity
import SyncCore

@testable import SyncWire

/// An answer that was carried by hand, and what the device learnt while it was under way: whatever a
/// hub signed, however late it comes.
let carriedTarget = Target(name: "carried") { input in
  var input = Input(input)
  let (asked, moved) = (input.number(2), input.number(2))
  let (token, membership) = (input.bytes(16), input.number(1))
  let claimed = LogHead(seq: 3, hash: Own.hash(3))
  let context = ResponseContext(
    programme: Keys.programme.id, hubEpoch: 1, answering: .zero, claimed: claimed)
  guard
    let (_, response) = MessageParts(&input).read(
      .syncResponse,
      { (frame) throws(WireError) in try frame.syncResponse(context, limits: .specified) })
  else { return false }
  var request = CarriedRequest(state(asked, token: token, membership: 0))
  let now = state(moved, token: token, membership: membership)
  let answer = request.answer(response, now: now)
  request.follow(response) { Own.hash($0) }
  guard case .news(let news, let from) = answer else { return true }
  let session = DeviceSession(
    state: from, verifier: CredulousSessionVerifier(), limits: .tiny,
    ownHashes: { $0.upperBound <= 16 ? $0.map(Own.hash) : nil })
  guard
    var advance = try? session.receive(news, to: from.request(push: nil, byteBudget: 65_536)),
    (try? request.settle(&advance, now: now, ownHash: { Own.hash($0) })) != nil
  else { return true }
  for known in now.streams {
    let after = advance.streams.first { $0.name == known.name }
    check(
      (after?.position.count ?? 0) >= known.position.count || after?.epoch != known.epoch,
      "a carried answer takes a stream back")
  }
  return true
}

/// A device of some progress: the log it walked, its own entries there, its streams.
private func state(_ progress: UInt64, token: [UInt8], membership: UInt64) -> DeviceState {
  var frontier = CompactRange()
  for leaf in 0..<(progress & 15) { frontier.append(leaf: MerkleTree.leafHash(Own.hash(leaf))) }
  let acknowledged = progress >> 4 & 15
  var position = StreamPosition.start
  for n in 0..<(progress >> 8 & 7) { position.append(.statement(Own.hash(n))) }
  return DeviceState(
    programme: Keys.programme.id, origin: Keys.device.publicKey.origin, hubEpoch: 1, token: token,
    membershipVersion: membership, checkpoint: nil, frontier: frontier, ownSubtrees: 0,
    acknowledged: acknowledged == 0
      ? .empty : LogHead(seq: acknowledged, hash: Own.hash(acknowledged)),
    head: LogHead(seq: 16, hash: Own.hash(16)),
    streams: [StreamName.programme, .own, .area("north")].map {
      .init(name: $0, position: position, epoch: 1)
    })
}

/// The entries of the fuzzer's device, by number.
enum Own {
  static func hash(_ seq: UInt64) -> EntryHash { Hash.sha256(domain: "fuzz.own", seq) }
}
