package import Forms
internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// Sealing the files that answers name, in the transaction that writes the answers (attachments §6).
struct FileSealing {
  let record: RecordID
  private var sealed: [String: (text: String, file: SealedAttachment)] = [:]

  /// - Parameter key: asked for only when there is a file.
  init(
    _ files: [AttachmentContent], record: RecordID, key: @autoclosure () throws -> RecordKey
  ) throws {
    self.record = record
    guard !files.isEmpty else { return }
    let key = try key()
    for content in files {
      let file = try AttachmentSealer.seal(content.bytes, record: record, key: key)
      let descriptor = content.descriptor.sealed(as: file.manifest.address)
      sealed[content.descriptor.description] = (descriptor.description, file)
    }
  }

  /// The answers with each file under the address that sealing gave it.
  func answers(_ answers: Answers, _ form: Form) -> Answers {
    guard !sealed.isEmpty else { return answers }
    var answers = answers
    for path in answers.filePaths(form) {
      if let text = answers[path]?.fileText, let found = sealed[text] {
        answers[path] = .value(.text(found.text))
      }
    }
    return answers
  }

  /// Refuses what would be saved without its file: an answer that names none of ours, and a file of
  /// ours that no answer names.
  ///
  /// - Parameter before: what the record shows already.
  func check(_ answers: Answers, before: Answers, _ form: Form) throws {
    var unused = Set(sealed.values.map(\.text))
    let own = unused
    for path in answers.filePaths(form) {
      guard let text = answers[path]?.fileText else { continue }
      unused.remove(text)
      guard own.contains(text) || before[path]?.fileText == text else {
        throw Replica.Refusal(findings: [Finding(.type, path)])
      }
    }
    guard unused.isEmpty else {
      throw StoreError(
        .invalidAnswers,
        "The question that the file is for does not apply to this record; nothing was saved.")
    }
  }

  /// Keeps the chunks, to go to the hub.
  func store(of entry: EntryHash, in db: Database) throws {
    for (_, file) in sealed.values {
      // Of an own entry: taken back, it takes the file with it, if the file came with it.
      try db.execute(
        sql: """
          INSERT INTO attachment(record, address, chunks, own, entry, manifest)
          VALUES (?, ?, ?, 1, ?, ?)
          ON CONFLICT DO UPDATE SET own = 1, chunks = excluded.chunks, manifest = excluded.manifest,
            entry = CASE WHEN manifest IS NULL THEN excluded.entry ELSE entry END
          """,
        arguments: [
          Data(record.bytes), Data(file.manifest.address.bytes), file.chunks.count,
          Data(entry.bytes), Data(file.manifest.encoded),
        ])
      let row = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT id FROM attachment WHERE record = ? AND address = ?"),
        arguments: [Data(record.bytes), Data(file.manifest.address.bytes)])
      for (number, chunk) in file.chunks.enumerated() {
        try db.cachedStatement(
          sql: """
            INSERT INTO attachment_chunk(attachment, number, bytes) VALUES (?, ?, ?)
            ON CONFLICT DO NOTHING
            """
        ).execute(arguments: [row, number, Data(chunk)])
      }
    }
  }
}

extension Replica {
  /// Notes the files that a record's answers name.
  func noteFiles(
    _ files: [AttachmentDescriptor], _ record: RecordID, in db: Database
  ) throws {
    for file in files {
      // Nobody is made to fetch more than somebody said.
      try db.execute(
        sql: """
          INSERT INTO attachment(record, address, chunks, own) VALUES (?, ?, ?, 0)
          ON CONFLICT DO UPDATE SET chunks = max(chunks, excluded.chunks) WHERE manifest IS NULL
          """,
        arguments: [
          Data(record.bytes), Data(file.address.bytes),
          AttachmentSealer.chunkCount(ofBytes: file.size),
        ])
    }
  }
}

extension FieldType {
  package var isFile: Bool { self == .image || self == .file }
}

extension Answer {
  /// What stands in the answer to an image or file question.
  fileprivate var fileText: String? {
    if case .value(.text(let text)) = self { text } else { nil }
  }
}

extension Answers {
  /// Where answers to image and file questions stand.
  fileprivate func filePaths(_ form: Form) -> [FieldPath] {
    form.fields.filter { $0.type.isFile }.flatMap { field -> [FieldPath] in
      guard let outer = field.repeat.map({ form.fields[$0].name }) else {
        return [FieldPath(field.name)]
      }
      return (repeats[outer] ?? []).indices.map {
        FieldPath(field.name, in: outer, instance: $0)
      }
    }
  }
}
