public import SyncCore

/// Makes a release of the entries that a hub logged since the one before (committee §3).
///
/// Pure: the same entries in any order, with the same policy, make the same bytes.
public struct ReleaseBuilder: Sendable {
  private let policy: DisclosurePolicy
  private let isOperational: @Sendable (_ form: String, _ field: String) -> Bool
  private var reasons: [EntryHash: WithheldReason] = [:]
  private var shown: [EntryHash: ReleasedEntry] = [:]
  private var bytes = 0
  private let limits: Limits

  /// - Parameters:
  ///   - classOf: the class of a field in the newest version of its form; nil when there is
  ///     none. A field that is not operational there is not shown, even if the policy lists it.
  ///   - policy: what the authority allows.
  ///   - limits: bounds on a release.
  public init(
    policy: DisclosurePolicy, limits: Limits = .specified,
    classOf: @escaping @Sendable (_ form: String, _ field: String) -> SensitivityClass?
  ) {
    self.policy = policy
    self.limits = limits
    isOperational = { classOf($0, $1) == .operational }
  }

  /// Adds an entry, and shows of it what the policy allows.
  ///
  /// - Parameters:
  ///   - withheld: a reason that only the hub can know: `consent`, `quarantined`.
  ///   - candidate: the entry as the hub holds it.
  /// - Throws: `repeated`, `malformed`, `too-large`; `entry-mismatch` when the candidate's digests
  ///   do not lead to its hash.
  public mutating func add(
    _ candidate: ReleaseCandidate, withheld: WithheldReason? = nil
  ) throws(ReleaseError) {
    if let reason = Self.reason(of: candidate.kind) ?? withheld {
      return try add(candidate.hash, withheld: reason)
    }
    guard policy.disclose[candidate.form] != nil,
      !candidate.form.hasPrefix(SystemForm.prefix)
    else { return try add(candidate.hash, withheld: .formNotListed) }
    let entry = try released(candidate)
    guard entry.hash == candidate.hash else { throw ReleaseError(.entryMismatch) }
    // That a report was withdrawn is shown even if the withdrawal answers no listed question.
    guard !entry.fields.isEmpty || entry.kind == .withdraw else {
      return try add(candidate.hash, withheld: .noListedField)
    }
    try count(candidate.hash, bytes: 256 + entry.fields.reduce(0) { $0 + $1.pair.count + 40 })
    shown[candidate.hash] = entry
  }

  /// Adds an entry of which the hub holds too little to judge it.
  ///
  /// - Throws: `repeated`, `too-large`.
  public mutating func add(
    _ hash: EntryHash, withheld reason: WithheldReason
  ) throws(ReleaseError) {
    try count(hash, bytes: 0)
    reasons[hash] = reason
  }

  /// The release, not yet logged: the hub appends its ``ReleasePackage/head``'s leaf to the log and
  /// then attaches the proof.
  ///
  /// - Parameters:
  ///   - formStatement: the newest signed statement of a form, as bytes.
  ///   - shippedText: the YAML of a form that comes with the program, asked for where the statement
  ///     holds a reference (forms §7).
  ///   - sharedLists: the shared lists that come with the program; carried only beside a reference.
  ///   - programme: whose entries they are.
  ///   - number: one more than that of the release before; the first is 1.
  ///   - previous: the release before; nil for the first.
  ///   - policyStatement: the newest signed policy, as bytes.
  /// - Throws: `inconsistent` when a statement is missing or the number does not follow; `form-text`
  ///   when a text is not the one that its statement names; `too-large`.
  public func release(
    programme: ProgrammeID, number: UInt64, previous: ReleasePackage.Previous?,
    policyStatement: [UInt8], formStatement: (_ form: String) -> [UInt8]?,
    shippedText: (_ form: String) -> [UInt8]?, sharedLists: [UInt8]?
  ) throws(ReleaseError) -> ReleasePackage {
    let leaves = (Array(reasons.keys) + Array(shown.keys)).sorted()
    var entries: [ReleasedEntry] = []
    for (position, leaf) in leaves.enumerated() {
      if let entry = shown[leaf] { entries.append(entry.moved(to: UInt64(position))) }
    }
    let names = Set(entries.map(\.form)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let forms = names.compactMap(formStatement)
    guard forms.count == names.count else { throw ReleaseError(.inconsistent) }
    let references = try ReleasePackage.references(in: forms)
    let texts = zip(names, references).map { $1 == nil ? nil : shippedText($0) }
    let lists = references.contains { $0 != nil } ? sharedLists : nil
    let carried = forms.reduce(0) { $0 + $1.count } + texts.reduce(0) { $0 + ($1?.count ?? 0) }
    guard bytes + carried + (lists?.count ?? 0) <= limits.releaseBytesMax else {
      throw ReleaseError(.tooLarge)
    }
    let counts = reasons.values.reduce(into: [WithheldReason: UInt64]()) { $0[$1, default: 0] += 1 }
    return try ReleasePackage(
      programme: programme, number: number, previous: previous, leaves: leaves, entries: entries,
      withheld: WithheldReason.allCases.compactMap { reason in
        counts[reason].map { ReleasePackage.Withheld(reason: reason, count: $0) }
      }, policyStatement: policyStatement, formStatements: forms,
      formTexts: texts, sharedLists: lists)
  }

  /// Why an entry of a kind is never shown; nil for those that may be.
  private static func reason(of kind: EntryKind) -> WithheldReason? {
    switch kind {
    case .create, .amend, .resolve, .withdraw: nil
    case .epoch, .grant: .keyManagement
    case .move, .assign: .routing
    case .erase: .erasure
    }
  }

  private func released(_ candidate: ReleaseCandidate) throws(ReleaseError) -> ReleasedEntry {
    var fields: [ReleasedField] = []
    var hidden: [Digest32] = []
    for field in candidate.fields {
      // A withdrawal's own `reason` is no field of the form (entry §2.1), so it stays hidden even
      // where a form has an operational field of that name.
      if candidate.kind != .withdraw, policy.lists(field.name, of: candidate.form),
        isOperational(candidate.form, field.name),
        let shown = try ReleasedField(pair: field.pair, salt: field.salt, limits: limits)
      {
        fields.append(shown)
      } else {
        hidden.append(Entry.fieldDigest(salt: field.salt, pair: field.pair[...]))
      }
    }
    return ReleasedEntry(
      position: 0, record: candidate.record, form: candidate.form, kind: candidate.kind,
      salt: candidate.salt, envelope: candidate.envelope, coded: candidate.coded,
      sensitive: candidate.sensitive, identity: candidate.identity,
      fields: fields.sorted { canonicalKeyOrder($0.name, $1.name) }, hidden: hidden.sorted())
  }

  private mutating func count(_ hash: EntryHash, bytes more: Int) throws(ReleaseError) {
    guard reasons[hash] == nil, shown[hash] == nil else { throw ReleaseError(.repeated) }
    bytes += more + 32
    guard bytes <= limits.releaseBytesMax else { throw ReleaseError(.tooLarge) }
  }
}

extension ReleasedEntry {
  fileprivate func moved(to position: UInt64) -> ReleasedEntry {
    ReleasedEntry(
      position: position, record: record, form: form, kind: kind, salt: salt, envelope: envelope,
      coded: coded, sensitive: sensitive, identity: identity, fields: fields, hidden: hidden)
  }
}
