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
  private static let chunkBytes = AttachmentLimits.sealedChunkBytesMax

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
    let (giving, fetching) = (try replica.filesToGive(), try replica.filesToFetch())
    var left = (giving + fetching).reduce(0) { $0 + $1.bytesLeft }
    for file in giving {
      left -= file.bytesLeft
      guard try await give(file, { [left] in progress($0, left + $1) }) else { return }
    }
    for file in fetching {
      left -= file.bytesLeft
      guard try await fetch(file, { [left] in progress($0, left + $1) }) else { return }
    }
  }

  /// False when the budget is used up.
  private mutating func give(
    _ file: PendingFile, _ progress: (Outcome, Int) -> Void
  ) async throws -> Bool {
    var file = file
    var lacking: ChunkSet?
    while true {
      // A question is small; chunks need room for one at least, and a first message its manifest.
      let isQuestion = lacking == nil && file.isOffered
      guard
        let allowed = room(
          isQuestion
            ? 0 : AttachmentLimits.sealedChunkBytesMax + 32 * (lacking == nil ? file.chunks : 0))
      else { return false }
      let sent = try replica.uploadRequest(file, lacking: lacking, bytesMax: allowed)
      guard let answer = try await exchange(sent.bytes, moves: !isQuestion) else {
        // The hub may have any part of it: it is asked before chunks go again.
        lacking = nil
        file = file.offeredBefore
        continue
      }
      let state = try replica.receiveUpload(answer, to: sent)
      switch state {
      case .stored:
        outcome.given += 1
        progress(outcome, 0)
        return true
      case .refused:
        progress(outcome, 0)
        return true
      case .unknown:
        // Asked once, it is given the manifest; asked again, it would never end.
        guard file.isOffered, lacking == nil else { throw SyncFailure(.noProgress) }
        file = file.offeredAnew
      case .lacking(let set):
        guard sent.numbers.allSatisfy({ !set.contains($0) }) else {
          throw SyncFailure(.noProgress)
        }
        lacking = set
      }
      progress(
        outcome,
        min(file.bytesLeft, (lacking?.indices.count ?? file.chunks) * Self.chunkBytes))
    }
  }

  /// False when the budget is used up.
  private mutating func fetch(
    _ file: PendingFile, _ progress: (Outcome, Int) -> Void
  ) async throws -> Bool {
    var left = file.bytesLeft
    while true {
      guard let allowed = room(AttachmentLimits.sealedChunkBytesMax + 32 * file.chunks) else {
        return false
      }
      let sent = try replica.downloadRequest(file, byteBudget: allowed)
      // What came before is kept, so the same question asks for the rest.
      guard let answer = try await exchange(sent.bytes, moves: true) else { continue }
      let received = try replica.receiveDownload(answer, to: sent)
      if received.isWhole { outcome.fetched += 1 }
      // What the hub does not have yet, or not for this device, is asked for again another day.
      let isOver = received.isWhole || !received.isHere || received.chunks == 0
      left = isOver ? 0 : max(0, left - received.chunks * Self.chunkBytes)
      progress(outcome, left)
      if isOver { return true }
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
