import SyncCore
import Testbed
import Testing

struct ConvergenceTests {
  static let seed = UInt64.random(in: .min ... .max)

  /// The seed of the first of `rounds` histories that folds differently when its entries come in
  /// another order, twice, or with gaps that are filled later; nil when there is none.
  private static func divergence(
    rounds: Int, fold: ([FoldedEntry]) -> Digest32
  ) -> UInt64? {
    for round in 0..<UInt64(rounds) {
      var random = SplitMix64(seed: seed &+ round)
      let entries = History(random: &random).entries
      let expected = fold(entries)
      var late = entries.shuffled(using: &random)
      late += late.prefix(late.count / 2).shuffled(using: &random)
      for order in [entries.reversed(), entries.shuffled(using: &random), late] {
        if fold(order) != expected { return seed &+ round }
      }
    }
    return nil
  }

  private static func real(_ entries: [FoldedEntry]) -> Digest32 {
    RecordFold(entries).state(under: .sample).digest
  }

  /// Takes what arrives one by one, and folds at every step as a replica does.
  private static func stepwise(_ entries: [FoldedEntry]) -> Digest32 {
    var fold = RecordFold()
    for entry in entries {
      fold.insert(entry)
      _ = fold.state(under: .sample)
    }
    return fold.state(under: .sample).digest
  }

  @Test func `any order, duplicates and gaps give the same state`() {
    print("histories from seed \(Self.seed)")
    #expect(Self.divergence(rounds: 150, fold: Self.real) == nil)
    #expect(Self.divergence(rounds: 20, fold: Self.stepwise) == nil)
  }

  @Test func `folding at once and entry by entry give the same state`() {
    for round in 0..<40 as Range<UInt64> {
      var random = SplitMix64(seed: Self.seed &+ round)
      let entries = History(random: &random).entries
      #expect(Self.real(entries) == Self.stepwise(entries), "seed \(Self.seed &+ round)")
    }
  }

  /// Planted fault: a replacement that comes before what it replaces is forgotten.
  @Test func `the check catches a fold that loses early replacements`() {
    let found = Self.divergence(rounds: 20) { entries in
      var remaining: [String: Set<EntryHash>] = [:]
      for entry in entries {
        for (name, write) in entry.writesByClass.values.joined() {
          guard case .assign(_, let replacing) = write else { continue }
          remaining[name, default: []].subtract(replacing)
          remaining[name, default: []].insert(entry.hash)
        }
      }
      let left = remaining.mapValues { $0.sorted().map(\.hex) }.sorted { $0.key < $1.key }
      return Hash.sha256(Array("\(left)".utf8))
    }
    #expect(found != nil)
  }

  /// Planted fault: of concurrent writes, the one that arrived last is shown.
  @Test func `the check catches a fold that goes by arrival`() {
    let found = Self.divergence(rounds: 20) { entries in
      var last: [String: EntryHash] = [:]
      for entry in entries {
        for (name, _) in entry.writesByClass.values.joined() { last[name] = entry.hash }
      }
      return Hash.sha256(Array("\(last.sorted { $0.key < $1.key })".utf8))
    }
    #expect(found != nil)
  }

  @Test func `histories reach every part of the state`() {
    var reached: [String: Int] = [:]
    for round in 0..<300 as Range<UInt64> {
      var random = SplitMix64(seed: round)
      let history = History(random: &random).entries
      let state = RecordFold(history).state(under: .sample)
      let places = Set(history.map { [$0.origin.hex, "\($0.seq)"] })
      let parts = [
        "conflict": !state.conflicts.isEmpty, "withdrawn": state.isWithdrawn,
        "outrun withdrawal": !state.isWithdrawn && !state.withdrawals.isEmpty,
        "erased": !state.erased.isEmpty, "fork": places.count < history.count,
        "instances": (state.repeats.first?.instances.count ?? 0) > 1,
        "notes": (state["note"]?.shown.count ?? 0) > 2,
        "codes": (state["needs"]?.codes.count ?? 0) > 1, "moved": state.area != "north",
      ]
      for (part, found) in parts { reached[part, default: 0] += found ? 1 : 0 }
    }
    for (part, count) in reached { #expect(count > 10, "\(part)") }
  }

  @Test func `whatever order the fold shows, what an author writes replaces it`() {
    for round in 0..<60 as Range<UInt64> {
      var random = SplitMix64(seed: Self.seed &+ round)
      var author = Author("late author")
      author.receive(History(random: &random).entries)
      let erased = author.state.erased
      guard let open = SensitivityClass.allCases.first(where: { !erased.contains($0) }) else {
        continue
      }
      for field in author.state.fields {
        switch field.policy {
        case .append: continue
        case .set:
          author.write(
            .amend, [(field.name, author.state.write(field.name, codes: ["food"]))], in: open)
          #expect(author.state[field.name]?.codes == ["food"], "seed \(Self.seed &+ round)")
        case .review, .protective, .latest:
          let write = author.state.resolution(field.name, value: .integer(1))
          author.write(.resolve, [(field.name, write)], in: open)
          #expect(author.state[field.name]?.remaining.count == 1, "seed \(Self.seed &+ round)")
          #expect(author.state[field.name]?.value == .integer(1))
        }
      }
      #expect(author.state.conflicts.isEmpty, "seed \(Self.seed &+ round)")
    }
  }
}
