internal import Identity
internal import SyncCore
internal import TransparencyLog

/// A release and a history read back from the tables of a file (committee §5.2).
///
/// Only what the rest follows from is read here; every other column is made again and compared.
struct StoredRelease {
  var release: ReleasePackage?
  var history: CheckpointHistory?
  /// Number in the `release` row, readable or not otherwise.
  var number: UInt64?

  init(_ tables: [String: TableContent], report: inout CommitteeReport) {
    func rows(_ name: String) -> [TableRow] { tables[name]?.rows ?? [] }
    guard let head = rows("release").first, rows("release").count == 1,
      let number = head.unsigned(0), let epoch = head.unsigned(8), let size = head.unsigned(9),
      let index = head.unsigned(10), let path = head.hashes(11),
      let programme = rows("meta").first(where: { $0.text(0) == "programme" })?.text(1)
        .flatMap({ ProgrammeID(hex: $0) })
    else {
      report.add(.row, "release", nil, "the row that names the release cannot be read")
      return
    }
    self.number = number
    let leaves = Self.leaves(rows("leaf"), &report)
    let statements = Self.statements(rows("statement"), &report)
    let fields = Self.fields(rows("field"), &report)
    let hidden = Self.hidden(rows("hidden_field"), &report)
    let entries = Self.entries(rows("entry"), fields: fields, hidden: hidden, &report)
    let withheld = Self.withheld(rows("withheld"), &report)
    var previous: ReleasePackage.Previous?
    if let before = head.unsigned(1), let at = head.unsigned(2) {
      previous = .init(number: before, index: at)
    }
    history = Self.history(
      tables, programme: programme, hubs: statements.filter { $0.type == .hub }, &report)
    guard let policy = statements.first(where: { $0.type == .policy }) else {
      report.add(.statement, "statement", nil, "the signed policy is missing")
      return
    }
    let forms = statements.filter { $0.type == .form }
    let texts = Self.texts(rows("form"), of: forms, lists: rows("lists"), &report)
    do {
      let unlogged = try ReleasePackage(
        programme: programme, number: number, previous: previous, leaves: leaves,
        entries: entries, withheld: withheld, policyStatement: policy.bytes,
        formStatements: forms.map(\.bytes), formTexts: texts.forms, sharedLists: texts.lists)
      release = unlogged
      guard let history,
        let checkpoint = history.checkpoints.first(where: {
          $0.checkpoint.origin.epoch == epoch && $0.checkpoint.size == size
        }), let hub = statements.first(where: { $0.type == .hub && $0.version == epoch }),
        let inclusion = try? InclusionProof(index: index, size: size, hashes: path)
      else {
        report.add(.log, "release", 1, "the checkpoint or the proof of the release is missing")
        return
      }
      release = try unlogged.attaching(
        .init(checkpoint: checkpoint, inclusion: inclusion, hubStatement: hub.bytes))
    } catch {
      switch error.code {
      case .notIncluded:
        report.add(.log, "release", 1, "the release is not the one in the hub's log")
      case .formText:
        // The row was named already, unless the line in the statement is no reference.
        if !report.problems.contains(where: { $0.table == "form" }) {
          report.add(.statement, "form", nil, "not the forms that the statements name")
        }
      default:
        report.add(.tree, "withheld", nil, "the counts, rows and leaves contradict each other")
      }
    }
  }

  private static func leaves(
    _ rows: [TableRow], _ report: inout CommitteeReport
  ) -> [EntryHash] {
    var leaves: [EntryHash] = []
    leaves.reserveCapacity(rows.count)
    for (place, row) in rows.enumerated() {
      guard row.rowID == Int64(place), let hash = row.digest(1),
        leaves.last.map({ $0 < hash }) ?? true
      else {
        report.add(.row, "leaf", row.rowID, "not a hash in its place; the list must ascend")
        continue
      }
      leaves.append(hash)
    }
    return leaves
  }

  private static func fields(
    _ rows: [TableRow], _ report: inout CommitteeReport
  ) -> [Int64: [ReleasedField]] {
    var fields: [Int64: [ReleasedField]] = [:]
    for row in rows {
      guard let position = row.integer(0), let pair = row.blob(3), let salt = row.sixteen(4),
        let field = try? ReleasedField(pair: pair, salt: salt)
      else {
        report.add(.row, "field", row.rowID, "not a field that a release may show")
        continue
      }
      if row.digest(5) != field.digest {
        report.add(.entry, "field", row.rowID, "the answer and its salt do not lead to its digest")
      }
      fields[position, default: []].append(field)
    }
    return fields
  }

  private static func hidden(
    _ rows: [TableRow], _ report: inout CommitteeReport
  ) -> [Int64: [Digest32]] {
    var hidden: [Int64: [Digest32]] = [:]
    for row in rows {
      guard let position = row.integer(0), let digest = row.digest(1) else {
        report.add(.row, "hidden_field", row.rowID, "not a digest")
        continue
      }
      hidden[position, default: []].append(digest)
    }
    return hidden
  }

