internal import SyncCore

extension CBOREncoder {
  /// The body array of a statement (identity §3).
  mutating func encode(_ body: StatementBody, version: UInt64) {
    switch body {
    case .reader(let reader):
      arrayHead(5)
      encode(UInt64(reader.state.rawValue))
      encode(UInt64(reader.role.rawValue))
      encode(reader.keys.signing.raw)
      encode(reader.keys.opening.raw)
      arrayHead(reader.areas.count)
      for area in reader.areas { encode(area) }
    case .recovery(let key):
      arrayHead(1)
      encode(key.raw)
    case .form(let form):
      arrayHead(2)
      encode(version)
      encode(bytes: form.yaml)
    case .policy(let yaml):
      arrayHead(1)
      encode(bytes: yaml)
    case .hub(let hub):
      arrayHead(hub.openingKey == nil ? 5 : 6)
      encode(version)
      encode(hub.logKey.raw)
      encode(hub.tlsPin)
      encode(hub.lastSize)
      encode(hub.lastRoot)
      if let key = hub.openingKey { encode(key.raw) }
    }
  }
}

/// Reads the typed body of a statement whose subject and version are known.
struct StatementBodyReader {
  var decoder: CBORDecoder
  let subject: ArraySlice<UInt8>
  let version: UInt64
  let limits: Limits

  mutating func read(_ type: StatementType) throws(IdentityError) -> StatementBody {
    let body: StatementBody
    do {
      switch type {
      case .reader: body = .reader(try reader())
      case .recovery:
        try decoder.readArrayHead(exactly: 1)
        body = .recovery(try openingKey())
      case .form: body = .form(try form())
      case .policy:
        try decoder.readArrayHead(exactly: 1)
        body = .policy(Array(try decoder.readBytes(max: limits.statementBytesMax)))
      case .hub: body = .hub(try hub())
      }
      try decoder.expectEnd()
    } catch let error as IdentityError {
      throw error
    } catch let error as CBORError {
      throw IdentityError(.statementBody, encoding: error.code)
    } catch { throw IdentityError(.statementBody) }
    guard body.subject[...] == subject else { throw IdentityError(.statementSubject) }
    return body
  }

  private mutating func reader() throws -> ReaderStatement {
    try decoder.readArrayHead(exactly: 5)
    guard let state = ReaderStatement.State(rawValue: UInt8(try decoder.readUInt(max: 255))),
      let role = ReaderStatement.Role(rawValue: UInt8(try decoder.readUInt(max: 255)))
    else { throw IdentityError(.statementBody) }
    let keys = DevicePublicIdentity(signing: try signingKey(), opening: try openingKey())
    var areas: [String] = []
    for _ in 0..<(try decoder.readArrayHead(max: ReaderStatement.areasMax)) {
      let area = try decoder.readText(max: limits.nameBytesMax)
      if let last = areas.last, !canonicalKeyOrder(last, area) {
        throw decoder.error(.unsortedKeys)
      }
      areas.append(area)
    }
    // Two spellings that Unicode holds equal would be one area here and two in what was signed.
    guard Set(areas).count == areas.count else { throw decoder.error(.duplicateKey) }
    return ReaderStatement(state: state, role: role, keys: keys, areas: areas)
  }

  private mutating func form() throws -> FormStatement {
    guard let name = String(validating: subject, as: UTF8.self), !name.isEmpty,
      name.utf8.count <= limits.nameBytesMax, !name.hasPrefix(SystemForm.prefix)
    else { throw IdentityError(.statementSubject) }
    try decoder.readArrayHead(exactly: 2)
    guard try decoder.readUInt() == version, version <= UInt64(UInt32.max) else {
      throw IdentityError(.statementVersion)
    }
    return FormStatement(
      name: name, yaml: Array(try decoder.readBytes(max: limits.statementBytesMax)))
  }

  private mutating func hub() throws -> HubStatement {
    let count = try decoder.readArrayHead(max: 6)
    guard count >= 5 else { throw decoder.error(.outOfRange) }
    guard try decoder.readUInt() == version else { throw IdentityError(.statementVersion) }
    var hub = HubStatement(
      logKey: try signingKey(), tlsPin: try decoder.readDigest(),
      lastSize: try decoder.readUInt(max: UInt64(Int64.max)),
      lastRoot: try decoder.readDigest())
    guard (hub.lastSize == 0) == (hub.lastRoot == .zero) else {
      throw decoder.error(.nonCanonicalValue)
    }
    if count == 6 { hub.openingKey = try openingKey() }
    return hub
  }

  private mutating func signingKey() throws -> SigningPublicKey {
    guard let key = SigningPublicKey(try decoder.readDigest()) else {
      throw IdentityError(.weakKey)
    }
    return key
  }

  private mutating func openingKey() throws -> OpeningPublicKey {
    guard let key = OpeningPublicKey(try decoder.readDigest()) else {
      throw IdentityError(.weakKey)
    }
    return key
  }
}
