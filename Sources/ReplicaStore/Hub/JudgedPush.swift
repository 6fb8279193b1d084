internal import SyncCore

/// A push whose signature was checked, with what forms say of its entries: all that can be found out
/// before its turn at the writer, for which others wait.
struct JudgedPush: Sendable {
  /// What a form says of one entry.
  struct Judgement: Sendable, Hashable {
    /// Why it is held back, scope aside.
    let reason: String?
    /// Whether it calls its record urgent; nil when it says nothing of it.
    let isUrgent: Bool?
  }

  let push: Push
  let segment: Segment
  /// What it was judged by: another has to judge again.
  private let catalog: FormCatalog
  private let judgements: [Judgement]

  /// Throws only for entries whose sections were not checked when they were made.
  init(_ push: Push, signed segment: Segment, catalog: FormCatalog, limits: Limits) throws {
    self.push = push
    self.segment = segment
    self.catalog = catalog
    judgements = try push.entries.map { try Judgement($0, catalog: catalog, limits: limits) }
  }

  func judgement(of index: Int, by catalog: FormCatalog, limits: Limits) throws -> Judgement {
    guard catalog === self.catalog else {
      return try Judgement(push.entries[index], catalog: catalog, limits: limits)
    }
    return judgements[index]
  }
}

extension JudgedPush.Judgement {
  init(_ entry: Entry, catalog: FormCatalog, limits: Limits) throws {
    let writes = try FoldedEntry(entry, limits: limits).writesByClass
    var isUrgent: Bool?
    for case ("urgency", .assign(.text(let code), _)) in writes[.coded] ?? [] {
      isUrgent = code == "immediate" || code == "24h"
    }
    self.init(
      reason: EntryCheck.reason(entry.envelope, writes, catalog: catalog), isUrgent: isUrgent)
  }
}
