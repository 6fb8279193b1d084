import ArgumentParser
import Console
import Dispatch
import Glibc
import HubServer
import Logging
import ReplicaStore

struct ServeCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: help("help.hub.serve"))

  @Option(name: .long, help: help("help.hub.option.listen", "addr:port")) var listen: String?
  @Option(name: .long, help: help("help.hub.option.release_every", "7d")) var releaseEvery: String?
  @OptionGroup var hub: HubOptions

  /// The shortest time between two releases: each is a leaf that every committee fetches.
  private static let releaseEveryMin: Int64 = 3_600

  func perform(_ session: HubSession) async throws {
    Allocation.keepLittle()
    let address = try listenAddress()
    let period = try releasePeriod()
    let logger = Logger(label: "yarrow-hub") { StreamLogHandler.standardError(label: $0) }
    let key = try session.storeKey.read(warn: session.output.note)
    let service = try Self.open(session) {
      try HubService(home: session.home, key: key, listen: address, logger: logger)
    }
    let isJSON = session.output.isJSON
    let output = session.output
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await service.run { announcement in
          if isJSON {
            try? output.result(Self.json(announcement), text: [])
          } else {
            HubService.writeLine(announcement)
          }
        }
      }
      if let period {
        let schedule = ReleaseSchedule(home: session.home, period: period, logger: logger)
        group.addTask { await schedule.run() }
        // The schedule ends only when it is cancelled.
      }
      try await group.next()
      group.cancelAll()
    }
  }

  /// Another command may hold the home for a moment; a server holds it for good.
  private static func open(
    _ session: HubSession, _ body: () throws -> HubService
  ) throws -> HubService {
    for _ in 0..<100 {
      do { return try body() } catch let error as HubServerError where error.code == .homeInUse {
        if isServed(session.home) {
          throw CommandFailure(.alreadyExists, "hub.serving_already", ["path": session.home.path])
        }
        usleep(100_000)
      }
    }
    return try body()
  }

  private struct NotServed: Error {}

  private static func isServed(_ home: HubHome) -> Bool {
    (try? HubControl(home: home) { throw NotServed() })?.isServed ?? false
  }

  private static func json(_ announcement: HubService.Announcement) -> JSONValue {
    let pin = announcement.line.split(separator: " ").last.map(String.init) ?? ""
    return [
      "state": "listening", "url": .string("https://\(announcement.address)"),
      "pin": .string(pin),
    ]
  }

  private func listenAddress() throws -> ListenAddress? {
    guard let listen else { return nil }
    guard let address = ListenAddress(listen) else {
      throw CommandFailure(.usage, "hub.listen_invalid")
    }
    return address
  }

  private func releasePeriod() throws -> Int64? {
    guard let releaseEvery else { return nil }
    guard let seconds = TimeSpan.seconds(releaseEvery), seconds >= Self.releaseEveryMin else {
      throw CommandFailure(.usage, "failure.span", ["option": "--release-every"])
    }
    return seconds
  }
}