  private static func entries(
    _ rows: [TableRow], fields: [Int64: [ReleasedField]], hidden: [Int64: [Digest32]],
    _ report: inout CommitteeReport
  ) -> [ReleasedEntry] {
    rows.compactMap { row in
      guard row.rowID >= 0, let record = row.sixteen(1), let form = row.text(3),
        let kind = ReleasedEntry.kinds.first(where: { $0.name == row.text(4) }),
        let salt = row.sixteen(5), let envelope = row.digest(6), let coded = row.digest(7),
        let sensitive = row.digest(8), let identity = row.digest(9)
      else {
        report.add(.row, "entry", row.rowID, "not an entry that a release may show")
        return nil
      }
      return ReleasedEntry(
        position: UInt64(row.rowID), record: record, form: form, kind: kind, salt: salt,
        envelope: envelope, coded: coded, sensitive: sensitive, identity: identity,
        fields: fields[row.rowID] ?? [], hidden: hidden[row.rowID] ?? [])
    }
  }

  private static func withheld(
    _ rows: [TableRow], _ report: inout CommitteeReport
  ) -> [ReleasePackage.Withheld] {
    rows.compactMap { row in
      guard let reason = row.text(0).flatMap(WithheldReason.init), let count = row.unsigned(1)
      else {
        report.add(.row, "withheld", row.rowID, "not a reason that is known, with a count")
        return nil
      }
      return .init(reason: reason, count: count)
    }
  }

  private struct Stored {
    let type: StatementType
    let version: UInt64
    let body: StatementBody
    let bytes: [UInt8]
  }

  private static func statements(
    _ rows: [TableRow], _ report: inout CommitteeReport
  ) -> [Stored] {
    rows.compactMap { row in
      guard let bytes = row.blob(3), let statement = UncheckedStatement.read(bytes) else {
        report.add(.statement, "statement", row.rowID, "not a statement")
        return nil
      }
      return Stored(
        type: statement.type, version: statement.version, body: statement.body, bytes: bytes)
    }
  }

  /// The forms that statements name by hash, and the lists that the same hashes name (forms §7).
  private static func texts(
    _ rows: [TableRow], of statements: [Stored], lists listRows: [TableRow],
    _ report: inout CommitteeReport
  ) -> (forms: [[UInt8]?], lists: [UInt8]?) {
    let references = statements.map { statement -> ShippedFormReference? in
      guard case .form(let form) = statement.body else { return nil }
      return ShippedFormReference(line: form.yaml)
    }
    guard references.contains(where: { $0 != nil }) else {
      return (references.map { _ in nil }, nil)
    }
    let lists = listRows.first?.textBytes(0)
    var texts: [[UInt8]?] = []
    var matched = false
    for (place, reference) in references.enumerated() {
      guard let reference else {
        texts.append(nil)
        continue
      }
      let text = place < rows.count ? rows[place].textBytes(2) : nil
      texts.append(text)
      if let text, let lists, ShippedFormReference(form: text, lists: lists) == reference {
        matched = true
      } else {
        report.add(
          .statement, "form", Int64(place) + 1,
          "the form and the lists are not those that the statement names by hash")
      }
    }
    // Where one form leads to its hash, the lists that it was hashed with are right.
    if !matched {
      report.add(
        .statement, "lists", 1, "no form leads with these lists to the hash in its statement")
    }
    return (texts, lists)
  }

  private static func history(
    _ tables: [String: TableContent], programme: ProgrammeID, hubs: [Stored],
    _ report: inout CommitteeReport
  ) -> CheckpointHistory? {
    var checkpoints: [SignedCheckpoint] = []
    var whole = true
    for row in tables["checkpoint"]?.rows ?? [] {
      guard let epoch = row.unsigned(0), let note = row.textBytes(3),
        case .hub(let hub) = hubs.first(where: { $0.version == epoch })?.body,
        let log = try? LogIdentity(
          origin: LogOrigin(programme: programme, epoch: epoch), publicKey: hub.logKey.bytes),
        let signed = try? SignedCheckpoint(note: SignedNote(bytes: note), of: log)
      else {
        report.add(.row, "checkpoint", row.rowID, "not a checkpoint of the hub that was named")
        whole = false
        continue
      }
      if (try? signed.verify(as: log)) == nil {
        report.add(.signature, "checkpoint", row.rowID, "the hub's key did not sign this")
      }
      checkpoints.append(signed)
    }
    let order = checkpoints.map { ($0.checkpoint.origin.epoch, $0.checkpoint.size) }
    guard whole, zip(order, order.dropFirst()).allSatisfy({ $0 < $1 }) else {
      if whole { report.add(.row, "checkpoint", nil, "the checkpoints are out of order") }
      return nil
    }
    var history = CheckpointHistory(
      checkpoints: checkpoints, proofs: [], hubStatements: hubs.map(\.bytes))
    let links = history.links
    let rows = tables["consistency"]?.rows ?? []
    for (link, row) in zip(links, rows) {
      guard let hashes = row.hashes(3),
        let proof = try? ConsistencyProof(
          oldSize: link.older.size, newSize: link.newer.size, hashes: hashes)
      else {
        report.add(.consistency, "consistency", row.rowID, "not a proof between two checkpoints")
        return nil
      }
      history.proofs.append(proof)
    }
    guard links.count == rows.count else {
      report.add(.consistency, "consistency", nil, "a proof between two checkpoints is missing")
      return nil
    }
    return history
  }
}
