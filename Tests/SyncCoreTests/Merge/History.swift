import SyncCore
import Testbed

/// A random history of one record: authors who write from what they see, and meet at times.
struct History {
  let entries: [FoldedEntry]

  private static let fields = ["status", "risk", "safe", "note", "seen", "needs", "free"]
  private static let values: [FieldValue] = [
    .text("low"), .text("high"), .text("new"), .boolean(true), .boolean(false), .integer(7),
    .cleared,
  ]
  private static let codes = ["food", "legal", "shelter", "water"]

  init(random: inout SplitMix64, steps: Int = 30) {
    var authors = (0..<4).map { Author("author \($0)") }
    authors[0].write(
      .create, [("status", .assign(.text("new"))), ("people#0.role", .assign(.text("witness")))])
    var all: [FoldedEntry] = authors[0].fold.entries
    var copies = authors
    for _ in 0..<steps {
      let i = Int.random(in: 0..<authors.count, using: &random)
      if Int.random(in: 0..<3, using: &random) == 0 {
        let j = (i + 1) % authors.count
        authors[i].receive(authors[j].fold.entries)
        continue
      }
      all.append(Self.write(by: &authors[i], &random))
      // Now and then a device is copied, or its copy restored, which forks its log.
      switch Int.random(in: 0..<30, using: &random) {
      case 0, 1: copies[i] = authors[i]
      case 2: authors[i] = copies[i]
      default: break
      }
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      authors[0].receive(all)
      all.append(authors[0].write(.withdraw, authors[0].state.withdrawal(reason: "duplicate")))
    }
    entries = all
  }

  private static func write(by author: inout Author, _ random: inout SplitMix64) -> FoldedEntry {
    let salt = random.next()
    let part = SensitivityClass.allCases.randomElement(using: &random) ?? .coded
    let state = author.state
    switch Int.random(in: 0..<24, using: &random) {
    case 0: return author.write(.withdraw, state.withdrawal(reason: "duplicate"), salt: salt)
    case 1:
      return author.write(.erase, RecordState.erasure(of: [part], reason: "consent"), salt: salt)
    case 2: return author.write(.move, state.move(to: "area \(salt % 3)"), salt: salt)
    case 3:
      return author.write(
        .assign, [("assignee", .assign(.bytes(Hash.sha256([UInt8(salt % 3)]).bytes)))], salt: salt)
    case 4, 5:
      guard let field = state.conflicts.randomElement(using: &random),
        let kept = field.remaining.randomElement(using: &random),
        let write = state.resolution(field.name, keep: kept.hash)
      else { fallthrough }
      return author.write(.resolve, [(field.name, write)], in: part, salt: salt)
    case 6:
      return author.write(.amend, [("people#0.role", .assign(.text("driver")))], salt: salt)
    case 7, 8:
      guard let instance = state.repeats.first?.instances.randomElement(using: &random) else {
        fallthrough
      }
      let (role, needs) = (instance.instance.name(of: "role"), instance.instance.name(of: "needs"))
      return author.write(
        .amend,
        [
          (role, state.write(role, values.randomElement(using: &random) ?? .cleared)),
          (needs, state.write(needs, codes: codes.filter { _ in Bool.random(using: &random) })),
        ], in: part, salt: salt)
    default:
      let field = fields.randomElement(using: &random) ?? "status"
      let write =
        field == "needs"
        ? state.write(field, codes: codes.filter { _ in Bool.random(using: &random) })
        : state.write(field, values.randomElement(using: &random) ?? .cleared)
      return author.write(.amend, [(field, write)], in: part, salt: salt)
    }
  }
}
