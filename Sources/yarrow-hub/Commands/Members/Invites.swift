import ArgumentParser
import Console
import HubServer

struct InviteCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite", abstract: help("help.hub.invite"))

  enum Role: String, ExpressibleByArgument, CaseIterable { case liaison, caseworker, committee }

  @Option(name: .long, help: help("help.hub.option.role", "role")) var role: Role
  @Option(name: .long, help: help("help.hub.option.area", "code")) var area: [String] = []
  @Option(name: .long, help: help("help.hub.option.label", "text")) var label: String = ""
  @Option(name: .long, help: help("help.hub.option.expires", "72h")) var expires: String = "72h"
  @OptionGroup var hub: HubOptions

  private static let labelBytesMax = 64

  func perform(_ session: HubSession) async throws {
    guard let seconds = TimeSpan.seconds(expires), seconds > 0 else {
      throw CommandFailure(.usage, "failure.span", ["option": "--expires"])
    }
    guard label.utf8.count <= Self.labelBytesMax, SafeText.escape(label) == label else {
      throw CommandFailure(.inputInvalid, "hub.label_invalid")
    }
    let control = try session.control()
    let until = LocalClock.now() + seconds
    let answer = try session.ask(
      .invite(role: role.rawValue, areas: area, label: label, expiresIn: seconds), control)
    guard case .invited(let text) = answer else { throw session.unexpectedAnswer }
    let output = session.output
    let when = MomentText.text(until, session.catalog)
    if output.isTerminal, !output.isJSON, let code = QRCode(text) {
      try output.result(.null, text: code.terminalLines)
    }
    try output.result(
      [
        "invite": .string(text), "role": .string(role.rawValue), "areas": .strings(area),
        "label": .string(label), "expires": .integer(until),
      ], text: [text])
    output.note("hub.invite_expires", ["when": when])
  }
}

struct InvitesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invites", abstract: help("help.hub.invites"),
    subcommands: [List.self, Cancel.self], defaultSubcommand: List.self)

  struct List: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: help("help.hub.invites"))

    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      var rows: [[String]] = []
      let stream = session.output.stream()
      for case .invite(let invite) in try session.control().send(.invites) {
        if session.output.isJSON {
          try stream.line(Self.json(invite).line)
        } else {
          rows.append([
            "\(invite.id)", session.catalog.text("hub.invite.\(invite.state)"),
            session.catalog.text("role.\(invite.role)"), invite.areas.joined(separator: ","),
            MomentText.text(invite.expires, session.catalog), invite.label,
          ])
        }
      }
      if !session.output.isJSON {
        if rows.isEmpty { session.output.note("hub.invites_none") }
        for line in TextTable(rows: rows).lines() { try stream.line(line) }
      }
      try stream.finish()
    }

    private static func json(_ invite: InviteReport) -> JSONValue {
      [
        "id": .integer(invite.id), "state": .string(invite.state), "role": .string(invite.role),
        "areas": .strings(invite.areas), "label": .string(invite.label),
        "created": .integer(invite.created), "expires": .integer(invite.expires),
      ]
    }
  }

  struct Cancel: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "cancel", abstract: help("help.hub.invites.cancel"))

    @Argument(help: help("help.hub.argument.invite", "id")) var id: Int64
    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      _ = try session.control().send(.cancelInvite(id: id))
      try session.output.result(
        ["id": .integer(id), "state": "cancelled"],
        text: [session.catalog.text("hub.invite_cancelled", ["id": "\(id)"])])
    }
  }
}

/// A moment by this machine's clock, with its month in words.
enum MomentText {
  static func text(_ moment: Int64, _ catalog: Catalog) -> String {
    MomentReader.text(moment, LocalClock.utcOffset(at: moment), DateWords(catalog))
  }
}

extension TextTable {
  init(rows: [[String]]) {
    self.init()
    for row in rows { append(row) }
  }
}
