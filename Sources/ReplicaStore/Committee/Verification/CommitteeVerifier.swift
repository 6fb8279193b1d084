internal import Identity
internal import SyncCore
public import TransparencyLog

extension CommitteeFile {
  /// Checks every byte of a file, offline, with what this home knows (committee §7).
  ///
  /// - Returns: what holds and what does not. A file that fails is no error here: the caller ends
  ///   with exit 76 when the report is not ``CommitteeReport/ok``.
  /// - Throws: ``CommitteeError`` when there is no ordinary file to read.
  public static func verify(
    _ path: String, trust: CommitteeTrust
  ) throws(CommitteeError) -> CommitteeReport {
    verify(bytes: try read(path), trust: trust)
  }

  /// The same for the bytes of a file.
  public static func verify(bytes: [UInt8], trust: CommitteeTrust) -> CommitteeReport {
    var verifier = CommitteeVerifier(trust: trust)
    verifier.check(bytes)
    return verifier.report
  }
}

/// The checks of committee §7.2, in their order.
struct CommitteeVerifier {
  let trust: CommitteeTrust
  private(set) var report = CommitteeReport()
  private var sawTwoHistories = false
  /// A checkpoint of the file is one that this home has checked.
  private var isConnected = false

  init(trust: CommitteeTrust) { self.trust = trust }

  mutating func check(_ bytes: [UInt8]) {
    guard let tables = readTables(bytes) else { return }
    let stored = StoredRelease(tables, report: &report)
    report.release = stored.number
    report.entries = UInt64(tables["leaf"]?.rows.count ?? 0)
    report.shown = UInt64(tables["entry"]?.rows.count ?? 0)
    report.rows = UInt64(tables["field"]?.rows.count ?? 0)
    guard let release = stored.release else { return }
    report.withheld = release.withheld
    report.checkpoint = release.log?.checkpoint.checkpoint
    checkEntries(release)
    checkStatements(release, history: stored.history)
    checkPolicy(release)
    if let history = stored.history {
      checkHistory(history)
      checkKnown(release, history: history)
      // Without its place in the log a release makes no file to compare with; that is reported.
      if release.log != nil {
        compare(release, history: history, tables: tables, bytes: bytes)
      }
    }
    conclude(stored.history)
  }

  // MARK: The file

  private mutating func readTables(_ bytes: [UInt8]) -> [String: TableContent]? {
    guard let reader = ImageReader(bytes), let schema = reader.schema() else {
      report.add(.unreadable, "file", nil, "SQLite does not read it")
      nameSchemaRows(bytes)
      return nil
    }
    let expected = CommitteeSchema.items.map {
      [SQLiteValue.text($0.kind.rawValue), .text($0.name), .text($0.name), .text($0.sql)]
    }
    for place in 0..<max(schema.count, expected.count)
    where place >= schema.count || place >= expected.count || schema[place] != expected[place] {
      report.add(.schema, "sqlite_schema", Int64(place) + 1, "not a table or view of this format")
    }
    // Queries run over tables that were compared letter by letter, or not at all.
    guard report.problems.isEmpty else { return nil }
    if !reader.isSound() { report.add(.unreadable, "file", nil, "pages contradict each other") }
    var tables: [String: TableContent] = [:]
    for table in CommitteeSchema.tables {
      let (content, complete) = reader.table(table)
      tables[table.name] = content
      if !complete {
        report.add(
          .unreadable, table.name, (content.rows.last?.rowID ?? 0) &+ 1, "cannot be read")
      }
    }
    return tables
  }

  /// SQLite gives up on a whole file for one letter of its schema; whoever is to fix it wants to
  /// know where.
  private mutating func nameSchemaRows(_ bytes: [UInt8]) {
    let start = bytes.prefix(2 * DatabaseImage.pageSize)
    for (place, item) in CommitteeSchema.items.enumerated() {
      let text = Array(item.sql.utf8)
      let found = start.indices.contains {
        start[$0] == text[0] && start[$0...].starts(with: text)
      }
      if !found {
        report.add(.schema, "sqlite_schema", Int64(place) + 1, "not a table or view of this format")
      }
    }
  }

  // MARK: The release

  private mutating func checkEntries(_ release: ReleasePackage) {
    for entry in release.entries {
      if entry.hash != release.leaves[Int(entry.position)] {
        report.add(
          .entry, "entry", Int64(entry.position),
          "\(PublicCode(of: entry.record)): its answers, salts and digests do not lead to its hash")
      }
    }
  }

  private mutating func checkStatements(_ release: ReleasePackage, history: CheckpointHistory?) {
    let all =
      release.formStatements + [release.policyStatement] + (history?.hubStatements ?? [])
    guard release.programme == trust.programme.id else {
      report.add(.statement, "meta", 2, "another programme than the one pinned in this home")
      return
    }
    for (place, bytes) in all.enumerated()
    where (try? SignedStatement(encoded: bytes, programme: trust.programme)) == nil {
      report.add(
        .statement, "statement", Int64(place) + 1, "the authority pinned in this home did not sign")
    }
  }

