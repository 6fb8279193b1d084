import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct AttachingTests {
  static func file(_ count: Int, _ fill: UInt8 = 1, name: String = "a.bin") throws
    -> AttachmentContent
  {
    try AttachmentContent(
      (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) ^ fill }, path: name,
      keepsMetadata: true)
  }

  /// A note of a report, with a file.
  static func note(
    _ replica: Replica, on report: RecordID, _ file: AttachmentContent
  ) throws -> Saved {
    try replica.record(
      form: "note",
      answers: Answers(["report": .value(.text(report.hex)), "attachment": file.answer]),
      files: [file])
  }

  private func home() throws -> (Village, Replica, RecordID) {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    return (village, liaison, try liaison.record(form: "report", answers: Village.report()).record)
  }

  @Test func `a file is saved with its answer, and comes back as it was`() throws {
    let (village, liaison, report) = try home()
    let file = try Self.file(40_000)
    let saved = try Self.note(liaison, on: report, file)
    let line = try #require(try liaison.attachments(of: saved.record).first)
    #expect(line.field == "attachment")
    #expect(line.descriptor.name.text == "a.bin")
    #expect(line.descriptor.size == 40_000)
    #expect(line.state == .saved)
    #expect(line.isOwn)
    #expect(try liaison.content(of: line) == file.bytes)
    #expect(try liaison.attachments().map(\.record) == [saved.record])
    #expect(try liaison.attachments(of: report).isEmpty)
    // It leaves a trace that it was opened.
    #expect(
      try liaison.db.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM export_log") } == 1)
    _ = village
  }

  @Test func `the file is on the disk only sealed`() throws {
    let (village, liaison, report) = try home()
    let text = "a witness whose name must not be found"
    let file = try AttachmentContent(Array(String(repeating: text, count: 900).utf8), path: "w.txt")
    _ = try Self.note(liaison, on: report, file)
    let raw = try Data(contentsOf: URL(fileURLWithPath: liaison.home.databasePath))
    #expect(raw.count > file.bytes.count)
    #expect(raw.range(of: Data(text.utf8)) == nil)
    // Inside the database too: whoever opens that has no record key yet.
    let chunks = try liaison.db.read {
      try Data.fetchAll($0, sql: "SELECT bytes FROM attachment_chunk")
    }
    #expect(!chunks.isEmpty)
    #expect(chunks.allSatisfy { $0.range(of: Data(text.utf8)) == nil })
    _ = village
  }

  @Test func `one file twice in a record is stored once`() throws {
    let (village, liaison, report) = try home()
    let file = try Self.file(40_000)
    let saved = try Self.note(liaison, on: report, file)
    let again = try Self.file(40_000, name: "copy.bin")
    _ = try liaison.edit(
      saved.record, answers: Answers(["attachment": again.answer]), files: [again])
    let lines = try liaison.attachments(of: saved.record)
    #expect(lines.map(\.descriptor.name.text) == ["copy.bin"])
    func count(_ table: String) throws -> Int? {
      try liaison.db.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }
    #expect(try count("attachment") == 1)
    #expect(try count("attachment_chunk") == 3)
    // In another record it is another file.
    _ = try Self.note(liaison, on: report, file)
    #expect(try count("attachment_chunk") == 6)
    let addresses = try liaison.db.read {
      try Data.fetchAll($0, sql: "SELECT address FROM attachment")
    }
    #expect(Set(addresses).count == 2)
    _ = village
  }

  @Test func `an answer that names a file which was not given is refused, and nothing is saved`()
    throws
  {
    let (village, liaison, report) = try home()
    let file = try Self.file(100)
    let before = try liaison.status().saved
    let answers = Answers(["report": .value(.text(report.hex)), "attachment": file.answer])
    #expect(throws: Replica.Refusal.self) {
      try liaison.record(form: "note", answers: answers)
    }
    #expect(throws: Replica.Refusal.self) {
      try liaison.record(form: "note", answers: answers, files: [try Self.file(101)])
    }
    let batch = try liaison.record(form: "note", batch: [answers])
    #expect(batch.allSatisfy { if case .failure = $0 { true } else { false } })
    #expect(try liaison.status().saved == before)
    #expect(try liaison.attachments().isEmpty)
    // A name that was taken from another record opens nothing there either.
    let saved = try Self.note(liaison, on: report, file)
    let (_, held) = try liaison.answers(of: saved.record)
    #expect(throws: Replica.Refusal.self) {
      try liaison.record(
        form: "note",
        answers: Answers([
          "report": .value(.text(report.hex)),
          "attachment": try #require(held.fields["attachment"]),
        ]))
    }
    _ = village
  }

  @Test func `an edit of another answer leaves the file, and one may take it away`() throws {
    let (village, liaison, report) = try home()
    let saved = try Self.note(liaison, on: report, try Self.file(100))
    _ = try liaison.edit(saved.record, answers: Answers(["text": .value(.text("seen"))]))
    #expect(try liaison.attachments(of: saved.record).count == 1)
    _ = try liaison.edit(saved.record, answers: Answers(["attachment": .value(.cleared)]))
    #expect(try liaison.attachments(of: saved.record).isEmpty)
    _ = village
  }

  @Test func `what is taken back takes its file along`() throws {
    let (village, liaison, report) = try home()
    let saved = try Self.note(liaison, on: report, try Self.file(100))
    let other = try Self.file(200)
    _ = try liaison.edit(
      saved.record, answers: Answers(["attachment": other.answer]), files: [other])
    _ = try liaison.undo(saved.record)
    let lines = try liaison.attachments(of: saved.record)
    #expect(lines.map(\.descriptor.size) == [100])
    #expect(try liaison.content(of: lines[0]).count == 100)
    _ = try liaison.undo(saved.record)
    let left = try liaison.db.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM attachment_chunk")
    }
    #expect(left == 0)
    _ = village
  }

  @Test func `a draft keeps its files until it is a record, or nothing`() throws {
    let (village, liaison, report) = try home()
    let file = try Self.file(50_000)
    func draft(_ number: UInt64) -> Draft {
      Draft(
        id: Bytes16(high: 1, low: number), form: "note", formVersion: 1, record: nil, question: nil,
        updated: 1, answers: [])
    }
    try liaison.keep(draft(1), files: [file])
    try liaison.keep(draft(1), files: [file, try Self.file(10)])
    #expect(try liaison.files(ofDraft: draft(1).id).count == 2)
    try liaison.keep(draft(1), files: [file])
    #expect(try liaison.files(ofDraft: draft(1).id) == [file])
    try liaison.keep(draft(2), files: [file])
    _ = try liaison.record(
      form: "note",
      answers: Answers(["report": .value(.text(report.hex)), "attachment": file.answer]),
      draft: draft(1).id, files: [file])
    #expect(try liaison.files(ofDraft: draft(1).id).isEmpty)
    try liaison.discardDraft(draft(2).id)
    let left = try liaison.db.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM draft_file") }
    #expect(left == 0)
    _ = village
  }

  @Test func `a rotten chunk is found, and the file is not given out`() throws {
    let (village, liaison, report) = try home()
    let saved = try Self.note(liaison, on: report, try Self.file(40_000))
    #expect(try liaison.verify().ok)
    let line = try #require(try liaison.attachments(of: saved.record).first)
    try liaison.db.write {
      try $0.execute(
        sql: "UPDATE attachment_chunk SET bytes = zeroblob(16400) WHERE number = 1")
    }
    #expect(throws: StoreError.self) { try liaison.content(of: line) }
    #expect(try liaison.verify().problems.map(\.code) == [.attachment])
    _ = village
  }
}
