internal import Forms
internal import Foundation
internal import GRDB
internal import SyncCore

/// Which records a release withholds because a person said no (committee §3.6).
///
/// Made from what the hub can read: the records of the form `consent`, and the links by which
/// records belong to a report.
struct ConsentLedger {
  /// Reports with a no, and every record that belongs to one.
  private(set) var withheld: Set<RecordID> = []

  /// - Parameter today: the day by the hub's clock; nil leaves dates of expiry aside.
  init(_ db: Database, catalog: FormCatalog, limits: Limits, today: CivilDate?) throws {
    let reader = Reader(db: db, catalog: catalog, limits: limits)
    withheld = Self.refused(try Self.consents(reader), today: today?.description)
    guard !withheld.isEmpty else { return }
    try addChildren(reader)
  }

  // MARK: The ledger

  struct Consent {
    let record: RecordID
    let report: RecordID
    let supersedes: Set<RecordID>
    let isWithdrawn: Bool
    let states: [String]
    let expires: [String]

    func saysYes(on today: String?) -> Bool {
      guard !isWithdrawn, !states.isEmpty, states.allSatisfy({ $0 == "granted" }) else {
        return false
      }
      guard let today else { return true }
      return expires.allSatisfy { $0 >= today }
    }
  }

  /// Those that concern committees.
  private static func consents(_ reader: Reader) throws -> [Consent] {
    try reader.records(of: "consent").compactMap { record, state in
      let concerns =
        state.texts("purpose").contains("committee_statistics")
        || state.texts("recipient").contains("committee")
      guard concerns, let report = state.records("report").first else { return nil }
      return Consent(
        record: record, report: report, supersedes: Set(state.records("supersedes")),
        isWithdrawn: state.isWithdrawn, states: state.texts("state"),
        expires: state.texts("expires_on"))
    }
  }

  /// Reports for which one that is not replaced says no.
  static func refused(_ consents: [Consent], today: String?) -> Set<RecordID> {
    var refused: Set<RecordID> = []
    for (report, all) in Dictionary(grouping: consents, by: \.report) {
      let replaced = all.filter { !$0.isWithdrawn }.reduce(into: Set<RecordID>()) { set, consent in
        set.formUnion(consent.supersedes.subtracting([consent.record]))
      }
      let standing = all.filter { !replaced.contains($0.record) }
      // Two that name each other would leave nobody's word standing: then all do.
      let heard = standing.isEmpty ? all : standing
      if heard.contains(where: { !$0.saysYes(on: today) }) { refused.insert(report) }
    }
    return refused
  }

  // MARK: What belongs to a report

  private mutating func addChildren(_ reader: Reader) throws {
    var parents: [RecordID: RecordID] = [:]
    for name in reader.catalog.names {
      guard case .child(_, let field)? = try reader.catalog.newest(name)?.place else { continue }
      for (record, state) in try reader.records(of: name) {
        parents[record] = state.records(field).first
      }
    }
    // Forms nest a few levels deep; each round finds the children of the round before.
    var grows = true
    while grows {
      let found = parents.filter { withheld.contains($0.value) && !withheld.contains($0.key) }
      withheld.formUnion(found.keys)
      grows = !found.isEmpty
    }
  }

  private struct Reader {
    let db: Database
    let catalog: FormCatalog
    let limits: Limits

    func records(of form: String) throws -> [(RecordID, RecordState)] {
      let rules = catalog.rules(form)
      return try Row.fetchAll(db.cachedStatement(sql: "SELECT record FROM record WHERE form = ?"), arguments: [form])
        .compactMap { row in
          guard let record = RecordID(Array(row["record"] as Data)) else { return nil }
          let entries = try EntryTable.entries(ofRecord: record, coded: nil, in: db)
          let fold = RecordFold(try entries.map { try FoldedEntry($0, limits: limits) })
          return (record, fold.state(under: rules))
        }
    }
  }
}

extension RecordState {
  /// Every text that a field's remaining writes say, contested or not.
  fileprivate func texts(_ name: String) -> [String] {
    fields.filter { $0.name == name }.flatMap(\.remaining).compactMap {
      if case .text(let text) = $0.value { text } else { nil }
    }
  }

  fileprivate func records(_ name: String) -> [RecordID] {
    texts(name).compactMap { [UInt8](hex: $0).flatMap { RecordID($0) } }
  }
}
