internal import Forms
internal import SyncCore

/// What the index has of one record; made of its fold alone, so many can be made at once.
struct IndexedRecord: Sendable {
  let line: Line
  /// The row of the form's table; nil where no version of the form can be read.
  let row: FormColumns.Row?
  let words: [UInt8]
  /// Files that its answers name.
  let files: [AttachmentDescriptor]

  init(
    _ loaded: LoadedRecord, _ columns: FormColumns?, ownSeq: Int64, hubWords: [EntryHash: String]
  ) {
    let first = loaded.entries.first { $0.envelope.kind.startsRecord } ?? loaded.entries[0]
    let code = PublicCode(of: loaded.record).description
    row = columns?.row(loaded.state)
    words =
      if let columns, let row { SearchWords(code: code, columns, row).text } else {
        SearchWords(code: code).text
      }
    let summary =
      if let columns, let row { SummaryText(columns, row).text } else { "{}" }
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
    var record: RecordID
    var code: String
    var form: String
    var area: String
    var creator: OriginID?
    var epoch: UInt64
    var claimed: Int64
    var changed: Int64
    var ownSeq: UInt64
    var entries: Int
    var conflicts: Int
    var held: String?
    var withdrawn: Bool
    var unopened: Int
    var summary: String
    var digest: Digest32
  }
}
