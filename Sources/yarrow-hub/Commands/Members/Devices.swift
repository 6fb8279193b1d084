import ArgumentParser
import Console
import HubServer
import Identity

struct DevicesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: help("help.hub.devices"),
    subcommands: [List.self, Set.self], defaultSubcommand: List.self)

  struct List: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: help("help.hub.devices"))

    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      let now = LocalClock.now()
      var rows: [[String]] = []
      let stream = session.output.stream()
      for case .device(let device) in try session.control().send(.devices) {
        if session.output.isJSON {
          try stream.line(device.json(now: now).line)
        } else {
          rows.append([
            device.shortOrigin, session.catalog.text("hub.device.\(device.state)"),
            session.catalog.text("role.\(device.role)"), device.areas.joined(separator: ","),
            RelativeTime.ago(device.lastSeen, now: now, in: session.catalog),
            "\(device.headSeq)", device.label,
          ])
        }
      }
      if !session.output.isJSON {
        if rows.isEmpty { session.output.note("hub.devices_none") }
        for line in TextTable(rows: rows).lines() { try stream.line(line) }
      }
      try stream.finish()
    }
  }

  /// Moves a device to other areas. What a reader is given keys for follows the authority's
  /// statement, so a reader's is signed anew where the authority's key is at hand.
  struct Set: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: help("help.hub.devices.set"))

    @Argument(help: help("help.hub.argument.origin", "origin")) var origin: String
    @Option(name: .long, help: help("help.hub.option.area", "code")) var area: [String]
    @OptionGroup var authority: AuthorityOption
    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      let control = try session.control()
      let device = try session.device(origin, control)
      let areas = Array(Swift.Set(area)).sorted()
      let isStale = device.isReader && areas != device.areas.sorted()
      // For a device that is no reader the hub's word is enough.
      let key = isStale ? try session.authority(authority) : nil
      let pair = try key?.unlock(session, for: session.status(control))
      _ = try control.send(.setAreas(origin: device.origin, areas: areas))
      if let pair {
        try session.submit(
          device.readerStatement(.active, areas: areas), signedBy: pair, to: control)
      } else if isStale {
        session.output.note("hub.areas_keys_stale", ["origin": device.shortOrigin])
      }
      let moved = try session.device(device.origin, control)
      try session.output.result(
        moved.json(now: LocalClock.now()),
        text: [
          session.catalog.text(
            "hub.areas_set",
            ["origin": moved.shortOrigin, "areas": moved.areas.joined(separator: ", ")])
        ])
    }
  }
}

extension DeviceReport {
  /// - Parameter now: seconds since 1970; `lag_seconds` is how long ago the device was heard.
  func json(now: Int64) -> JSONValue {
    [
      "origin": .string(origin), "state": .string(state), "role": .string(role),
      "areas": .strings(areas), "label": .string(label), "reader": .bool(isReader),
      "joined": .integer(joined), "last_seen": .integer(lastSeen),
      "lag_seconds": .integer(max(0, now - lastSeen)), "seq": .integer(headSeq),
      "words": .string(words), "revoked_reason": .optional(revokedReason),
      "predecessor": .optional(predecessor),
    ]
  }
}
