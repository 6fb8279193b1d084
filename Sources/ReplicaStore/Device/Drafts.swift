public import Forms
internal import Foundation
internal import GRDB
public import SyncCore

/// An unfinished recording (cli `drafts`). Its answers are what the caller encoded.
public struct Draft: Sendable, Hashable {
  public let id: Bytes16
  public let form: String
  public let formVersion: UInt64
  /// The record that is being edited; nil for a new one.
  public let record: RecordID?
  /// Where the person stopped.
  public let question: String?
  /// Seconds since 1970.
  public let updated: Int64
  public let answers: [UInt8]

  public init(
    id: Bytes16, form: String, formVersion: UInt64, record: RecordID?, question: String?,
    updated: Int64, answers: [UInt8]
  ) {
    self.id = id
    self.form = form
    self.formVersion = formVersion
    self.record = record
    self.question = question
    self.updated = updated
    self.answers = answers
  }
}

extension Replica {
  /// Keeps a draft; durable on return, so that `kill -9` loses at most the answer being typed.
  ///
  /// - Parameters:
  ///   - draft: in the place of what was kept under its id.
  ///   - files: those that its answers name. Others that it kept are dropped.
  public func keep(_ draft: Draft, files: [AttachmentContent] = []) throws {
    try db.write { db in
      try keep(files, of: draft.id, db)
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO draft(id, form, form_version, record, question, updated, answers)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          Data(draft.id.bytes), draft.form, Int64(draft.formVersion),
          draft.record.map { Data($0.bytes) }, draft.question, draft.updated, Data(draft.answers),
        ])
    }
  }

  /// Drafts, the newest first.
  public func drafts() throws -> [Draft] {
    try read { db in
      try Row.fetchAll(db.cachedStatement(sql: "SELECT * FROM draft ORDER BY updated DESC, id"))
        .compactMap { row in
          guard let id = Bytes16(Array(row["id"] as Data)) else { return nil }
          return Draft(
            id: id, form: row["form"], formVersion: UInt64(row["form_version"] as Int64),
            record: (row["record"] as Data?).flatMap { RecordID(Array($0)) },
            question: row["question"], updated: row["updated"],
            answers: Array(row["answers"] as Data))
        }
    }
  }

  /// The files that a draft was given, cleaned and not yet sealed for a record.
  public func files(ofDraft id: Bytes16) throws -> [AttachmentContent] {
    try read { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: "SELECT descriptor, bytes FROM draft_file WHERE draft = ? ORDER BY descriptor"),
        arguments: [Data(id.bytes)]
      ).compactMap { row in
        AttachmentDescriptor(row["descriptor"] as String).flatMap {
          AttachmentContent(bytes: Array(row["bytes"] as Data), descriptor: $0)
        }
      }
    }
  }

  /// Large and seldom changed: what is kept already is not written again after every answer.
  private func keep(_ files: [AttachmentContent], of id: Bytes16, _ db: Database) throws {
    let kept = Set(
      try String.fetchAll(
        db.cachedStatement(sql: "SELECT descriptor FROM draft_file WHERE draft = ?"),
        arguments: [Data(id.bytes)]))
    let wanted = Set(files.map(\.descriptor.description))
    for gone in kept.subtracting(wanted) {
      try db.execute(
        sql: "DELETE FROM draft_file WHERE draft = ? AND descriptor = ?",
        arguments: [Data(id.bytes), gone])
    }
    for file in files where !kept.contains(file.descriptor.description) {
      try db.execute(
        sql: """
          INSERT INTO draft_file(draft, descriptor, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
          """,
        arguments: [Data(id.bytes), file.descriptor.description, Data(file.bytes)])
    }
  }

  public func discardDraft(_ id: Bytes16) throws { try db.write { try discard(id, $0) } }

  func discard(_ draft: Bytes16?, _ db: Database) throws {
    guard let draft else { return }
    try db.execute(sql: "DELETE FROM draft WHERE id = ?", arguments: [Data(draft.bytes)])
    try db.execute(sql: "DELETE FROM draft_file WHERE draft = ?", arguments: [Data(draft.bytes)])
  }
}
