/// A request that says what the device knows by one digest (wire-format §2.3).
public struct ShortState: Sendable, Hashable {
  public var hubEpoch: UInt64
  public var membershipVersion: UInt64
  public var treeSize: UInt64
  public var headSeq: UInt64
  /// Bytes that the response may have, in units of ``budgetUnit``.
  public var budgetUnits: UInt64
  /// Positions in the streams that a member of this role and these areas pulls, by name.
  public var counts: [UInt64]

  public static let budgetUnit: UInt64 = 1_024

  public init(
    hubEpoch: UInt64, membershipVersion: UInt64, treeSize: UInt64, headSeq: UInt64,
    budgetUnits: UInt64, counts: [UInt64]
  ) {
    self.hubEpoch = hubEpoch
    self.membershipVersion = membershipVersion
    self.treeSize = treeSize
    self.headSeq = headSeq
    self.budgetUnits = budgetUnits
    self.counts = counts
  }

  /// The array that stands in the message.
  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 32)
    let numbers = [hubEpoch, membershipVersion, treeSize, headSeq, budgetUnits] + counts
    e.arrayHead(numbers.count)
    for number in numbers { e.encode(number) }
    return e.bytes
  }

  public init(_ d: inout CBORDecoder, streamsMax: Int) throws(CBORError) {
    let count = try d.readArrayHead(max: 5 + streamsMax)
    guard count >= 5 else { throw d.error(.tooLong) }
    var numbers: [UInt64] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(try d.readUInt(max: UInt64(Int64.max))) }
    guard numbers[4] <= UInt64(Int64.max) / Self.budgetUnit else { throw d.error(.outOfRange) }
    self.init(
      hubEpoch: numbers[0], membershipVersion: numbers[1], treeSize: numbers[2],
      headSeq: numbers[3], budgetUnits: numbers[4], counts: Array(numbers[5...]))
  }
}

/// The hashes behind a ``ShortState``: what device and hub must both know for the digest to agree.
public struct StateHashes: Sendable, Hashable {
  public var token: [UInt8]
  /// Root at the tree size; zero at size 0.
  public var root: Digest32
  /// Hash of the entry at the head; zero without one.
  public var head: EntryHash
  /// Running hash of each stream, in the order of the counts; zero at the start.
  public var streams: [Digest32]

  public init(token: [UInt8], root: Digest32, head: EntryHash, streams: [Digest32]) {
    self.token = token
    self.root = root
    self.head = head
    self.streams = streams
  }

  /// The first half of `H("yarrow.state/1", token, array, root, head, running hashes)`.
  public func digest(of state: ShortState) -> Bytes16 {
    var content = token + state.encoded
    for hash in [root, head] + streams { content += hash.bytes }
    return Bytes16(prefixOf: Hash.sha256(domain: "yarrow.state/1", content))
  }
}

/// A short request before it is signed: the state, its digest, and what is pushed.
public struct ShortRequest: Sendable, Hashable {
  public var origin: OriginID
  public var state: ShortState
  public var digest: Bytes16
  public var push: Push?

  public init(origin: OriginID, state: ShortState, digest: Bytes16, push: Push?) {
    self.origin = origin
    self.state = state
    self.digest = digest
    self.push = push
  }
}

extension DeviceState {
  /// The short request that says all this, with a push or without.
  public func shortRequest(push: Push?, byteBudget: UInt64) -> ShortRequest {
    let streams = streams.sorted { $0.name < $1.name }
    let state = ShortState(
      hubEpoch: hubEpoch, membershipVersion: membershipVersion, treeSize: frontier.end,
      headSeq: acknowledged.seq, budgetUnits: byteBudget / ShortState.budgetUnit,
      counts: streams.map(\.position.count))
    let hashes = StateHashes(
      token: token, root: frontier.end == 0 ? .zero : frontier.root ?? .zero, head: acknowledged.hash,
      streams: streams.map(\.position.hash))
    return ShortRequest(
      origin: origin, state: state, digest: hashes.digest(of: state), push: push)
  }
}
