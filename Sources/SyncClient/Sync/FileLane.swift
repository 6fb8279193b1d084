internal import ReplicaStore
internal import SyncCore

/// Files after text, in a lane of their own (attachments §7): first what this device has to give,
/// then what it lacks.
struct FileLane {
  let replica: Replica
  let transport: any HubTransport
  /// Bytes of messages that the sync may still have.
  let budget: Int?
  var size: ExchangeSize
  var patience: Patience
  private(set) var outcome = Outcome()

  struct Outcome {
    var given = 0
    var fetched = 0
    var bytesUp = 0
    var bytesDown = 0
    var roundTrips = 0
    /// Whether the budget ended it.
    var isCutShort = false
  }

  /// What a message needs beside its chunks.
  private static let overheadBytes = 1 << 10

  init(
    _ replica: Replica, _ transport: any HubTransport, budget: Int?, size: ExchangeSize,
    patience: Patience
  ) {
    self.replica = replica
    self.transport = transport
    self.budget = budget
    self.size = size
    self.patience = patience
  }

  /// - Parameter progress: called after each message, with about the bytes that are left.
  mutating func run(_ progress: (Outcome, Int) -> Void) async throws {
    let files = try replica.filesToMove()
    var left = files.reduce(0) { $0 + $1.bytesLeft }
    for file in files {
      left -= file.bytesLeft
      guard let isWhole = try await carry(file, { [left] in progress($0, left + $1) }) else { return }
      if isWhole, file.isGiving { outcome.given += 1 }
      if isWhole, !file.isGiving { outcome.fetched += 1 }
      progress(outcome, left)
    }
  }

  /// Nil when the budget is used up, else whether all of the file is now at the other end.
  private mutating func carry(
    _ file: FileTransfer, _ progress: (Outcome, Int) -> Void
  ) async throws -> Bool? {
    var file = file
    while true {
      guard let allowed = room(file.bytesNeeded) else { return nil }
      let sent = try file.request(from: replica, bytesMax: allowed)
      guard let answer = try await exchange(sent.bytes, moves: !file.isQuestion) else {
        file.cut()
        continue
      }
      let step = try file.receive(answer, to: sent, at: replica)
      switch step {
      case .stuck: throw SyncFailure(.noProgress)
      case .over(let isWhole): return isWhole
      case .goesOn: progress(outcome, file.bytesLeft)
      }
    }
  }

  /// How many bytes of chunks the next message may have; nil when there is no room for these.
  private mutating func room(_ needed: Int) -> Int? {
    guard let budget else { return max(size.bytes, needed) }
    let left = budget - outcome.bytesUp - outcome.bytesDown - Self.overheadBytes
    guard left >= needed else {
      outcome.isCutShort = true
      return nil
    }
    return min(max(size.bytes, needed), left)
  }

  /// Nil when the line broke and is to be tried again.
  private mutating func exchange(_ message: [UInt8], moves: Bool) async throws -> [UInt8]? {
    try Task.checkCancellation()
    let began = ContinuousClock.now
    outcome.bytesUp += message.count
    let answer: (bytes: [UInt8], hubTime: Int64?)
    do { answer = try await transport.exchange(message) } catch let failure as SyncFailure {
      try await patience.wait(after: failure, began: began)
      size.cut()
      return nil
    }
    patience.answered(moved: moves)
    size.adapt(moved: message.count + answer.bytes.count, in: ContinuousClock.now - began)
    outcome.roundTrips += 1
    outcome.bytesDown += answer.bytes.count
    return answer.bytes
  }
}
