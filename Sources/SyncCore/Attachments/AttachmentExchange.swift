/// One sealed chunk and its place.
public struct PlacedChunk: Sendable, Hashable {
  public let index: Int
  public let sealed: [UInt8]

  public init(index: Int, sealed: [UInt8]) {
    self.index = index
    self.sealed = sealed
  }
}

/// A device gives chunks of a file to the hub, or only asks what it lacks (attachments §7).
public struct UploadRequest: Sendable, Hashable {
  public var origin: OriginID
  public var token: [UInt8]
  public var record: RecordID
  public var address: Digest32
  /// Nil when the hub has it already.
  public var manifest: AttachmentManifest?
  /// Ascending; none to ask.
  public var chunks: [PlacedChunk]

  public init(
    origin: OriginID, token: [UInt8], record: RecordID, address: Digest32,
    manifest: AttachmentManifest?, chunks: [PlacedChunk]
  ) {
    self.origin = origin
    self.token = token
    self.record = record
    self.address = address
    self.manifest = manifest
    self.chunks = chunks
  }
}

/// What the hub has of the file now; durable when it is said.
public struct UploadResponse: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    /// At least one.
    case lacking(ChunkSet)
    case stored
    /// The manifest has to come first.
    case unknown
    /// A word of attachments §8.2.
    case refused(String)
  }

  public var hubEpoch: UInt64
  public var state: State

  public init(hubEpoch: UInt64, state: State) {
    self.hubEpoch = hubEpoch
    self.state = state
  }
}

/// A device asks for chunks of a file.
public struct DownloadRequest: Sendable, Hashable {
  public var origin: OriginID
  public var token: [UInt8]
  public var record: RecordID
  public var address: Digest32
  public var byteBudget: UInt64
  public var wantsManifest: Bool
  /// Nil for all, from the first on.
  public var wanted: ChunkSet?

  public init(
    origin: OriginID, token: [UInt8], record: RecordID, address: Digest32, byteBudget: UInt64,
    wantsManifest: Bool, wanted: ChunkSet?
  ) {
    self.origin = origin
    self.token = token
    self.record = record
    self.address = address
    self.byteBudget = byteBudget
    self.wantsManifest = wantsManifest
    self.wanted = wanted
  }
}

public struct DownloadResponse: Sendable, Hashable {
  public var hubEpoch: UInt64
  /// False where there is no such file, or none for this device: the two are not told apart.
  public var isHere: Bool
  public var manifest: AttachmentManifest?
  /// Ascending; as many of the wanted ones as fit and as the hub has.
  public var chunks: [PlacedChunk]

  public init(
    hubEpoch: UInt64, isHere: Bool, manifest: AttachmentManifest? = nil, chunks: [PlacedChunk] = []
  ) {
    self.hubEpoch = hubEpoch
    self.isHere = isHere
    self.manifest = manifest
    self.chunks = chunks
  }
}
