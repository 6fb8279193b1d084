/// A section of an entry as somebody holds it (entry §2.4).
public enum SectionContent: Sendable, Hashable {
  /// The entry has no such section.
  case absent
  /// The bytes: canonical field writes, or for a sealed class the ciphertext.
  case present([UInt8])
  /// It exists, is not held here, and has this digest.
  case withheld(Digest32)

  public var bytes: [UInt8]? {
    if case .present(let bytes) = self { return bytes }
    return nil
  }
}

/// One element of an origin's log: an immutable, hash-chained change to one record (entry §2).
///
/// The value keeps the canonical bytes it was made from, so that what is hashed, stored and sent
/// is the same. An `Entry` is structurally valid by construction; whether its form accepts its
/// fields is a separate question (forms §6).
public struct Entry: Sendable, Hashable {
  public let envelope: Envelope
  public let rootSalt: Salt
  /// Canonical field writes; always present, possibly an empty map.
  public let operational: [UInt8]
  public let coded: SectionContent
  public let sensitive: SectionContent
  public let identity: SectionContent
  public let hash: EntryHash

  /// Checks structure and computes the hash.
  public init(
    envelope: Envelope, rootSalt: Salt, operational: [UInt8], coded: SectionContent,
    sensitive: SectionContent, identity: SectionContent, limits: Limits = .specified
  ) throws(EntryError) {
    guard operational.count <= limits.clearSectionBytesMax,
      (coded.bytes?.count ?? 0) <= limits.clearSectionBytesMax,
      (sensitive.bytes?.count ?? 0) <= limits.sealedSectionBytesMax,
      (identity.bytes?.count ?? 0) <= limits.sealedSectionBytesMax
    else { throw EntryError(.sectionTooLong) }
    do { try envelope.check(limits: limits) } catch {
      throw EntryError(.malformedEnvelope(error.code))
    }
    if envelope.kind.startsRecord, rootSalt.createdRecord != envelope.record {
      throw EntryError(.recordNotDerived)
    }
    do {
      try self.init(
        hashing: envelope, rootSalt: rootSalt, operational: operational, coded: coded,
        sensitive: sensitive, identity: identity, isParsed: false, limits: limits)
    } catch { throw EntryError(.malformedSection(error.code)) }
  }

  /// An entry out of a store that only ever took in whole ones; nil when the parts do not have this
  /// hash. With it they are the bytes that were checked then, so nothing but the hash is looked at.
  ///
  /// - Parameter hash: the hash of an entry that ``init(envelope:rootSalt:operational:coded:sensitive:identity:limits:)``
  ///   made.
  public init?(
    stored envelope: Envelope, rootSalt: Salt, operational: [UInt8], coded: SectionContent,
    sensitive: SectionContent, identity: SectionContent, hash: EntryHash,
    limits: Limits = .specified
  ) {
    let entry = try? Entry(
      hashing: envelope, rootSalt: rootSalt, operational: operational, coded: coded,
      sensitive: sensitive, identity: identity, isParsed: true, limits: limits)
    guard let entry, entry.hash == hash else { return nil }
    self = entry
  }

  private init(
    hashing envelope: Envelope, rootSalt: Salt, operational: [UInt8], coded: SectionContent,
    sensitive: SectionContent, identity: SectionContent, isParsed: Bool, limits: Limits
  ) throws(CBORError) {
    self.envelope = envelope
    self.rootSalt = rootSalt
    self.operational = operational
    self.coded = coded
    self.sensitive = sensitive
    self.identity = identity
    hash = try Self.hash(
      envelope: envelope, rootSalt: rootSalt, operational: operational, coded: coded,
      sensitive: sensitive, identity: identity, isParsed: isParsed, limits: limits)
  }

  public func section(_ part: SensitivityClass) -> SectionContent {
    switch part {
    case .operational: .present(operational)
    case .coded: coded
    case .sensitive: sensitive
    case .identity: identity
    }
  }
}

/// Why bytes are not an entry.
public struct EntryError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    case sectionTooLong
    case recordNotDerived
    case malformedSection(CBORError.Code)
    case malformedEnvelope(CBORError.Code)
  }
  public let code: Code
  public init(_ code: Code) { self.code = code }
  public var description: String {
    switch code {
    case .sectionTooLong: "a section of the entry is longer than the protocol allows"
    case .recordNotDerived: "the record id does not derive from the entry that creates the record"
    case .malformedSection(let code): "a section of the entry is not canonical: \(code.rawValue)"
    case .malformedEnvelope(let code): "the entry's envelope cannot be encoded: \(code.rawValue)"
    }
  }
}
