internal import Forms
internal import SyncCore

/// What the index has of one record; made of its fold alone, so many can be made at once.
struct IndexedRecord: Sendable {
  let line: Line
  let words: [UInt8]
  /// Files that its answers name.
  let files: [AttachmentDescriptor]

  init(
    _ loaded: LoadedRecord, _ columns: FormColumns?, ownSeq: Int64, hubWords: [EntryHash: String]
  ) {
    let first = loaded.entries.startingRecord
    let code = PublicCode(of: loaded.record).description
    let row = columns?.row(loaded.state)
    words = Self.words(code, columns, row)
    let summary = columns.flatMap { columns in row.map { SummaryText(columns, $0).text } } ?? "{}"
    files = columns.map { $0.files(loaded.state) } ?? []
    line = Line(
      record: loaded.record, code: code, form: loaded.form,
      area: loaded.state.area ?? first.envelope.area,
      creator: first.envelope.kind.startsRecord ? first.envelope.origin : nil,
      epoch: first.envelope.epoch, claimed: first.envelope.claimed,
      changed: loaded.entries.map(\.envelope.claimed).max() ?? 0,
      ownSeq: UInt64(ownSeq), entries: loaded.entries.count,
      conflicts: loaded.state.conflicts.count, held: loaded.held(hubWords: hubWords),
      withdrawn: loaded.state.isWithdrawn, unopened: loaded.unopened,
      summary: summary, digest: loaded.state.digest)
  }

  /// The words of a record (at-rest §14.1).
  ///
  /// - Parameter columns: nil where its form cannot be read.
  static func words(_ loaded: LoadedRecord, _ columns: FormColumns?) -> [UInt8] {
    words(PublicCode(of: loaded.record).description, columns, columns?.row(loaded.state))
  }

  private static func words(
    _ code: String, _ columns: FormColumns?, _ row: FormColumns.Row?
  ) -> [UInt8] {
    guard let columns, let row else { return SearchWords(code: code).text }
    return SearchWords(code: code, columns, row).text
  }

  /// What `record` holds of one record.
  struct Line: Sendable {
    let record: RecordID
    let code: String
    let form: String
    let area: String
    let creator: OriginID?
    let epoch: UInt64
    let claimed: Int64
    let changed: Int64
    let ownSeq: UInt64
    let entries: Int
    let conflicts: Int
    let held: String?
    let withdrawn: Bool
    let unopened: Int
    let summary: String
    let digest: Digest32
  }
}
