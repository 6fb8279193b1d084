public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of chunks for the hub (wire-format §2.13).
  public static func encode(_ request: UploadRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(2)
    w.raw(request.token)
    w.raw(request.record)
    w.raw(request.address)
    w.write(request.manifest)
    w.write(request.chunks)
    return w.message(.uploadRequest, sender: request.origin)
  }

  public func uploadRequest(origin: OriginID, limits: Limits) throws(WireError) -> UploadRequest {
    try expectSender(origin)
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 2) == 2 else { throw WireError(.inconsistent) }
    let token = Array(try r.raw(16))
    let record = try r.raw16()
    let request = UploadRequest(
      origin: origin, token: token, record: record, address: try r.rawDigest(),
      manifest: try r.readManifest(of: record), chunks: try r.readChunks())
    try r.expectEnd()
    if let manifest = request.manifest, manifest.address != request.address {
      throw WireError(.inconsistent)
    }
    return request
  }

  /// The unsigned bytes of the hub's answer (wire-format §2.14).
  public static func encode(_ response: UploadResponse) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(3)
    w.clear.encode(response.hubEpoch)
    switch response.state {
    case .lacking(let set):
      w.clear.encode(0 as UInt64)
      w.write(set)
    case .stored:
      w.clear.encode(1 as UInt64)
      w.clear.encodeNull()
    case .unknown:
      w.clear.encode(2 as UInt64)
      w.clear.encodeNull()
    case .refused(let word):
      w.clear.encode(3 as UInt64)
      w.clear.encode(word)
    }
    return w.message(.uploadResponse)
  }

  public func uploadResponse(limits: Limits) throws(WireError) -> UploadResponse {
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 3) == 3 else { throw WireError(.inconsistent) }
    let epoch = try r.readUInt()
    let state: UploadResponse.State
    switch try r.readUInt(max: 3) {
    case 0:
      guard let set = try r.readChunkSet(), !set.isEmpty else { throw WireError(.inconsistent) }
      state = .lacking(set)
    case 3: state = .refused(try r.readText(max: limits.nameBytesMax))
    case let status:
      guard r.clear.readNullIfPresent() else { throw WireError(.inconsistent) }
      state = status == 1 ? .stored : .unknown
    }
    try r.expectEnd()
    return UploadResponse(hubEpoch: epoch, state: state)
  }

  /// The unsigned bytes of a question for chunks (wire-format §2.15).
  public static func encode(_ request: DownloadRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(3)
    w.raw(request.token)
    w.raw(request.record)
    w.raw(request.address)
    w.clear.encode(request.byteBudget)
    w.clear.encode(request.wantsManifest)
    if let wanted = request.wanted { w.write(wanted) } else { w.clear.encodeNull() }
    return w.message(.downloadRequest, sender: request.origin)
  }

  public func downloadRequest(
    origin: OriginID, limits: Limits
  ) throws(WireError) -> DownloadRequest {
    try expectSender(origin)
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 3) == 3 else { throw WireError(.inconsistent) }
    let token = Array(try r.raw(16))
    let request = DownloadRequest(
      origin: origin, token: token, record: try r.raw16(), address: try r.rawDigest(),
      byteBudget: try r.readUInt(),
      wantsManifest: try r.read { c throws(CBORError) in try c.readBool() },
      wanted: try r.readChunkSet())
    try r.expectEnd()
    return request
  }

  /// The unsigned bytes of chunks for a device (wire-format §2.16).
  public static func encode(_ response: DownloadResponse) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(4)
    w.clear.encode(response.hubEpoch)
    w.clear.encode(response.isHere)
    w.write(response.manifest)
    w.write(response.chunks)
    return w.message(.downloadResponse)
  }

  /// - Parameters:
  ///   - record: of which a file was asked for.
  ///   - limits: on what is read.
  public func downloadResponse(
    record: RecordID, limits: Limits
  ) throws(WireError) -> DownloadResponse {
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 4) == 4 else { throw WireError(.inconsistent) }
    let response = DownloadResponse(
      hubEpoch: try r.readUInt(), isHere: try r.read { c throws(CBORError) in try c.readBool() },
      manifest: try r.readManifest(of: record), chunks: try r.readChunks())
    try r.expectEnd()
    guard response.isHere || (response.manifest == nil && response.chunks.isEmpty) else {
      throw WireError(.inconsistent)
    }
    return response
  }
}

extension MessageWriter {
  fileprivate mutating func write(_ manifest: AttachmentManifest?) {
    guard let manifest else { return clear.encodeNull() }
    clear.encode(UInt64(manifest.chunks.count))
    raw(manifest.salt)
    for chunk in manifest.chunks { raw(chunk) }
  }

  fileprivate mutating func write(_ chunks: [PlacedChunk]) {
    clear.arrayHead(2 * chunks.count)
    for chunk in chunks {
      clear.encode(UInt64(chunk.index))
      clear.encode(UInt64(chunk.sealed.count))
      raw(chunk.sealed)
    }
  }

  fileprivate mutating func write(_ set: ChunkSet) {
    clear.arrayHead(2)
    clear.encode(UInt64(set.count))
    clear.encode(bytes: set.bytes)
  }
}

extension MessageReader {
  /// More cannot stand in a message.
  private static let chunksMax = 64

  private mutating func readPositive(max: Int) throws(WireError) -> Int {
    let number = try readUInt(max: UInt64(max))
    guard number > 0 else { throw WireError(.malformed(.outOfRange)) }
    return Int(number)
  }

  fileprivate mutating func readManifest(
    of record: RecordID
  ) throws(WireError) -> AttachmentManifest? {
    guard !clear.readNullIfPresent() else { return nil }
    let count = try readPositive(max: AttachmentLimits.chunksMax)
    let bytes = try raw(16 + 32 * count)
    guard let manifest = AttachmentManifest(record: record, encoded: bytes) else {
      throw WireError(.inconsistent)
    }
    return manifest
  }

  fileprivate mutating func readChunks() throws(WireError) -> [PlacedChunk] {
    let items = try readCount(max: 2 * Self.chunksMax)
    guard items % 2 == 0 else { throw WireError(.inconsistent) }
    var chunks: [PlacedChunk] = []
    for _ in 0..<(items / 2) {
      let index = Int(try readUInt(max: UInt64(AttachmentLimits.chunksMax - 1)))
      guard index > chunks.last?.index ?? -1 else { throw WireError(.inconsistent) }
      let count = try readPositive(max: AttachmentLimits.sealedChunkBytesMax)
      chunks.append(PlacedChunk(index: index, sealed: Array(try raw(count))))
    }
    return chunks
  }

  fileprivate mutating func readChunkSet() throws(WireError) -> ChunkSet? {
    guard !clear.readNullIfPresent() else { return nil }
    guard try readCount(max: 2) == 2 else { throw WireError(.inconsistent) }
    let count = try readPositive(max: AttachmentLimits.chunksMax)
    let bytes = try read { c throws(CBORError) in
      try c.readBytes(max: AttachmentLimits.chunksMax / 8)
    }
    guard let set = ChunkSet(count: count, bytes: Array(bytes)) else {
      throw WireError(.inconsistent)
    }
    return set
  }
}
