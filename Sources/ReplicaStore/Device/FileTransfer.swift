internal import SyncCore

/// One file on its way, to the hub or from it: what is sent next, after an answer and after a cut
/// (attachments §7). Whoever runs the lane brings the line, and says how much a message may have.
package struct FileTransfer: Sendable {
  private enum Way: Sendable {
    /// With what the hub said that it lacks; nil when it has to be asked.
    case up(lacking: ChunkSet?)
    case down
  }

  package enum Step: Sendable, Hashable {
    case goesOn
    /// For this sync; whole when all of it is now at the other end.
    case over(isWhole: Bool)
    /// The hub answers as if it had not been answered: to go on would never end.
    case stuck
  }

  private var file: PendingFile
  private var way: Way
  /// About how many bytes still have to move.
  package private(set) var bytesLeft: Int

  private static let chunkBytes = AttachmentLimits.sealedChunkBytesMax

  package init(giving file: PendingFile) { self.init(file, .up(lacking: nil)) }
  package init(fetching file: PendingFile) { self.init(file, .down) }

  private init(_ file: PendingFile, _ way: Way) {
    self.file = file
    self.way = way
    bytesLeft = file.bytesLeft
  }

  /// Whether it is this device that has the file.
  package var isGiving: Bool {
    if case .up = way { true } else { false }
  }

  /// Whether the next message moves nothing but what the hub lacks.
  package var isQuestion: Bool {
    if case .up(nil) = way { file.isOffered } else { false }
  }

  /// The least that the next message and its answer need beside a little: one chunk, and the manifest
  /// where it goes along.
  package var bytesNeeded: Int {
    switch way {
    case .up(nil) where file.isOffered: 0
    case .up(nil), .down: Self.chunkBytes + 32 * file.chunks
    case .up: Self.chunkBytes
    }
  }

  package func request(from replica: Replica, bytesMax: Int) throws -> Replica.FileOutgoing {
    switch way {
    case .up(let lacking):
      try replica.uploadRequest(file, lacking: lacking, bytesMax: bytesMax)
    case .down: try replica.downloadRequest(file, byteBudget: bytesMax)
    }
  }

  /// No answer came.
  package mutating func cut() {
    // What came before is kept, so the same question asks for the rest.
    guard case .up = way else { return }
    // The hub may have any part of it: it is asked before chunks go again.
    way = .up(lacking: nil)
    file = file.offeredBefore
  }

  /// - Throws: for an answer that is not to this question or not sound; nothing has changed then.
  package mutating func receive(
    _ answer: [UInt8], to sent: Replica.FileOutgoing, at replica: Replica
  ) throws -> Step {
    switch way {
    case .up(let lacking):
      take(try replica.receiveUpload(answer, to: sent), sent, lacking)
    case .down: take(try replica.receiveDownload(answer, to: sent))
    }
  }

  private mutating func take(
    _ state: UploadResponse.State, _ sent: Replica.FileOutgoing, _ lacking: ChunkSet?
  ) -> Step {
    switch state {
    case .stored, .refused:
      bytesLeft = 0
      return .over(isWhole: state == .stored)
    case .unknown:
      // Asked once, it is given the manifest; asked again, it would never end.
      guard file.isOffered, lacking == nil else { return .stuck }
      file = file.offeredAnew
      bytesLeft = min(file.bytesLeft, file.chunks * Self.chunkBytes)
    case .lacking(let set):
      guard sent.numbers.allSatisfy({ !set.contains($0) }) else { return .stuck }
      way = .up(lacking: set)
      bytesLeft = min(file.bytesLeft, set.indices.count * Self.chunkBytes)
    }
    return .goesOn
  }

  private mutating func take(_ received: Replica.FileReceived) -> Step {
    // What the hub does not have yet, or not for this device, is asked for again another day.
    guard !received.isWhole, received.isHere, received.chunks > 0 else {
      bytesLeft = 0
      return .over(isWhole: received.isWhole)
    }
    bytesLeft = max(0, bytesLeft - received.chunks * Self.chunkBytes)
    return .goesOn
  }
}

extension Replica {
  /// The files of the lane, in their order: first what this device has to give, then what it lacks.
  package func filesToMove() throws -> [FileTransfer] {
    try filesToGive().map { FileTransfer(giving: $0) }
      + filesToFetch().map { FileTransfer(fetching: $0) }
  }
}
