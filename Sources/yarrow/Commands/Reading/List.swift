import ArgumentParser
import Console
import ReplicaStore

/// What narrows a list.
struct FilterOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.form")))
  var form: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.state")))
  var state: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.area")))
  var area: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.since")))
  var since: String?
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.limit")))
  var limit: Int?

  func filter(_ session: Session) throws -> RecordFilter {
    var filter = RecordFilter(form: form, area: area)
    if let state {
      guard let known = RecordLine.State(rawValue: state) else {
        throw CommandFailure(.usage, "failure.state_unknown", ["state": state])
      }
      filter.state = known
    }
    if let limit {
      guard limit > 0 else { throw CommandFailure(.usage, "failure.limit") }
      filter.limit = limit
    }
    if let since { filter.since = try Self.instant(since, session) }
    return filter
  }

  private static func instant(_ text: String, _ session: Session) throws -> Int64 {
    let now = LocalClock.now()
    let reading = Since.read(
      text, now: now, utcOffset: LocalClock.utcOffset(at: now), dates: DateReader(session.catalog))
    switch reading {
    case .instant(let instant): return instant
    case .ambiguous(let first, let second):
      let words = DateWords(session.catalog)
      throw CommandFailure(
        .usage, "date.ambiguous", ["first": words.text(first), "second": words.text(second)])
    case .invalid: throw CommandFailure(.usage, "failure.since", ["option": "--since"])
    }
  }
}

struct List: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: help("help.yarrow.list"))

  @OptionGroup var options: FilterOptions
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let filter = try options.filter(session)
    let replica = try session.open()
    try RecordLineOutput(session: session, replica: replica)
      .write { try replica.list(filter, each: $0) }
  }
}

struct Find: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: help("help.yarrow.find"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.text")))
  var text: [String] = []
  @OptionGroup var options: FilterOptions
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let filter = try options.filter(session)
    let replica = try session.open()
    // What is searched for may name a person, so it need not stand in the shell's history.
    let wanted =
      text.isEmpty ? try session.askText("find.ask", bytesMax: 1_000) : text.joined(separator: " ")
    try RecordLineOutput(session: session, replica: replica)
      .write { try replica.find(wanted, filter, each: $0) }
  }
}
