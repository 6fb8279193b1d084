/// One change to one field, and the writes it saw and replaces (entry §1.3, merge §2).
public enum FieldWrite: Sendable, Hashable {
  /// A value, in place of the writes named.
  case assign(FieldValue, replacing: [EntryHash] = [])
  /// Codes added to a set field, and for each code removed the adds that the removal saw.
  case set(add: [String], remove: [String: [EntryHash]] = [:])
}

/// The writes of one section, keyed by field name, in canonical key order.
public typealias FieldWrites = [(name: String, write: FieldWrite)]

extension CBOREncoder {
  public mutating func encode(_ value: FieldValue) {
    switch value {
    case .text(let text): encode(text)
    case .integer(let number): encode(number)
    case .boolean(let flag): encode(flag)
    case .decimal(let number):
      tagHead(4)
      arrayHead(2)
      encode(Int64(number.exponent))
      encode(number.mantissa)
    case .bytes(let raw): encode(bytes: raw)
    case .cleared: encodeNull()
    }
  }

  public mutating func encode(_ write: FieldWrite) {
    switch write {
    case .assign(let value, let replacing):
      if replacing.isEmpty { return encode(value) }
      arrayHead(2)
      encode(value)
      encode(hashes: replacing)
    case .set(let add, let remove):
      mapHead((add.isEmpty ? 0 : 1) + (remove.isEmpty ? 0 : 1))
      if !add.isEmpty {
        encode(0 as UInt64)
        let codes = add.count == 1 ? add : Set(add).sorted(by: canonicalKeyOrder)
        arrayHead(codes.count)
        for code in codes { encode(code) }
      }
      if !remove.isEmpty {
        encode(1 as UInt64)
        mapHead(remove.count)
        for code in remove.keys.sorted(by: canonicalKeyOrder) {
          encode(code)
          encode(hashes: remove[code] ?? [])
        }
      }
    }
  }

  /// Hashes in ascending order, each once.
  public mutating func encode(hashes: [EntryHash]) {
    let sorted = Set(hashes).sorted()
    arrayHead(sorted.count)
    for hash in sorted { encode(hash) }
  }

  /// The writes of one section: a map from field name to write. Sorts the names.
  public mutating func encode(_ writes: FieldWrites) {
    mapHead(writes.count)
    let isSorted = writes.indices.dropFirst().allSatisfy {
      canonicalKeyOrder(writes[$0 - 1].name, writes[$0].name)
    }
    let sorted =
      isSorted ? writes : writes.sorted(by: { canonicalKeyOrder($0.name, $1.name) })
    for (name, write) in sorted {
      encode(name)
      encode(write)
    }
  }
}

extension CBORDecoder {
  public mutating func readFieldValue(limits: Limits) throws(CBORError) -> FieldValue {
    switch try nextMajor() {
    case 0, 1: return .integer(try readInt())
    case 2: return .bytes(Array(try readBytes(max: limits.clearSectionBytesMax)))
    case 3: return .text(try readText(max: limits.textBytesMax))
    case 6: return .decimal(try readDecimal())
    case 7:
      if readNullIfPresent() { return .cleared }
      _ = try skipItemCheckingSimple()
      return .boolean(try readBool())
    default: throw error(.unexpectedType)
    }
  }

  /// Gives the precise refusal for floats and undefined before `readBool` would.
  private func skipItemCheckingSimple() throws(CBORError) -> Int {
    var copy = self
    return try copy.skipItem().count
  }

  public mutating func readFieldWrite(limits: Limits) throws(CBORError) -> FieldWrite {
    switch try nextMajor() {
    case 4:
      try readArrayHead(exactly: 2)
      let value = try readFieldValue(limits: limits)
      return .assign(value, replacing: try readHashes(limits: limits))
    case 5: return try readSetWrite(limits: limits)
    default: return .assign(try readFieldValue(limits: limits))
    }
  }

