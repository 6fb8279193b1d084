internal import Identity
internal import SyncCore
internal import SyncWire

/// What a hub that has too much to do says, and how little it does for it (sync §6.4).
extension HubStore {
  /// What is asked without a push is no longer than this.
  private static let questionBytesMax = 4 << 10

  /// A push that would have to wait is not even read: who is sent away costs one signature.
  func busy(
    _ message: [UInt8], _ device: HubDevice, _ wait: (Bytes16, Int) -> Int?
  ) throws -> Intake? {
    guard message.count > Self.questionBytesMax,
      let seconds = wait(Bytes16(prefixOf: device.origin), Self.pushWeight(message.count))
    else { return nil }
    // Which head the device named was not read; of a busy hub it does not look at any.
    let (head, _) = try log(of: device, at: NamedHead(seq: 0, hash: Bytes16(high: 0, low: 0)))
    return .answer(
      try busy(device, head, UInt64(seconds), claimed: nil, answering: Hash.sha256(message)))
  }

  /// The signed answer for a hub that has too much to do; nothing was processed.
  package func busyAnswer(_ exchange: PreparedExchange, seconds: UInt64) -> [UInt8]? {
    guard let device = exchange.device, let request = exchange.request,
      let (head, _) = try? log(of: device, at: NamedHead(request))
    else { return nil }
    return try? busy(
      device, head, seconds, claimed: exchange.claimed, answering: exchange.requestHash)
  }

  private func busy(
    _ device: HubDevice, _ head: LogHead, _ seconds: UInt64, claimed: LogHead?,
    answering request: Digest32
  ) throws -> [UInt8] {
    var response = plain(.busy, device, head)
    response.retryAfter = seconds
    return try sign(response, claimed: claimed, answering: request)
  }
}
