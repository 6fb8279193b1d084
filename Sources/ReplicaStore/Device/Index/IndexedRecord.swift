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
    let summary: String
    if let columns {
      let row = columns.row(loaded.state)
      words = SearchWords(code: code, columns, row).text
      summary = SummaryText(columns, row).text
    } else {
      words = SearchWords(code: code).text
      summary = "{}"
    }
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
