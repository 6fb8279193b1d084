import ArgumentParser
import Console
import HubServer
import Identity
import TransparencyLog

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: help("help.hub.policy"),
    subcommands: [Show.self, Set.self], defaultSubcommand: Show.self)

  struct Show: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: help("help.hub.policy.show"))

    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      let rules = try ProgrammeRules(session.control())
      guard let policy = rules.policy else {
        throw CommandFailure(.notFound, "hub.policy_none", next: "hub.policy_none.next")
      }
      let yaml = String(decoding: policy.yaml, as: UTF8.self)
      var json = try rules.disclosure(policy.yaml).json(version: policy.version)
      json.append(.init("yaml", .string(yaml)))
      try session.output.result(
        .object(json), text: [SafeText.escape(yaml, newlines: .keep).trimmingLineBreak])
    }
  }

  struct Set: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: help("help.hub.policy.set"))

    @Argument(help: help("help.hub.argument.file", "file")) var file: String
    @OptionGroup var authority: AuthorityOption
    @OptionGroup var hub: HubOptions

    private static let fileBytesMax = 64 << 10

    func perform(_ session: HubSession) async throws {
      let bytes = try InputFile.bytes(file, bytesMax: Self.fileBytesMax)
      let control = try session.control()
      let rules = try ProgrammeRules(control)
      let policy = try rules.disclosure(bytes)
      if let held = rules.policy, held.yaml == bytes {
        return try say(policy, held.version, [], "unchanged", "hub.policy_unchanged", session)
      }
      let loosened =
        try rules.policy.map { policy.loosened(from: try rules.disclosure($0.yaml)) }
        ?? []
      if !loosened.isEmpty {
        let list = ["what": loosened.joined(separator: ", ")]
        session.output.note("hub.policy_loosened", list)
        try session.confirmOnTerminal("hub.policy_loosened_ask")
      }
      let pair = try session.requireAuthority(authority)
        .unlock(session, for: session.status(control))
      let version = (rules.policy?.version ?? 0) + 1
      try session.submit(
        Identity.Statement(.policy(bytes), version: version), signedBy: pair, to: control)
      try say(policy, version, loosened, "set", "hub.policy_set", session)
    }

    private func say(
      _ policy: DisclosurePolicy, _ version: UInt64, _ loosened: [String], _ state: String,
      _ key: String, _ session: HubSession
    ) throws {
      var json = policy.json(version: version)
      json.append(.init("loosened", .strings(loosened)))
      json.append(.init("state", .string(state)))
      try session.output.result(
        .object(json), text: [session.catalog.text(key, ["version": "\(version)"])])
    }
  }
}

extension DisclosurePolicy {
  fileprivate func json(version: UInt64) -> [JSONValue.Member] {
    [
      .init("version", .integer(version)), .init("threshold", .integer(threshold)),
      .init("bands", .array(bands.map { .integer($0) })),
      .init(
        "disclose",
        .object(disclose.keys.sorted().map { .init($0, .strings(disclose[$0] ?? [])) })),
    ]
  }
}

extension String {
  /// Without the one line break that a file ends with.
  fileprivate var trimmingLineBreak: String { hasSuffix("\n") ? String(dropLast()) : self }
}