  private mutating func checkPolicy(_ release: ReleasePackage) {
    guard case .policy(let yaml) = UncheckedStatement.read(release.policyStatement)?.body,
      let policy = try? DisclosurePolicy(yaml: yaml)
    else {
      report.add(.policy, "policy", 1, "not a policy that this version reads")
      return
    }
    var classes: [String: [String: SensitivityClass]] = [:]
    var names: [String] = []
    for (place, (bytes, text)) in zip(release.formStatements, release.formTexts).enumerated() {
      guard let statement = UncheckedStatement.read(bytes), case .form(let form) = statement.body,
        let found = FormClasses.read(text ?? form.yaml)
      else {
        report.add(.policy, "form", Int64(place) + 1, "not a form that this version reads")
        continue
      }
      names.append(form.name)
      classes[form.name] = found
    }
    if Set(names) != Set(release.entries.map(\.form)) || Set(names).count != names.count {
      report.add(.policy, "form", nil, "not the forms of the entries shown, each once")
    }
    var row: Int64 = 0
    for entry in release.entries {
      if policy.disclose[entry.form] == nil || entry.form.hasPrefix(SystemForm.prefix)
        || (entry.fields.isEmpty && entry.kind != .withdraw)
      {
        report.add(.policy, "entry", Int64(entry.position), "the policy does not show this entry")
      }
      for field in entry.fields {
        row += 1
        if entry.kind == .withdraw || !policy.lists(field.name, of: entry.form) {
          report.add(.policy, "field", row, "the policy does not list this field")
        } else if classes[entry.form]?[field.name] != .operational {
          report.add(.policy, "field", row, "the form does not call this field operational")
        }
      }
    }
  }

  // MARK: The log

  private mutating func checkHistory(_ history: CheckpointHistory) {
    for (place, (link, proof)) in zip(history.links, history.proofs).enumerated()
    where (try? proof.verify(oldRoot: link.older.root, newRoot: link.newer.root)) == nil {
      report.add(
        .consistency, "consistency", Int64(place) + 1,
        "the later checkpoint does not continue the earlier")
    }
  }

  private mutating func checkKnown(_ release: ReleasePackage, history: CheckpointHistory) {
    for (place, signed) in history.checkpoints.enumerated() {
      for known in trust.checkpoints
      where known.origin == signed.checkpoint.origin && known.size == signed.checkpoint.size {
        if known.root == signed.checkpoint.root {
          isConnected = true
        } else {
          sawTwoHistories = true
          report.add(
            .history, "checkpoint", Int64(place) + 1,
            "this home has seen another root at this size")
        }
      }
    }
    for known in trust.releases
    where known.number == release.number && known.leaf != release.head.leaf {
      sawTwoHistories = true
      report.add(.history, "release", 1, "this home has seen another release of this number")
    }
  }

  // MARK: The bytes

  private mutating func compare(
    _ release: ReleasePackage, history: CheckpointHistory, tables: [String: TableContent],
    bytes: [UInt8]
  ) {
    guard let made = try? CommitteeTables(release, history: history),
      let expected = try? made.all()
    else {
      report.add(.row, "file", nil, "the tables cannot be made again from the release")
      return
    }
    for table in expected {
      let found = tables[table.name]?.rows ?? []
      for place in 0..<max(found.count, table.rows.count) {
        guard place < found.count else {
          report.add(.row, table.name, table.rows[place].rowID, "the row is missing")
          break
        }
        guard place < table.rows.count else {
          report.add(.row, table.name, found[place].rowID, "nothing in the release makes this row")
          break
        }
        if found[place] != table.rows[place] {
          report.add(
            .row, table.name, found[place].rowID, "the row is not what the release makes of it")
        }
      }
    }
    guard let image = try? made.image(), image.bytes != bytes else { return }
    compareBytes(bytes, with: made, image.bytes)
  }

  private mutating func compareBytes(
    _ bytes: [UInt8], with made: CommitteeTables, _ expected: [UInt8]
  ) {
    guard
      let offset = zip(bytes, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset
        ?? (bytes.count != expected.count ? min(bytes.count, expected.count) : nil)
    else { return }
    let place = (try? made.image(recordingExtents: true))?.extents.first {
      $0.bytes.contains(offset)
    }
    report.add(
      .bytes, place?.table ?? "file", place?.rowID,
      "byte \(offset) is not what the release makes of it")
  }

  // MARK: The verdict

  private mutating func conclude(_ history: CheckpointHistory?) {
    guard report.problems.isEmpty, let history else {
      report.outcome = sawTwoHistories ? .twoHistories : .damaged
      return
    }
    let epochs = Set(history.checkpoints.map(\.checkpoint.origin.epoch))
    report.outcome = epochs.count > 1 ? .restored : .matches
    report.shows = [.fieldsUnchanged, .allEntriesCounted, .releaseLogged, .policySigned]
    report.doesNotShow = [.truth, .neverRecorded, .setComplete, .freshness]
    if epochs.count > 1 { report.doesNotShow.append(.beforeRestore) }
    if isConnected {
      report.shows.append(.historyConsistent)
    } else {
      report.doesNotShow.append(.otherView)
    }
  }
}
