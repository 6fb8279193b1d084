public import SyncCore

/// The authority's statements as one holder has them (identity §3).
///
/// Of readers, the recovery key and the policy it keeps the highest version; of forms and hub
/// epochs, which entries and checkpoints go on naming, every version.
public struct StatementBook: Sendable {
  /// What became of a statement that was offered.
  public enum Outcome: Sendable, Hashable {
    /// New here, and now held.
    case accepted
    /// Held already.
    case known
    /// Refused: a higher version of the same subject is held.
    case older(held: UInt64)
    /// Refused: the authority signed something else under the same version. Keep both as proof.
    case contradicts(held: SignedStatement)
  }

  private struct Key: Hashable {
    let type: StatementType
    let subject: [UInt8]
  }

  public let programme: ProgrammeID
  /// Per subject in ascending order of versions; one version only where one is kept.
  private var held: [Key: [SignedStatement]] = [:]

  public init(programme: ProgrammeID) { self.programme = programme }

  /// Offers a statement. Throws only when it belongs to another programme.
  public mutating func accept(_ offered: SignedStatement) throws(IdentityError) -> Outcome {
    guard offered.programme == programme else { throw IdentityError(.statementProgramme) }
    let statement = offered.statement
    let key = Key(type: statement.type, subject: statement.subject)
    let versions = held[key] ?? []
    if let same = versions.first(where: { $0.statement.version == statement.version }) {
      return same.payload == offered.payload ? .known : .contradicts(held: same)
    }
    guard statement.type.keepsEveryVersion else {
      if let newest = versions.last, newest.statement.version > statement.version {
        return .older(held: newest.statement.version)
      }
      held[key] = [offered]
      return .accepted
    }
    let place = versions.firstIndex { $0.statement.version > statement.version } ?? versions.count
    held[key, default: []].insert(offered, at: place)
    return .accepted
  }

  /// Everything held, by type, subject and version: the same for everyone who holds the same.
  public var statements: [SignedStatement] {
    held.sorted {
      $0.key.type != $1.key.type
        ? $0.key.type.rawValue < $1.key.type.rawValue
        : $0.key.subject.lexicographicallyPrecedes($1.key.subject)
    }.flatMap(\.value)
  }

  private func newest(_ type: StatementType, _ subject: [UInt8] = []) -> SignedStatement? {
    held[Key(type: type, subject: subject)]?.last
  }

  /// What the authority last said about one installation, active or revoked; nil for nothing.
  public func reader(_ origin: OriginID) -> ReaderStatement? {
    guard case .reader(let reader) = newest(.reader, origin.bytes)?.statement.body else {
      return nil
    }
    return reader
  }

  /// Active readers of a role that share an area with these, in ascending order of origin ids.
  ///
  /// Case workers are who an origin of these areas grants its epochs to (identity §6).
  public func readers(
    forAreas areas: Set<String>, role: ReaderStatement.Role = .caseWorker
  ) -> [ReaderStatement] {
    held.values.compactMap { versions in
      guard case .reader(let reader) = versions.last?.statement.body, reader.state == .active,
        reader.role == role, !areas.isDisjoint(with: reader.areas)
      else { return nil }
      return reader
    }.sorted { $0.keys.origin < $1.keys.origin }
  }

  /// The key that custodians hold; nil before the authority named one.
  public var recoveryKey: OpeningPublicKey? {
    guard case .recovery(let key) = newest(.recovery)?.statement.body else { return nil }
    return key
  }

  /// One version of a form; the newest for nil.
  public func form(_ name: String, version: UInt64? = nil) -> (
    form: FormStatement, version: UInt64
  )? {
    let versions = held[Key(type: .form, subject: Array(name.utf8))] ?? []
    let found = version.map { v in versions.first { $0.statement.version == v } } ?? versions.last
    guard let found, case .form(let form) = found.statement.body else { return nil }
    return (form, found.statement.version)
  }

  /// Names of the forms held, in canonical key order.
  public var formNames: [String] {
    held.keys.filter { $0.type == .form }.map { String(decoding: $0.subject, as: UTF8.self) }
      .sorted(by: canonicalKeyOrder)
  }

  /// The disclosure policy as YAML, and its version.
  public var policy: (yaml: [UInt8], version: UInt64)? {
    guard let found = newest(.policy), case .policy(let yaml) = found.statement.body else {
      return nil
    }
    return (yaml, found.statement.version)
  }

  /// One epoch of the hub; the newest for nil.
  public func hub(epoch: UInt64? = nil) -> (hub: HubStatement, epoch: UInt64)? {
    let versions = held[Key(type: .hub, subject: [])] ?? []
    let found = epoch.map { e in versions.first { $0.statement.version == e } } ?? versions.last
    guard let found, case .hub(let hub) = found.statement.body else { return nil }
    return (hub, found.statement.version)
  }
}
