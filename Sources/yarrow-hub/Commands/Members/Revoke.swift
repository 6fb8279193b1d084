import ArgumentParser
import Console
import HubServer
import Identity
import ReplicaStore

struct RevokeCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: help("help.hub.revoke"))

  @Argument(help: help("help.hub.argument.origin", "origin")) var origin: String
  @Option(name: .long, help: help("help.option.reason", "code")) var reason: String
  @OptionGroup var authority: AuthorityOption
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let control = try session.control()
    let device = try session.device(origin, control)
    // Opened before anything changes: a wrong passphrase leaves everything as it was.
    let pair =
      device.isReader
      ? try session.requireAuthority(authority).unlock(session, for: session.status(control)) : nil
    try session.confirmOnTerminal("hub.revoke_ask", ["origin": device.shortOrigin])
    if !device.isRevoked {
      _ = try control.send(.revoke(origin: device.origin, reason: reason))
    }
    if let pair {
      // After a cut between the two, the same command does what is missing.
      try session.submit(device.readerStatement(.revoked), signedBy: pair, to: control)
    }
    let ended = try session.device(device.origin, control)
    let key = pair == nil ? "hub.revoked" : "hub.revoked_reader"
    try session.output.result(
      ended.json(now: LocalClock.now()),
      text: [session.catalog.text(key, ["origin": ended.shortOrigin])])
  }
}
