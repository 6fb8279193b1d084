import Forms
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct BatchTests {
  private static func report(_ text: String) -> Answers {
    Village.report(["contact_rules_text": .value(.text(text))])
  }

  @Test(arguments: [1, 4_000, 4_095, 4_096, 4_097, 12_000])
  func `a text of any length is written and read as it was given`(count: Int) throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let text = String(repeating: "é", count: count / 2) + String(repeating: "x", count: count % 2)
    let results = try replica.record(
      form: "report", batch: [Self.report("first"), Self.report(text), Self.report("last")])
    let texts = try results.map { result in
      try replica.show(result.get().record).state.answers(replica.form("report"))
        .fields["contact_rules_text"]
    }
    #expect(texts == ["first", text, "last"].map { .value(.text($0)) })
    #expect(try replica.list().count == 3)
  }
}
