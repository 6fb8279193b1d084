internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import Synchronization
internal import TransparencyLog

/// Making a release for committees (committee §3, cli `release`).
extension HubStore {
  package struct ReleaseReport: Sendable {
    package let number: UInt64
    package let entries: Int
    package let withheld: Int
    package let disclosed: Int
  }

  /// Freezes everything logged since the last release, puts its head into the log, and adds the
  /// proof once a checkpoint covers it. Durable on return.
  package func makeRelease() throws -> ReleaseReport {
    guard !isRecovering else {
      throw StoreError(
        .notAllowed, "This hub waits for its authority; it can't make a release yet.")
    }
    let report = try run { writer in try writer.makeRelease() }
    try attachReleaseProofs()
    return report
  }

  /// Adds the inclusion proof to releases that lack it: after their leaf was sealed, or after a
  /// crash between the two.
  package func attachReleaseProofs() throws {
    guard let checkpoint, let hubStatement else { return }
    let origin = logOrigin
    try run { writer in
      let rows = try Row.fetchAll(
        writer.db.cachedStatement(
          sql: "SELECT number, leaf, package FROM release WHERE attached = 0 AND leaf < ?"),
        arguments: [Int64(checkpoint.size)])
      for row in rows {
        let package = try ReleasePackage(
          encoded: Array(row["package"] as Data), limits: self.limits)
        let inclusion = try InclusionProof(
          index: UInt64(row["leaf"] as Int64), size: checkpoint.size,
          from: TreeNodeTable(db: writer.db))
        let complete = try package.attaching(
          ReleasePackage.LogProof(
            checkpoint: try SignedCheckpoint(checkpoint, origin: origin), inclusion: inclusion,
            hubStatement: hubStatement))
        try writer.db.execute(
          sql: "UPDATE release SET package = ?, attached = 1 WHERE number = ?",
          arguments: [Data(complete.encoded), row["number"] as Int64])
      }
    }
  }
}

extension HubWriter {
  mutating func makeRelease() throws -> HubStore.ReleaseReport {
    guard let policy = book.policy,
      let policyStatement = book.statements.last(where: { $0.statement.type == .policy })
    else { throw StoreError(.notFound, "There is no disclosure policy; policy set signs one.") }
    let catalog = FormCatalog(book)
    let disclosure = try DisclosurePolicy(
      yaml: policy.yaml,
      classOf: { form, field in (try? catalog.newest(form))??.field(field)?.sensitivity })
    let last = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT number, leaf, end_leaf FROM release ORDER BY number DESC LIMIT 1"))
    let first = (last?["end_leaf"] as Int64?) ?? 0
    let end = Int64(frontier.end)
    var builder = ReleaseBuilder(policy: disclosure, limits: store.limits) { form, field in
      (try? catalog.newest(form))??.field(field)?.sensitivity
    }
    let consent = try ConsentLedger(
      db, catalog: catalog, limits: store.limits, today: Instant(seconds: now).date)
    var count = 0
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(EntryTable.columns), held FROM entry WHERE leaf >= ? AND leaf < ? ORDER BY leaf
        """, arguments: [first, end])
    while let row = try rows.next() {
      let entry = try EntryTable.entry(row, coded: nil, limits: store.limits)
      count += 1
      let reason: WithheldReason? =
        if consent.withheld.contains(entry.envelope.record) {
          .consent
        } else {
          row["held"] as String? == nil ? nil : .quarantined
        }
      try builder.add(ReleaseCandidate(entry), withheld: reason)
    }
    guard count > 0 else {
      throw StoreError(.nothingToChange, "Nothing was logged since the last release.")
    }
    let number = UInt64((last?["number"] as Int64?) ?? 0) + 1
    let statements = book.statements
    let package = try builder.release(
      programme: store.keys.programme.id, number: number,
      previous: last.map {
        .init(number: UInt64($0["number"] as Int64), index: UInt64($0["leaf"] as Int64))
      }, policyStatement: policyStatement.encoded,
      formStatement: { form in
        statements.last { $0.statement.type == .form && $0.statement.subject == Array(form.utf8) }?
          .encoded
      }, shippedText: ShippedForms.source, sharedLists: ShippedForms.sharedLists)
    let leafData = package.head.leaf
    let leaf = try appendLeaf(leafData)
    try db.execute(
      sql: """
        INSERT INTO release(number, leaf, leaf_hash, first_leaf, end_leaf, at, package, attached)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0)
        """,
      arguments: [
        Int64(number), Int64(leaf), Data(leafData.bytes), first, end, now, Data(package.encoded),
      ])
    return HubStore.ReleaseReport(
      number: number, entries: count, withheld: Int(package.withheldCount),
      disclosed: package.entries.count)
  }
}
