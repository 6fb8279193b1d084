import Identity
import SyncCore

@testable import SyncWire

let messageTargets = [
  Target(name: "request") { input in
    var input = Input(input)
    let limits = input.byte() & 1 == 0 ? Limits.tiny : .specified
    guard
      let (message, read) = MessageParts(&input).read(
        .syncRequest,
        { (frame) throws(WireError) in try frame.syncRequest(context, limits: limits) })
    else { return false }
    // What a hub cannot place it leaves unread, and so nobody can write it again.
    if read.pushBeginsBeyondHead { return true }
    let written = MessageFrame.encode(read.request)
    // Columns have several layouts of the same values; what is written is read as the same again.
    if !message.isWritten(as: written) {
      let again = try? MessageFrame(
        written + MessageParts.noSignature, expecting: .syncRequest, limits: .specified
      ).syncRequest(context, limits: limits)
      check(again?.request == read.request, "request: written otherwise than it was read")
    }
    for entry in read.request.push?.entries ?? [] { checkEntry(entry) }
    return true
  },

  Target(name: "short") { input in
    var input = Input(input)
    let limits = input.byte() & 1 == 0 ? Limits.tiny : .specified
    let root = MessageParts.tree.root
    guard
      let (_, push) = MessageParts(&input).read(
        .shortPush,
        { (frame) throws(WireError) in
          try frame.shortPush(context, root: root, limits: limits)
        })
    else { return false }
    for entry in push.entries { checkEntry(entry) }
    let request = ShortRequest(
      origin: device, state: MessageParts.state, digest: Bytes16(high: 7, low: 7), push: push)
    let again = try? MessageFrame(
      MessageFrame.encode(request, root: root) + MessageParts.noSignature, expecting: .shortPush,
      limits: .specified
    ).shortPush(context, root: root, limits: limits)
    check(again?.entries == push.entries, "short: written otherwise than it was read")
    return true
  },

  Target(name: "response") { input in
    var input = Input(input)
    let limits = input.byte() & 1 == 0 ? Limits.tiny : .specified
    let type: MessageType = input.byte() & 1 == 0 ? .syncResponse : .sealedResponse
    let claimed = LogHead(seq: 3, hash: Own.hash(3))
    let asked = ResponseContext(
      programme: Keys.programme.id, hubEpoch: 1, answering: .zero, claimed: claimed)
    guard
      let (_, response) = MessageParts(&input).read(
        type, { (frame) throws(WireError) in try frame.syncResponse(asked, limits: limits) })
    else { return false }
    receive(response)
    let written = MessageFrame.encode(response, claimed: claimed)
    var again = try? MessageFrame(
      syncResponse: written + MessageParts.noSignature, limits: .specified
    ).syncResponse(asked, limits: limits)
    again?.checkpoint = response.checkpoint
    check(again == response, "response: written otherwise than it was read")
    return true
  },

  Target(name: "join") { input in
    var input = Input(input)
    if input.byte() & 1 == 0 {
      // Its sender is the key in it.
      var message = MessageParts(&input)
      message.sender = Bytes16(
        prefixOf: Hash.sha256(Array(message.opaque.dropFirst(16).prefix(32))))
      guard let read = try? message.frame(.joinRequest)?.joinRequest(limits: .specified) else {
        return false
      }
      message.checkRoundTrip(MessageFrame.encode(read), "join request")
      return true
    }
    guard
      let (message, read) = MessageParts(&input).read(
        .joinResponse,
        { (frame) throws(WireError) in try frame.joinResponse(limits: .specified) })
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "join response")
    return true
  },

  Target(name: "fetch") { input in
    var input = Input(input)
    if input.byte() & 1 == 0 {
      guard
        let (message, read) = MessageParts(&input).read(
          .releaseRequest,
          { (frame) throws(WireError) in
            try frame.releaseRequest(origin: device, limits: .specified)
          })
      else { return false }
      message.checkRoundTrip(MessageFrame.encode(read), "release request")
      return true
    }
    guard
      let (message, read) = MessageParts(&input).read(
        .releaseResponse,
        { (frame) throws(WireError) in try frame.releaseResponse(limits: .specified) })
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "release response")
    return true
  },

  Target(name: "succession") { input in
    var input = Input(input)
    let programme = Keys.programme.id
    if input.byte() & 1 == 0 {
      guard
        let (message, read) = MessageParts(&input).read(
          .successionRequest,
          { (frame) throws(WireError) in
            try frame.successionRequest(programme: programme, origin: device, limits: .specified)
          })
      else { return false }
      message.checkRoundTrip(MessageFrame.encode(read), "succession request")
      return true
    }
    guard
      let (message, read) = MessageParts(&input).read(
        .successionResponse,
        { (frame) throws(WireError) in
          try frame.successionResponse(programme: programme, origin: device, limits: .specified)
        })
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "succession response")
    if case .member(_, _, _, .entry(let place)) = read { _ = place.isInSegment }
    return true
  },

  Target(name: "audit") { input in
    var input = Input(input)
    if input.byte() & 1 == 0 {
      guard
        let (message, read) = MessageParts(&input).read(
          .auditRequest,
          { (frame) throws(WireError) in
            try frame.auditRequest(origin: device, limits: .specified)
          })
      else { return false }
      message.checkRoundTrip(MessageFrame.encode(read), "audit request")
      return true
    }
    guard
      let (message, read) = MessageParts(&input).read(
        .auditResponse,
        { (frame) throws(WireError) in try frame.auditResponse(limits: .specified) })
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "audit response")
    let seal = CheckpointSeal(
      size: read.size / 2, root: .zero, kind: .answer(.zero), time: 0, cosignature: [])
    let asked = AuditRequest(origin: device, hubEpoch: 1, checkpoint: seal, head: read.head)
    _ = read.contradiction(of: asked)
    return true
  },

  Target(name: "frame") { input in
    let message = input + MessageParts.noSignature
    guard let type = MessageType(of: message),
      let frame = try? MessageFrame(message, expecting: type, limits: .tiny)
    else { return false }
    check(frame.clear.count <= Limits.tiny.clearBytesMax, "more came out than may")
    guard !frame.clear.isEmpty else { return true }
    let written = MessageFrame.assemble(
      type: type,
      head: MessageParts.head(type, sender: frame.head.sender ?? Bytes16(high: 0, low: 0)),
      .init(clear: frame.clear, opaque: Array(frame.opaque)))
    let again = try? MessageFrame(
      written + MessageParts.noSignature, expecting: type, limits: .specified)
    checkRoundTrip(again?.clear ?? [], frame.clear, "frame, clear part")
    checkRoundTrip(Array(again?.opaque ?? []), frame.opaque, "frame, opaque part")
    if let state = frame.head.state {
      var decoder = CBORDecoder(state.encoded)
      let again = try? ShortState(&decoder, streamsMax: Limits.tiny.streamsMax)
      check(again == state, "a short state is not read as it is written")
    }
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
private let context = MessageFrame.PushContext(
  programme: Keys.programme.id, origin: device,
  referred: { seqs, _ in
    check(seqs.count <= Limits.specified.entriesPerPushMax, "\(seqs.count) entries are looked up")
    return Dictionary(
      uniqueKeysWithValues: seqs.filter { $0 % 5 != 4 }.map {
        ($0, ReferredEntry(hash: Own.hash($0), record: RecordID(high: 5, low: $0 % 3)))
      })
  }
) { seq, _ in seq % 5 == 4 ? nil : Own.hash(seq) }

/// A device that has written sixteen entries takes the answer, of which the hub's word on the device's
/// log, and the root of its own, are made true: what is behind them is what is looked at.
private func receive(_ response: SyncResponse) {
  var response = response
  response.hubEpoch = 1
  let acknowledged = response.head.seq % 17
  response.head =
    acknowledged == 0 ? .empty : LogHead(seq: acknowledged, hash: Own.hash(acknowledged))
  let streams: [StreamName] = [.programme, .own, .area("north")]
  let state = DeviceState(
    programme: Keys.programme.id, origin: device, hubEpoch: 1,
    token: [UInt8](repeating: 0, count: 16), membershipVersion: 0, checkpoint: nil,
    frontier: CompactRange(), ownSubtrees: 0, acknowledged: .empty,
    head: LogHead(seq: 16, hash: Own.hash(16)),
    streams: streams.map { .init(name: $0, position: .start, epoch: 1) })
  if response.checkpoint != nil, let grown = growth(response.growth) {
    response.checkpoint?.size = grown.end
    response.checkpoint?.root = grown.root ?? .zero
  }
  let session = DeviceSession(
    state: state, verifier: CredulousSessionVerifier(), limits: .tiny,
    ownHashes: { $0.upperBound <= 16 ? $0.map(Own.hash) : nil })
  guard
    let advance = try? session.receive(response, to: state.request(push: nil, byteBudget: 65_536))
  else { return }
  if let growth = advance.growth {
    check(growth.frontier.end == response.checkpoint?.size, "a tree grew to another size")
    _ = (growth.nodesToStore, growth.nodesToDrop)
  }
}

/// The tree that these pieces come to, if they come to any.
private func growth(_ steps: [GrowthStep]) -> CompactRange? {
  var check = try! GrowthCheck()
  for step in steps {
    switch step {
    case .foreign(let end, let hashes):
      guard
        let range = try? CompactRange(begin: check.frontier.end, end: end, hashes: hashes),
        (try? check.extend(.foreign(range))) != nil
      else { return nil }
    case .own(let first, let count):
      guard first > 0, first <= 16, count <= 16 else { return nil }
      let leaves = (first..<first + count).map { MerkleTree.leafHash(Own.hash($0)) }
      guard (try? check.extend(.own(leaves))) != nil else { return nil }
    }
  }
  return check.frontier
}
