internal import Foundation
internal import GRDB
public import Identity
internal import SyncCore
internal import SyncWire

/// A sync that is carried by hand: what goes into a file (bundle §3).
extension Replica {
  /// A file for the hub, and what it holds.
  public struct Bundle: Sendable {
    public let bytes: [UInt8]
    /// Entries of this device's log.
    public let entries: Int
    /// Records that these entries are about.
    public let reports: Int
    /// Whether all that is not received yet is in it.
    public let isWhole: Bool
    package let messages: Int
  }

  /// Bytes of messages in one bundle; their padding has room beside them.
  static let bundleBytesMax = 24 << 20
  private static let pushBytesMax = 512 << 10

  /// Makes a bundle of all that is not proven received. It may be lost: the next one holds it again.
  ///
  /// What goes into it counts as offered, durably, before this returns.
  ///
  /// - Throws: ``StoreError`` with `noBundleKey` when the authority has named no key of this hub.
  public func makeBundle() throws -> Bundle {
    try makeBundle(bytesMax: Self.bundleBytesMax, pushBytesMax: Self.pushBytesMax)
  }

  package func makeBundle(bytesMax: Int, pushBytesMax: Int) throws -> Bundle {
    _ = try refreshSealing()
    let state = try deviceState()
    let (key, begin, isClosing) = try read { db in
      (try bundleKey(db), try bundleBegin(state, db), try closing(db) != nil)
    }
    var requests: [[UInt8]] = []
    var records: Set<RecordID> = []
    var entries = 0
    var bytes = 0
    var end = begin
    var pending = try nextPush(state, after: end, bytesMax: pushBytesMax)
    repeat {
      let push = pending
      if let last = push?.entries.last { end = last.envelope.seq }
      let isWhole = end >= state.head.seq
      let isLast = isWhole || bytes >= bytesMax
      pending = isLast ? nil : try nextPush(state, after: end, bytesMax: pushBytesMax)
      let request = try carried(push, state, isLast: pending == nil && !isClosing)
      bytes += request.count
      requests.append(request)
      for entry in push?.entries ?? [] {
        entries += 1
        if !entry.envelope.form.hasPrefix(SystemForm.prefix) {
          records.insert(entry.envelope.record)
        }
      }
    } while pending != nil
    let isWhole = end >= state.head.seq
    if isClosing, isWhole { requests.append(try successionRequest(state).bytes) }
    let carriedState = CarriedState(request: CarriedRequest(state), head: state.head)
    try transaction { db in
      try carriedState.insert(requests.map { Hash.sha256($0) }, at: environment.now(), in: db)
    }
    let sealed = try BundleSealer.seal(
      BundleRequests(requests), programme: programme.id, to: key)
    return Bundle(
      bytes: sealed, entries: entries, reports: records.count, isWhole: isWhole,
      messages: requests.count)
  }

  /// Only what the authority named for the hub that this home knows.
  private func bundleKey(_ db: Database) throws -> OpeningPublicKey {
    let epoch = UInt64(try SettingTable(db: db).integer(SettingName.hubEpoch) ?? 1)
    guard let hub = try book(db).hub(epoch: epoch)?.hub, hub.logKey == (try hubKey(db)),
      let key = hub.openingKey
    else {
      throw StoreError(
        .noBundleKey,
        "The authority has not named a key of this hub to seal bundles to; ask its operator.")
    }
    return key
  }

  /// The seq after which a bundle begins: the last that is proven received.
  private func bundleBegin(_ state: DeviceState, _ db: Database) throws -> UInt64 {
    // A closed origin hands over what the hub lacks of its log, and asks to follow it (sync §8.2).
    switch try closing(db)?.step {
    case .handOver(let after)?: return after
    case .ask?: return state.head.seq
    case nil: break
    }
    let received = try SettingTable(db: db).integer(SettingName.receivedSeq) ?? 0
    return min(UInt64(max(0, received)), state.acknowledged.seq)
  }

  /// One request of a bundle. The last says how far the streams have come; those before it only push.
  private func carried(_ push: Push?, _ state: DeviceState, isLast: Bool) throws -> [UInt8] {
    var asking = state
    if let push { asking.acknowledged = push.before }
    if !isLast { asking.streams = [] }
    return signed(
      asking.request(
        push: push, byteBudget: isLast ? UInt64(limits.messageBytesMax * 3 / 4) : 0),
      referring: try references(of: push?.entries ?? [], upTo: state.acknowledged.seq))
  }
}
