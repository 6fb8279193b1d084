import Identity
import SyncCore

@testable import SyncWire

let messageTargets = [
  Target(name: "request") { input in
    var input = Input(input)
    let limits = input.byte() & 1 == 0 ? Limits.tiny : .specified
    let message = MessageParts(&input)
    guard
      let read = try? message.frame(.syncRequest)?.syncRequest(pushContext, limits: limits)
    else { return false }
    // What a hub cannot place it leaves unread, and so nobody can write it again.
    if read.pushBeginsBeyondHead { return true }
    message.checkRoundTrip(MessageFrame.encode(read.request), "request")
    for entry in read.request.push?.entries ?? [] { checkEntry(entry) }
    return true
  },

  Target(name: "response") { input in
    var input = Input(input)
    let limits = input.byte() & 1 == 0 ? Limits.tiny : .specified
    var message = MessageParts(&input)
    message.sender = MessageParts.hub
    guard
      let response = try? message.frame(.syncResponse)?
        .syncResponse(programme: Keys.programme.id, limits: limits)
    else { return false }
    let written = MessageFrame.encode(response)
    // A segment of which every entry is there may come with its root or without (wire-format §2.3).
    if !message.isWritten(as: written), !WholeSegments(response).indexes.isEmpty { return true }
    message.checkRoundTrip(written, "response")
    receive(response)
    return true
  },

  Target(name: "join") { input in
    var input = Input(input)
    let isRequest = input.byte() & 1 == 0
    var message = MessageParts(&input)
    guard isRequest else {
      message.sender = MessageParts.hub
      guard let read = try? message.frame(.joinResponse)?.joinResponse(limits: .specified) else {
        return false
      }
      message.checkRoundTrip(MessageFrame.encode(read), "join response")
      return true
    }
    // Its sender is the key in it.
    message.sender = Bytes16(prefixOf: Hash.sha256(Array(message.opaque.dropFirst(16).prefix(32))))
    guard let read = try? message.frame(.joinRequest)?.joinRequest(limits: .specified) else {
      return false
    }
    message.checkRoundTrip(MessageFrame.encode(read), "join request")
    return true
  },

  Target(name: "fetch") { input in
    var input = Input(input)
    let isRequest = input.byte() & 1 == 0
    var message = MessageParts(&input)
    if !isRequest { message.sender = MessageParts.hub }
    let written: [UInt8]? =
      isRequest
      ? (try? message.frame(.releaseRequest)?.releaseRequest(origin: device, limits: .specified))
        .map { MessageFrame.encode($0) }
      : (try? message.frame(.releaseResponse)?.releaseResponse(limits: .specified))
        .map { MessageFrame.encode($0) }
    guard let written else { return false }
    message.checkRoundTrip(written, "fetch")
    return true
  },

  Target(name: "succession") { input in
    var input = Input(input)
    let isRequest = input.byte() & 1 == 0
    var message = MessageParts(&input)
    guard isRequest else {
      message.sender = MessageParts.hub
      guard
        let read = try? message.frame(.successionResponse)?
          .successionResponse(programme: Keys.programme.id, origin: device, limits: .specified)
      else { return false }
      message.checkRoundTrip(MessageFrame.encode(read), "succession response")
      if case .member(_, _, _, .entry(let place)) = read { _ = place.isInSegment }
      return true
    }
    guard
      let read = try? message.frame(.successionRequest)?
        .successionRequest(programme: Keys.programme.id, origin: device, limits: .specified)
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "succession request")
    return true
  },

  Target(name: "audit") { input in
    var input = Input(input)
    let isRequest = input.byte() & 1 == 0
    var message = MessageParts(&input)
    guard isRequest else {
      message.sender = MessageParts.hub
      guard let read = try? message.frame(.auditResponse)?.auditResponse(limits: .specified) else {
        return false
      }
      message.checkRoundTrip(MessageFrame.encode(read), "audit response")
      let seal = CheckpointSeal(
        size: read.size / 2, root: .zero, logSignature: [], time: 0, cosignature: [])
      let asked = AuditRequest(origin: device, hubEpoch: 1, checkpoint: seal, head: read.head)
      _ = read.contradiction(of: asked)
      return true
    }
    guard
      let read = try? message.frame(.auditRequest)?.auditRequest(origin: device, limits: .specified)
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "audit request")
    return true
  },

  Target(name: "frame") { input in
    let message = input + MessageParts.noSignature
    _ = try? MessageFrame.sender(of: message, limits: .tiny)
    _ = try? MessageFrame.split(message, limits: .tiny)
    guard message.count > 1, let type = MessageType(rawValue: message[1]),
      let frame = try? MessageFrame(message, expecting: type, limits: .tiny)
    else { return false }
    check(frame.clear.count <= Limits.tiny.clearBytesMax, "more came out than may")
    let written = MessageFrame.assemble(
      type: type, sender: frame.sender, clear: frame.clear, opaque: Array(frame.opaque))
    let again = try? MessageFrame(
      written + MessageParts.noSignature, expecting: type, limits: .specified)
    checkRoundTrip(again?.clear ?? [], frame.clear, "frame, clear part")
    checkRoundTrip(Array(again?.opaque ?? []), frame.opaque, "frame, opaque part")
    return true
  },

  Target(name: "deflate") { input in
    var input = Input(input)
    let (inflate, deflate) = input.byte() & 1 == 0 ? plain : (Inflate.shipped, Deflate.shipped)
    let limit = [0, 1, 100, 5_000, 1 << 16, 1 << 20][Int(input.byte() % 6)]
    let content = input.all()
    let packed = deflate.compress(content)
    checkRoundTrip((try? inflate.expand(packed, limit: content.count)) ?? [0], content, "deflate")
    guard let found = try? inflate.expand(content, limit: limit) else { return false }
    check(found.count <= limit, "\(found.count) bytes came out where \(limit) may")
    return true
  },
]

private let device = Keys.device.publicKey.origin
private let plain = (Inflate(dictionary: []), Deflate(dictionary: []))

/// A hub that has an entry at four of five places.
private let pushContext = MessageFrame.PushContext(programme: Keys.programme.id, origin: device) {
  seq, _ in seq % 5 == 4 ? nil : ownHash(seq)
}

private func ownHash(_ seq: UInt64) -> EntryHash { Hash.sha256(domain: "fuzz.own", seq) }

/// A device that has written sixteen entries, eight of them acknowledged, takes the answer.
private func receive(_ response: SyncResponse) {
  let streams: [StreamName] = [.programme, .own, .area("north")]
  let state = DeviceState(
    programme: Keys.programme.id, origin: device, hubEpoch: 1,
    token: [UInt8](repeating: 0, count: 16), membershipVersion: 0, checkpoint: nil,
    frontier: CompactRange(), ownSubtrees: 0, acknowledged: .empty,
    head: LogHead(seq: 16, hash: ownHash(16)),
    streams: streams.map { .init(name: $0, position: .start, epoch: 1) })
  let session = DeviceSession(
    state: state, verifier: CredulousSessionVerifier(), limits: .tiny,
    ownHashes: { $0.upperBound <= 16 ? $0.map(ownHash) : nil })
  guard
    let advance = try? session.receive(response, to: state.request(push: nil, byteBudget: 65_536))
  else { return }
  if let growth = advance.growth {
    check(growth.frontier.end == response.checkpoint?.size, "a tree grew to another size")
    _ = (growth.nodesToStore, growth.nodesToDrop)
  }
}
