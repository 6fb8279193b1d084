import ArgumentParser
import Console
import HubServer
import Identity
import ReplicaStore
import SyncCore

/// Makes a device a reader. What is signed can be carried to the machine that holds the authority's
/// key: `admit ORIGIN --out R`, there `admit --in R --authority K --out S`, then `admit --in S`.
struct AdmitCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit", abstract: help("help.hub.admit"))

  @Argument(help: help("help.hub.argument.origin", "origin")) var origin: String?
  @Option(name: .long, help: help("help.hub.option.words", "words")) var words: String?
  @Option(name: .customLong("in"), help: help("help.hub.option.in", "file")) var input: String?
  @Option(name: .long, help: help("help.option.out", "file")) var out: String?
  @OptionGroup var authority: AuthorityOption
  @OptionGroup var hub: HubOptions

  func validate() throws {
    if (origin == nil) == (input == nil) {
      throw ValidationError(Catalog.process.text("hub.admit_usage"))
    }
  }

  func perform(_ session: HubSession) async throws {
    guard let input else { return try admit(origin ?? "", session) }
    switch try AdmissionFile(reading: input) {
    case .request(let request): try sign(request, session)
    case .signed(_, let encoded): try submit(encoded, session)
    }
  }

  // MARK: On the hub's machine

  private func admit(_ prefix: String, _ session: HubSession) throws {
    let control = try session.control()
    let device = try session.device(prefix, control)
    guard !device.isRevoked else {
      throw CommandFailure(.refused, "hub.device_revoked", ["origin": device.shortOrigin])
    }
    let report = try session.status(control)
    let statement = try device.readerStatement(.active)
    guard case .reader(let reader) = statement.body else { return }
    if let out {
      let request = AdmissionFile.Request(
        programme: report.words, statement: statement, reader: reader)
      try AdmissionFile(request).write(to: out)
      return try say(reader, "request", "hub.admit_requested", session, file: out)
    }
    if try ProgrammeRules(control).reader(device.origin) == reader {
      return try say(reader, "admitted", "hub.admitted_already", session)
    }
    let key = try session.requireAuthority(authority)
    try compare(reader, session)
    let pair = try key.unlock(session, for: report)
    try session.submit(statement, signedBy: pair, to: control)
    try say(reader, "admitted", "hub.admitted", session)
  }

  private func submit(_ encoded: [UInt8], _ session: HubSession) throws {
    guard out == nil else { throw CommandFailure(.usage, "hub.admit_usage") }
    let control = try session.control()
    try session.submit(encoded, to: control)
    let statement = try ProgrammeRules.statement(encoded)
    guard case .reader(let reader) = statement.body else {
      throw CommandFailure(.inputInvalid, "hub.admission_malformed", ["path": input ?? ""])
    }
    try say(reader, "admitted", "hub.admitted", session)
  }

  // MARK: Where the authority's key is

  private func sign(_ request: AdmissionFile.Request, _ session: HubSession) throws {
    let key = try session.requireAuthority(authority)
    try compare(request.reader, session)
    let pair = try key.unlock(session)
    guard ProgrammeIdentity(authority: pair.publicKey).words.description == request.programme else {
      throw CommandFailure(
        .refused, "hub.authority_other", ["path": key.path], next: "hub.authority_other.next")
    }
    let signed = SignedStatement(request.statement, signedBy: pair).encoded
    if let out {
      try AdmissionFile(programme: request.programme, signed: signed).write(to: out)
      return try say(request.reader, "signed", "hub.admit_signed", session, file: out)
    }
    try session.submit(signed, to: session.control())
    try say(request.reader, "admitted", "hub.admitted", session)
  }

  /// The words that the device shows must be those of the keys that are about to be named.
  private func compare(_ reader: ReaderStatement, _ session: HubSession) throws {
    let expected = reader.keys.words
    if let words {
      guard let typed = Words(words) else {
        throw CommandFailure(.inputInvalid, "hub.words_malformed")
      }
      guard typed == expected else { throw mismatch }
      return
    }
    let shown = ["words": expected.description]
    guard session.stdinIsTerminal else {
      session.output.note("hub.words_not_compared", shown)
      return
    }
    guard try session.confirm("hub.admit_ask", shown) else { throw mismatch }
  }

  private var mismatch: CommandFailure {
    CommandFailure(.refused, "hub.words_differ", next: "hub.words_differ.next")
  }

  private func say(
    _ reader: ReaderStatement, _ state: String, _ key: String, _ session: HubSession,
    file: String? = nil
  ) throws {
    let words = reader.keys.words.description
    let role: Membership.Role = reader.role == .caseWorker ? .caseWorker : .liaison
    try session.output.result(
      [
        "origin": .string(reader.keys.origin.hex), "role": .string(role.name),
        "areas": .strings(reader.areas), "words": .string(words), "state": .string(state),
        "file": .optional(file),
      ],
      text: [
        session.catalog.text(
          key,
          [
            "origin": String(reader.keys.origin.hex.prefix(12)), "words": words,
            "path": file ?? "", "role": session.catalog.text("role.\(role.name)"),
            "areas": reader.areas.joined(separator: ", "),
          ])
      ])
  }
}
