/// What the kinds that write no fields do to a record (merge §4).
struct ControlFold {
  private(set) var erased = Set<SensitivityClass>()
  private(set) var assignees = Set<OriginID>()
  private var withdrawn: [FoldedEntry] = []
  private var moves: [(hash: EntryHash, area: String)] = []
  private var replacedMoves = Set<EntryHash>()

  /// Entries come in ascending order of hash.
  mutating func apply(_ entry: FoldedEntry) {
    switch entry.kind {
    case .withdraw: withdrawn.append(entry)
    case .erase:
      guard case .set(let words, _) = entry.operational("classes") else { return }
      erased.formUnion(words.compactMap { SensitivityClass(name: $0) })
    case .move:
      guard case .assign(.text(let area), let replacing) = entry.operational("area") else { return }
      moves.append((entry.hash, area))
      replacedMoves.formUnion(replacing)
    case .assign:
      guard case .assign(.bytes(let id), _) = entry.operational("assignee"),
        let assignee = OriginID(id)
      else { return }
      assignees.insert(assignee)
    case .create, .amend, .resolve, .epoch, .grant: return
    }
  }

  var remainingMoves: [(hash: EntryHash, area: String)] {
    moves.filter { !replacedMoves.contains($0.hash) }
  }

  /// Among concurrent moves the greatest entry hash decides.
  var area: String? { remainingMoves.last?.area }

  func withdrawals(covering heads: OriginHeads) -> [Withdrawal] {
    withdrawn.map { entry in
      var reason: String?
      var named: [EntryHash] = []
      if case .assign(let value, let replacing) = entry.operational("reason") {
        named = replacing
        if case .text(let code) = value { reason = code }
      }
      return Withdrawal(
        hash: entry.hash, origin: entry.origin, claimed: entry.claimed, reason: reason,
        coversAll: heads.coversAll(named))
    }
  }
}
