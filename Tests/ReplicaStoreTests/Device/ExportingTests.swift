import Forms
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct ExportingTests {
  private static func replica(_ village: Village) throws -> Replica {
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    for number in 0..<3 {
      _ = try replica.record(
        form: "report",
        answers: Village.report(["contact_rules_text": .value(.text("secret \(number)"))]))
    }
    return replica
  }

  private static func exported(
    _ replica: Replica, _ request: ExportRequest
  ) throws -> [ExportedRecord] {
    var records: [ExportedRecord] = []
    let count = try replica.export(request) { records.append($0) }
    #expect(count == records.count)
    return records
  }

  @Test func `an export holds nothing that is sealed unless it is asked for`() throws {
    let village = try Village()
    let replica = try Self.replica(village)
    let records = try Self.exported(replica, ExportRequest())
    #expect(records.count == 3)
    for record in records {
      #expect(record.answers.fields["district"] == .value(.text("north")))
      #expect(record.answers.fields["contact_rules_text"] == nil)
    }
    #expect(
      try replica.db.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM export_log") } == 0)
  }

  @Test func `sealed classes leave with a reason only, and the log says so first`() throws {
    let village = try Village()
    let replica = try Self.replica(village)
    for reason in [nil, "", "she asked for it", "Ä"] {
      let request = ExportRequest(classes: [.identity], reason: reason)
      #expect(throws: StoreError.self) {
        try replica.export(request) { _ in Issue.record("given") }
      }
    }
    struct Cut: Error {}
    let request = ExportRequest(form: "report", classes: [.identity], reason: "case_review")
    #expect(throws: Cut.self) { try replica.export(request) { _ in throw Cut() } }
    let records = try Self.exported(replica, request)
    #expect(records.map { $0.answers.fields["district"] } == [nil, nil, nil])
    #expect(records[0].answers.fields["contact_rules_text"] == .value(.text("secret 0")))
    let logged = try replica.db.read { db in
      try Row.fetchAll(db, sql: "SELECT classes, reason, records FROM export_log").map {
        "\($0["classes"] as String) \($0["reason"] as String) \($0["records"] as Int)"
      }
    }
    #expect(logged == ["identity case_review 3", "identity case_review 3"])
  }

  @Test func `a form that the programme does not have is refused`() throws {
    let village = try Village()
    let replica = try Self.replica(village)
    #expect(throws: StoreError.self) {
      try replica.export(ExportRequest(form: "nosuch")) { _ in }
    }
    #expect(try Self.exported(replica, ExportRequest(form: "note")).isEmpty)
  }
}
