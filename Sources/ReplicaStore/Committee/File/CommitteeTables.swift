internal import Identity
internal import SyncCore
internal import TransparencyLog

/// The rows of a committee's file, made from a release and a history (committee §5.2).
///
/// A file is right when its rows are these and its bytes are those of ``DatabaseImage``.
struct CommitteeTables {
  let release: ReleasePackage
  let history: CheckpointHistory
  let policy: DisclosurePolicy

  /// - Throws: ``CommitteeError`` with `releaseUnusable`, `policyMalformed`, `policyRefused`.
  init(_ release: ReleasePackage, history: CheckpointHistory) throws(CommitteeError) {
    guard case .policy(let yaml) = UncheckedStatement.read(release.policyStatement)?.body else {
      throw CommitteeError(.releaseUnusable, "the release carries no policy; fetch it again")
    }
    self.release = release
    self.history = history
    policy = try DisclosurePolicy(yaml: yaml)
  }

  func image(recordingExtents: Bool = false) throws(CommitteeError) -> DatabaseImage {
    DatabaseImage(
      schema: CommitteeSchema.items, content: try all(), recordingExtents: recordingExtents)
  }

  /// Every table, in the order of the schema.
  func all() throws(CommitteeError) -> [TableContent] {
    guard let log = release.log else {
      throw CommitteeError(.releaseUnusable, "the release is not in the log yet; fetch it again")
    }
    let shown = release.entries
    let statements = try statementRows(log)
    let records = Set(shown.map(\.record)).count
    let summary = CommitteeSummary(release: release, records: records, log: log)
    return [
      numbered(
        "meta",
        [
          [.text("format"), .text("yarrow committee replica 1")],
          [.text("programme"), .text(release.programme.hex)],
        ]),
      numbered("summary", CommitteeSummary.languages.map { [.text($0), .text(summary.text($0))] }),
      numbered("release", [releaseRow(log)]),
      TableContent(name: "entry", rows: shown.map(entryRow)),
      numbered(
        "field",
        shown.flatMap { entry in
          entry.fields.map { field in
            [
              .integer(Int64(entry.position)), .text(field.name),
              field.text.map { .text($0) } ?? .null, .blob(field.pair), .blob(field.salt.bytes),
              .blob(field.digest.bytes),
            ]
          }
        }),
      numbered(
        "hidden_field",
        shown.flatMap { entry in
          entry.hidden.map { [.integer(Int64(entry.position)), .blob($0.bytes)] }
        }),
      numbered(
        "withheld",
        release.withheld.map { [.text($0.reason.rawValue), .integer(Int64($0.count))] }),
      numbered(
        "band",
        release.bandedCounts(policy).map {
          [.text($0.form), .text($0.status), .text($0.month), .text($0.reports)]
        }),
      numbered("policy", statements.policy), numbered("form", statements.forms),
      numbered("lists", release.sharedLists.map { [[.text($0)]] } ?? []),
      numbered("statement", statements.all),
      numbered("checkpoint", try checkpointRows()),
      numbered(
        "consistency",
        zip(history.links, history.proofs).map { link, proof in
          [
            .integer(Int64(link.newer.origin.epoch)), .integer(Int64(proof.oldSize)),
            .integer(Int64(proof.newSize)), .blob(joined(proof.hashes)),
          ]
        }),
      TableContent(
        name: "leaf",
        rows: release.leaves.enumerated().map { position, hash in
          TableRow(rowID: Int64(position), values: [.null, .blob(hash.bytes)])
        }),
    ]
  }

  private func numbered(_ name: String, _ rows: [[SQLiteValue]]) -> TableContent {
    TableContent(
      name: name,
      rows: rows.enumerated().map { TableRow(rowID: Int64($0) + 1, values: $1) })
  }

  private func joined(_ hashes: [Digest32]) -> [UInt8] { hashes.flatMap(\.bytes) }

  private func releaseRow(_ log: ReleasePackage.LogProof) -> [SQLiteValue] {
    let head = release.head
    return [
      .integer(Int64(release.number)),
      release.previous.map { .integer(Int64($0.number)) } ?? .null,
      release.previous.map { .integer(Int64($0.index)) } ?? .null,
      .integer(Int64(head.count)), .blob(head.root.bytes), .blob(head.withheld.bytes),
      .blob(head.policy.bytes), .blob(head.leaf.bytes),
      .integer(Int64(log.checkpoint.checkpoint.origin.epoch)),
      .integer(Int64(log.inclusion.size)), .integer(Int64(log.inclusion.index)),
      .blob(joined(log.inclusion.hashes)),
    ]
  }

  private func entryRow(_ entry: ReleasedEntry) -> TableRow {
    TableRow(
      rowID: Int64(entry.position),
      values: [
        .null, .blob(entry.record.bytes), .text(PublicCode(of: entry.record).description),
        .text(entry.form), .text(entry.kind.name), .blob(entry.salt.bytes),
        .blob(entry.envelope.bytes), .blob(entry.coded.bytes), .blob(entry.sensitive.bytes),
        .blob(entry.identity.bytes),
      ])
  }

  private func checkpointRows() throws(CommitteeError) -> [[SQLiteValue]] {
    var rows: [[SQLiteValue]] = []
    for signed in history.checkpoints {
      let checkpoint = signed.checkpoint
      guard let log = logIdentity(epoch: checkpoint.origin.epoch),
        let note = try? signed.note(of: log)
      else {
        throw CommitteeError(
          .releaseUnusable, "the history lacks the statement of an epoch; fetch it again")
      }
      rows.append([
        .integer(Int64(checkpoint.origin.epoch)), .integer(Int64(checkpoint.size)),
        .blob(checkpoint.root.bytes), .text(note.bytes),
      ])
    }
    return rows
  }

  private func logIdentity(epoch: UInt64) -> LogIdentity? {
    for bytes in history.hubStatements {
      guard let statement = UncheckedStatement.read(bytes), statement.version == epoch,
        case .hub(let hub) = statement.body
      else { continue }
      return try? LogIdentity(
        origin: LogOrigin(programme: release.programme, epoch: epoch),
        publicKey: hub.logKey.bytes)
    }
    return nil
  }

  /// The statements as rows, and the texts of the forms and the policy for reading.
  private func statementRows(_ log: ReleasePackage.LogProof) throws(CommitteeError)
    -> (policy: [[SQLiteValue]], forms: [[SQLiteValue]], all: [[SQLiteValue]])
  {
    var policy: [[SQLiteValue]] = []
    var forms: [[SQLiteValue]] = []
    var all: [[SQLiteValue]] = []
    let texts = release.formTexts
    for (place, bytes)
      in (release.formStatements + [release.policyStatement] + history.hubStatements).enumerated()
    {
      guard let statement = UncheckedStatement.read(bytes) else {
        throw CommitteeError(.releaseUnusable, "a statement cannot be read; fetch it again")
      }
      let version = SQLiteValue.integer(Int64(statement.version))
      switch statement.body {
      case .policy(let yaml): policy.append([version, .text(yaml)])
      case .form(let form):
        let carried = place < texts.count ? texts[place] : nil
        forms.append([.text(form.name), version, .text(carried ?? form.yaml)])
      default: break
      }
      all.append([
        .integer(Int64(statement.type.rawValue)), .blob(statement.subject), version, .blob(bytes),
      ])
    }
    return (policy, forms, all)
  }
}
