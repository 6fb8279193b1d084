public import SyncCore

extension ReleasePackage {
  /// Most forms that one release may carry.
  static let formsMax = 256

  /// Reads exactly one canonical release.
  ///
  /// Says nothing yet about signatures, digests or the policy: that is for the verification of the
  /// file that is made of it.
  ///
  /// - Throws: `too-large`, `version`, `malformed`, `inconsistent`, `form-text`, `not-included`.
  public init(encoded: [UInt8], limits: Limits = .specified) throws(ReleaseError) {
    guard encoded.count <= limits.releaseBytesMax else { throw ReleaseError(.tooLarge) }
    do {
      self = try Self.read(whole: encoded, limits: limits)
    } catch let error as CBORError {
      throw ReleaseError(.malformed(error.code))
    } catch let error as ReleaseError {
      throw error
    } catch { throw ReleaseError(.inconsistent) }
  }

  private static func read(whole encoded: [UInt8], limits: Limits) throws -> ReleasePackage {
    var d = CBORDecoder(encoded)
    try d.readArrayHead(exactly: 6)
    guard try d.readUInt() == version else { throw ReleaseError(.version) }
    let content = try d.readBytes(max: encoded.count)
    let joined = try d.readBytes(max: encoded.count)
    guard joined.count.isMultiple(of: 32) else { throw d.error(.outOfRange) }
    let leaves = stride(from: joined.startIndex, to: joined.endIndex, by: 32).compactMap {
      Digest32(joined[$0..<$0 + 32])
    }
    var texts: [[UInt8]?] = []
    for _ in 0..<(try d.readArrayHead(max: formsMax)) { texts.append(try d.readFormText()) }
    let lists = try d.readFormText()
    let package = try read(content, leaves: leaves, texts: texts, lists: lists, limits: limits)
    let log = try d.readLog(programme: package.programme, limits: limits)
    try d.expectEnd()
    guard let log else { return package }
    return try package.attaching(log)
  }

  private static func read(
    _ content: ArraySlice<UInt8>, leaves: [EntryHash], texts: [[UInt8]?], lists: [UInt8]?,
    limits: Limits
  ) throws -> ReleasePackage {
    var d = CBORDecoder(content)
    try d.readArrayHead(exactly: 8)
    guard try d.readUInt() == version else { throw ReleaseError(.version) }
    guard let programme = ProgrammeID(try d.readBytes(exactly: 16)) else {
      throw d.error(.outOfRange)
    }
    let number = try d.readUInt()
    var previous: Previous?
    if !d.readNullIfPresent() {
      try d.readArrayHead(exactly: 2)
      previous = Previous(number: try d.readUInt(), index: try d.readUInt())
    }
    var entries: [ReleasedEntry] = []
    for _ in 0..<(try d.readArrayHead(max: leaves.count)) {
      entries.append(try d.readReleasedEntry(limits: limits))
    }
    var withheld: [Withheld] = []
    for _ in 0..<(try d.readArrayHead(max: WithheldReason.allCases.count)) {
      try d.readArrayHead(exactly: 2)
      guard let reason = WithheldReason(rawValue: try d.readText(max: limits.nameBytesMax)) else {
        throw d.error(.outOfRange)
      }
      withheld.append(Withheld(reason: reason, count: try d.readUInt()))
    }
    let policy = Array(try d.readBytes(max: limits.statementBytesMax))
    var forms: [[UInt8]] = []
    for _ in 0..<(try d.readArrayHead(max: formsMax)) {
      forms.append(Array(try d.readBytes(max: limits.statementBytesMax)))
    }
    try d.expectEnd()
    return try ReleasePackage(
      programme: programme, number: number, previous: previous, leaves: leaves, entries: entries,
      withheld: withheld, policyStatement: policy, formStatements: forms, formTexts: texts,
      sharedLists: lists)
  }
}

extension CBORDecoder {
  fileprivate mutating func readReleasedEntry(limits: Limits) throws -> ReleasedEntry {
    try readArrayHead(exactly: 11)
    let position = try readUInt(max: MerkleTree.sizeMax)
    let record = try readSixteen()
    let form = try readText(max: limits.nameBytesMax)
    guard let raw = UInt8(exactly: try readUInt(max: 255)), let kind = EntryKind(rawValue: raw)
    else { throw error(.outOfRange) }
    let salt = try readSixteen()
    let parts = (try readDigest(), try readDigest(), try readDigest(), try readDigest())
    var fields: [ReleasedField] = []
    for _ in 0..<(try readArrayHead(max: limits.fieldsPerSectionMax)) {
      try readArrayHead(exactly: 2)
      let fieldSalt = try readSixteen()
      let pair = Array(try readBytes(max: limits.clearSectionBytesMax))
      guard let field = try ReleasedField(pair: pair, salt: fieldSalt, limits: limits) else {
        throw ReleaseError(.inconsistent)
      }
      if let last = fields.last, !canonicalKeyOrder(last.name, field.name) {
        throw error(.unsortedKeys)
      }
      fields.append(field)
    }
    var hidden: [Digest32] = []
    for _ in 0..<(try readArrayHead(max: limits.fieldsPerSectionMax)) {
      let digest = try readDigest()
      if let last = hidden.last, last >= digest { throw error(.unsortedKeys) }
      hidden.append(digest)
    }
    return ReleasedEntry(
      position: position, record: record, form: form, kind: kind, salt: salt, envelope: parts.0,
      coded: parts.1, sensitive: parts.2, identity: parts.3, fields: fields, hidden: hidden)
  }

  fileprivate mutating func readLog(
    programme: ProgrammeID, limits: Limits
  ) throws -> ReleasePackage.LogProof? {
    if readNullIfPresent() { return nil }
    try readArrayHead(exactly: 5)
    let epoch = try readUInt(max: UInt64(Int64.max))
    let checkpoint = try SignedCheckpoint(
      bytes: Array(try readBytes(exactly: SignedCheckpoint.byteCount)),
      origin: LogOrigin(programme: programme, epoch: epoch))
    let index = try readUInt(max: MerkleTree.sizeMax)
    var hashes: [Digest32] = []
    for _ in 0..<(try readArrayHead(max: 64)) { hashes.append(try readDigest()) }
    return ReleasePackage.LogProof(
      checkpoint: checkpoint,
      inclusion: try InclusionProof(
        index: index, size: checkpoint.checkpoint.size, hashes: hashes),
      hubStatement: Array(try readBytes(max: limits.statementBytesMax)))
  }

  fileprivate mutating func readFormText() throws(CBORError) -> [UInt8]? {
    readNullIfPresent() ? nil : Array(try readBytes(max: ShippedFormReference.textBytesMax))
  }

  private mutating func readSixteen() throws(CBORError) -> Bytes16 {
    guard let value = Bytes16(try readBytes(exactly: 16)) else { throw error(.outOfRange) }
    return value
  }
}