  private mutating func readSetWrite(limits: Limits) throws(CBORError) -> FieldWrite {
    var add: [String] = []
    var remove: [String: [EntryHash]] = [:]
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(try readMapHead(max: 2)) {
      let key = try readKey(after: previous)
      previous = key
      switch key.first {
      case 0:
        let start = self
        for _ in 0..<(try readArrayHead(max: limits.referencesPerWriteMax)) {
          let code = try readText(max: limits.nameBytesMax)
          if let last = add.last, !canonicalKeyOrder(last, code) {
            throw start.error(.unsortedKeys)
          }
          add.append(code)
        }
        guard !add.isEmpty else { throw start.error(.nonCanonicalValue) }
        guard Set(add).count == add.count else { throw start.error(.duplicateKey) }
      case 1:
        let start = self
        var previousCode: ArraySlice<UInt8>?
        for _ in 0..<(try readMapHead(max: limits.referencesPerWriteMax)) {
          guard try nextMajor() == 3 else { throw error(.unexpectedType) }
          let code = try readKey(after: previousCode)
          previousCode = code
          var inner = CBORDecoder(code)
          let name = try inner.readText(max: limits.nameBytesMax)
          let hashes = try readHashes(limits: limits)
          // Two spellings that Unicode holds equal would be one key here and two on the wire.
          guard remove.updateValue(hashes, forKey: name) == nil else {
            throw start.error(.duplicateKey)
          }
        }
        guard !remove.isEmpty else { throw start.error(.nonCanonicalValue) }
      default: throw error(.outOfRange)
      }
    }
    return .set(add: add, remove: remove)
  }

  /// A list of hashes: not empty, ascending, each once.
  public mutating func readHashes(limits: Limits) throws(CBORError) -> [EntryHash] {
    let start = self
    let count = try readArrayHead(max: limits.referencesPerWriteMax)
    guard count > 0 else { throw start.error(.nonCanonicalValue) }
    var hashes: [EntryHash] = []
    for _ in 0..<count {
      let hash = try readDigest()
      if let last = hashes.last, last >= hash { throw error(.unsortedKeys) }
      hashes.append(hash)
    }
    return hashes
  }

  public mutating func readFieldWrites(limits: Limits) throws(CBORError) -> FieldWrites {
    var writes: FieldWrites = []
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(try readMapHead(max: limits.fieldsPerSectionMax)) {
      guard try nextMajor() == 3 else { throw error(.unexpectedType) }
      let key = try readKey(after: previous)
      previous = key
      var inner = CBORDecoder(key)
      let name = try inner.readText(max: limits.fieldKeyBytesMax)
      writes.append((name, try readFieldWrite(limits: limits)))
    }
    return writes
  }
}

extension CBORDecoder {
  /// Steps over one write, checked as ``readFieldWrite(limits:)`` checks it.
  mutating func skipFieldWrite(limits: Limits) throws(CBORError) {
    switch try nextMajor() {
    case 3: _ = try readTextBytes(max: limits.textBytesMax)
    case 2: _ = try readBytes(max: limits.clearSectionBytesMax)
    default: _ = try readFieldWrite(limits: limits)
    }
  }

  /// Steps over the writes of one section, checked as ``readFieldWrites(limits:)`` checks them, and
  /// hands on each name and each pair of name and write as they stand.
  mutating func skipFieldWrites(
    limits: Limits,
    _ body: (_ name: ArraySlice<UInt8>, _ pair: ArraySlice<UInt8>) -> Void = { _, _ in }
  ) throws(CBORError) {
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(try readMapHead(max: limits.fieldsPerSectionMax)) {
      let begin = position
      guard try nextMajor() == 3 else { throw error(.unexpectedType) }
      let key = try readKey(after: previous)
      previous = key
      var inner = CBORDecoder(key)
      let name = try inner.readTextBytes(max: limits.fieldKeyBytesMax)
      try skipFieldWrite(limits: limits)
      body(name, slice(from: begin))
    }
  }
}

extension Limits {
  /// Bytes of a field's name as a key: two names, a hash and an index inside a repeat.
  var fieldKeyBytesMax: Int { 2 * nameBytesMax + 128 }
}

/// Reads one whole encoded section.
public func decodeFieldWrites(
  _ encoded: [UInt8], limits: Limits = .specified
) throws(CBORError) -> FieldWrites {
  var d = CBORDecoder(encoded)
  let writes = try d.readFieldWrites(limits: limits)
  try d.expectEnd()
  return writes
}

/// Encodes one whole section.
public func encodeFieldWrites(_ writes: FieldWrites) -> [UInt8] {
  var e = CBOREncoder(reservingCapacity: 32 * writes.count + 8)
  e.encode(writes)
  return e.bytes
}
