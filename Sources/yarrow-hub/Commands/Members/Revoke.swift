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
    // Who goes on from its keys ends with it, and is no longer a reader either (sync §8.3).
    let readers = try [device] + followers(of: device, control)
    let isReader = readers.contains(where: \.isReader)
    // Opened before anything changes: a wrong passphrase leaves everything as it was.
    let pair =
      isReader
      ? try session.requireAuthority(authority).unlock(session, for: session.status(control)) : nil
    try session.confirmOnTerminal("hub.revoke_ask", ["origin": device.shortOrigin])
    if !device.isRevoked {
      _ = try control.send(.revoke(origin: device.origin, reason: reason))
    }
    if let pair {
      // After a cut between the two, the same command does what is missing.
      for reader in readers where reader.isReader {
        try session.submit(reader.readerStatement(.revoked), signedBy: pair, to: control)
      }
    }
    let ended = try session.device(device.origin, control)
    let key = pair == nil ? "hub.revoked" : "hub.revoked_reader"
    try session.output.result(
      ended.json(now: LocalClock.now()),
      text: [session.catalog.text(key, ["origin": ended.shortOrigin])])
  }

  private func followers(of device: DeviceReport, _ control: HubControl) throws -> [DeviceReport] {
    var all: [DeviceReport] = []
    for case .device(let report) in try control.send(.devices) { all.append(report) }
    var found: [DeviceReport] = []
    var wanted: Set<String> = [device.origin]
    while let next = all.first(where: { report in
      report.predecessor.map { wanted.contains($0) } ?? false && !wanted.contains(report.origin)
    }) {
      wanted.insert(next.origin)
      found.append(next)
    }
    return found
  }
}
