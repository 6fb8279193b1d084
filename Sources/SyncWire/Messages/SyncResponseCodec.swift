public import SyncCore

/// What a sync response leaves out because its reader asked for it (wire-format §2.4).
public struct ResponseContext: Sendable {
  public var programme: ProgrammeID
  /// The hub epoch that the device knows.
  public var hubEpoch: UInt64
  /// SHA-256 of the request.
  public var answering: Digest32
  /// The last entry of the push or, without one, the head that the request names.
  public var claimed: LogHead

  public init(
    programme: ProgrammeID, hubEpoch: UInt64, answering: Digest32, claimed: LogHead
  ) {
    self.programme = programme
    self.hubEpoch = hubEpoch
    self.answering = answering
    self.claimed = claimed
  }
}

extension MessageFrame {
  /// The unsigned bytes of a sync response (wire-format §2.4).
  ///
  /// - Parameters:
  ///   - response: what is answered.
  ///   - claimed: as in ``ResponseContext/claimed``; nil where the hub does not know it.
  public static func encode(_ response: SyncResponse, claimed: LogHead?) -> [UInt8] {
    var w = MessageWriter()
    let isUsual = [
      response.head == claimed, response.growth.isEmpty, !response.more, response.held.isEmpty,
      response.deliveries.isEmpty, response.membership == nil, response.hubStatement == nil,
      response.retryAfter == 0,
    ]
    let count = 2 + (isUsual.lastIndex(of: false).map { $0 + 1 } ?? 0)
    w.clear.arrayHead(count)
    w.clear.encode(
      UInt64(response.status.rawValue) | (response.token.isEmpty ? tokenServes : 0)
        | (response.isClosed ? originIsClosed : 0))
    w.clear.encode(response.hubEpoch)
    w.raw(response.token)
    if count > 2 { encode(response.head, claimed: claimed, to: &w) }
    if count > 3 { encode(response.growth, to: &w) }
    if count > 4 { w.clear.encode(response.left.map { $0 + 1 } ?? 0) }
    if count > 5 {
      w.clear.arrayHead(response.held.count * 2)
      for held in response.held {
        w.clear.encode(held.seq)
        w.clear.encode(held.reason)
      }
    }
    let entries = count > 6 ? encodeDeliveries(response, to: &w) : []
    if count > 7 { encode(response.membership, to: &w) }
    if count > 8 {
      if let statement = response.hubStatement {
        w.clear.encode(UInt64(statement.count))
        w.raw(statement)
      } else {
        w.clear.encodeNull()
      }
    }
    if count > 9 { w.clear.encode(response.retryAfter) }
    if !entries.isEmpty { Batch.write(entries, to: &w) }
    guard let tree = response.tree else { return w.message(.syncResponse) }
    var head = CBOREncoder(reservingCapacity: 50)
    head.encode(tree.size)
    head.encode(tree.time)
    head.append(tree.root)
    return w.message(.sealedResponse, head: head.bytes)
  }

  /// Flags beside the status: the device's token still serves, so none is sent; its origin is closed.
  static let tokenServes: UInt64 = 16
  static let originIsClosed: UInt64 = 32

  private static func encode(_ head: LogHead, claimed: LogHead?, to w: inout MessageWriter) {
    if head == claimed { return w.clear.encodeNull() }
    w.clear.encode(head.seq)
    if head.seq > 0 { w.raw(head.hash) }
  }

  package static func encode(_ membership: Membership?, to w: inout MessageWriter) {
    guard let membership else { return w.clear.encodeNull() }
    w.clear.arrayHead(5)
    w.clear.encode(membership.version)
    w.clear.encode(UInt64(membership.role.rawValue))
    for codes in [membership.areas, membership.programmeAreas] {
      w.clear.arrayHead(codes.count)
      for code in codes.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        w.clear.encode(code)
      }
    }
    w.clear.encode(membership.url)
  }

  private static func encode(_ growth: [GrowthStep], to w: inout MessageWriter) {
    w.clear.arrayHead(growth.count)
    for piece in growth {
      switch piece {
      case .foreign(let end, let hashes):
        w.clear.arrayHead(2)
        w.clear.encode(end)
        w.clear.encode(UInt64(hashes.count))
        for hash in hashes { w.raw(hash) }
      case .own(let firstSeq, let count):
        w.clear.arrayHead(3)
        w.clear.encode(firstSeq)
        w.clear.encode(count)
        w.clear.encodeNull()
      }
    }
  }
}
