import SyncCore

/// A hub in a few lines, honest and slow: what the session is tested against.
struct HubModel {
  var hubEpoch: UInt64 = 1
  /// Leaf data in order, and whose entry each is.
  var leaves: [Digest32] = []
  var owners: [(origin: OriginID, seq: UInt64)?] = []
  var logs: [OriginID: [Entry]] = [:]
  var segments: [OriginID: [DeliveredSegment]] = [:]
  var streams: [StreamName: [(item: StreamItem, entry: Entry?)]] = [:]
  /// Most pieces of one growth: a longer one ends at a checkpoint of an earlier size.
  var piecesMax = 100
  /// Most items of one response.
  var itemsMax = 100
  /// Signs trees of a size and root that it should not.
  var signsCheckpoints = true

  private var leafHashes: [Digest32] { leaves.map { MerkleTree.leafHash($0) } }

  func root(_ size: Int? = nil) -> Digest32 {
    NaiveTree.root(leafHashes[..<(size ?? leaves.count)])
  }

  func checkpoint(size: Int? = nil) -> CheckpointSeal {
    HashSigner.seal(
      size: UInt64(size ?? leaves.count), root: root(size), hubEpoch: hubEpoch)
  }

  mutating func add(leaf: Digest32) {
    leaves.append(leaf)
    owners.append(nil)
  }

  mutating func add(statement bytes: [UInt8]) {
    let leaf = Hash.sha256(domain: "yarrow.statement-leaf/1", bytes)
    add(leaf: leaf)
    streams[.programme, default: []].append((.statement(leaf), nil))
  }

  private mutating func accept(_ push: Push, from origin: OriginID) {
    guard let segment = SessionDevice.segment(push.entries, origin) else { return }
    let held = logs[origin]?.count ?? 0
    guard segment.first <= UInt64(held) + 1 else { return }
    for entry in push.entries where entry.envelope.seq > UInt64(held) {
      logs[origin, default: []].append(entry)
      leaves.append(entry.hash)
      owners.append((origin, entry.envelope.seq))
      streams[.area("north"), default: []].append((.entry(entry.hash), entry))
    }
    if segment.last > UInt64(held) {
      segments[origin, default: []].append(
        DeliveredSegment(
          publicKey: publicKeys[origin] ?? [], segment: segment, signature: push.signature))
    }
  }

  var publicKeys: [OriginID: [UInt8]] = [:]

  mutating func enrol(_ device: SessionDevice) { publicKeys[device.origin] = device.publicKey }

  func head(_ origin: OriginID) -> LogHead {
    guard let last = logs[origin]?.last else { return .empty }
    return LogHead(seq: last.envelope.seq, hash: last.hash)
  }

  mutating func answer(_ request: SyncRequest) -> SyncResponse {
    if let push = request.push { accept(push, from: request.origin) }
    var response = SyncResponse(
      status: .done, hubEpoch: hubEpoch, token: Array(repeating: 7, count: 16),
      head: head(request.origin))
    if signsCheckpoints { grow(&response, from: Int(request.treeSize), for: request.origin) }
    deliver(&response, request)
    return response
  }

  private func grow(_ response: inout SyncResponse, from: Int, for origin: OriginID) {
    guard from < leaves.count else {
      if from > leaves.count { response.checkpoint = checkpoint() }
      return
    }
    var position = from
    while position < leaves.count {
      guard response.growth.count < piecesMax else { break }
      let begin = position
      if let own = owners[begin], own.origin == origin {
        var seq = own.seq
        while position < leaves.count, let next = owners[position], next.origin == origin,
          next.seq == seq
        {
          position += 1
          seq += 1
        }
        response.growth.append(.own(firstSeq: own.seq, count: UInt64(position - begin)))
      } else {
        while position < leaves.count, owners[position]?.origin != origin { position += 1 }
        response.growth.append(
          .foreign(
            end: UInt64(position), hashes: NaiveTree.range(begin, position, of: leafHashes)))
      }
    }
    response.checkpoint = checkpoint(size: position)
    response.more = position < leaves.count
  }

  private func deliver(_ response: inout SyncResponse, _ request: SyncRequest) {
    var room = itemsMax
    var chosen: [(StreamName, UInt64, [(item: StreamItem, entry: Entry?)])] = []
    for wanted in request.streams {
      let items = streams[wanted.stream] ?? []
      var known = StreamPosition.start
      for item in items.prefix(Int(wanted.count)) { known.append(item.item) }
      let isKnown =
        known.count == wanted.count
        && (known.count == 0 || Bytes16(prefixOf: known.hash) == wanted.hash)
      let from = isKnown ? Int(wanted.count) : 0
      let next = Array(items.dropFirst(from).prefix(room))
      room -= next.count
      if from + next.count < items.count { response.more = true }
      if !isKnown || !next.isEmpty { chosen.append((wanted.stream, UInt64(from), next)) }
    }
    for (name, from, items) in chosen {
      response.deliveries.append(
        Delivery(
          stream: name, from: from,
          items: items.map { item(for: $0, request.origin, &response) }))
    }
    for index in response.segments.indices { prove(&response, index) }
  }

  /// Adds what leads from the delivered entries of a segment to its root.
  private func prove(_ response: inout SyncResponse, _ index: Int) {
    let segment = response.segments[index].segment
    let all = (logs[segment.origin] ?? [])[(Int(segment.first) - 1)..<Int(segment.last)]
      .map { MerkleTree.leafHash($0.hash) }
    var here: Set<Int> = []
    for delivery in response.deliveries {
      for case .entry(let entry, index) in delivery.items {
        here.insert(Int(entry.envelope.seq - segment.first))
      }
    }
    var begin = 0
    for place in here.sorted() + [all.count] {
      response.segments[index].proof += NaiveTree.range(begin, place, of: all)
      begin = place + 1
    }
  }

  private func item(
    for item: (item: StreamItem, entry: Entry?), _ receiver: OriginID,
    _ response: inout SyncResponse
  ) -> Delivery.Item {
    switch item.item {
    case .moved(let record): return .moved(record)
    case .statement: return .statement(Array("statement".utf8))
    case .entry:
      guard let entry = item.entry else { preconditionFailure("an entry item has its entry") }
      let seq = entry.envelope.seq
      if entry.envelope.origin == receiver { return .own(seq: seq) }
      let covering = (segments[entry.envelope.origin] ?? []).first {
        ($0.segment.first...$0.segment.last).contains(seq)
      }
      guard let covering else { preconditionFailure("every entry came under a segment") }
      let index =
        response.segments.firstIndex { $0.segment == covering.segment }
        ?? {
          response.segments.append(covering)
          return response.segments.count - 1
        }()
      return .entry(entry, segment: index)
    }
  }
}
