import Crypto
import Foundation
import Glibc
import Logging
import ReplicaStore
import SyncCore
import Testbed
import Testing

@testable import HubServer

@Suite struct ControlTests {
  private func allOfIt(_ control: HubControl, on hub: LiveHub) throws {
    guard case .status(let status)? = try control.send(.status).first else {
      Issue.record("no status")
      return
    }
    #expect(status.programme == "delta" && status.areas == ["north", "south"])
    #expect(status.serving == control.isServed)
    _ = try control.send(.addArea("east"))
    _ = try control.send(.setURL("https://hub.example:443"))
    guard
      case .invited(let text)? = try control.send(
        .invite(role: "liaison", areas: ["east"], label: "one", expiresIn: 60)
      ).first
    else {
      Issue.record("no invite")
      return
    }
    #expect(text.hasPrefix("YARROW1-"))
    guard case .invite(let invite)? = try control.send(.invites).last else {
      Issue.record("no invite listed")
      return
    }
    #expect(invite.state == "open" && invite.areas == ["east"])
    _ = try control.send(.cancelInvite(id: invite.id))
    #expect(try control.send(.statements).count > 3)
    #expect(throws: HubServerError.self) { try control.send(.cancelInvite(id: invite.id + 99)) }
    do {
      _ = try control.send(.device(prefix: "abcdef"))
      Issue.record("found")
    } catch let error as HubServerError {
      #expect(error.code == .refused && error.storeCode == "notFound")
    }
    let backup = hub.directory + "/backup-\(control.isServed)"
    _ = try control.send(.backup(path: backup))
    #expect(FileManager.default.fileExists(atPath: backup))
    // There is nothing to release yet; the store's own word for that comes through.
    #expect(throws: HubServerError.self) { try control.send(.release) }
    #expect(try control.send(.export(form: nil, format: "jsonl")) == [.exported(records: 0)])
  }

  @Test func `every request works beside a server and without one`() async throws {
    let hub = try LiveHub()
    let alone = try hub.control()
    #expect(!alone.isServed)
    try allOfIt(alone, on: hub)
  }

  @Test func `every request works while the hub serves`() async throws {
    let hub = try LiveHub()
    try await hub.serving { serving in
      let control = try serving.control()
      #expect(control.isServed)
      try allOfIt(control, on: hub)
      var found = stat()
      #expect(stat(hub.home.controlPath, &found) == 0)
      #expect(found.st_mode & 0o777 == 0o600)
    }
    #expect(!FileManager.default.fileExists(atPath: hub.home.controlPath))
  }

  @Test func `nobody is answered before the hub serves`() throws {
    let hub = try LiveHub()
    let store = try HubStore(home: hub.home, key: LiveHub.hubKey, now: { 0 })
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try ControlServer(
      home: hub.home, handler: ControlHandler(store: store, isServing: true) { try $0() },
      logger: logger)
    func connects() -> Bool {
      let descriptor = ControlAddress.socket()
      defer { close(descriptor) }
      return ControlAddress.withAddress(of: hub.home) { connect(descriptor, $0, $1) } == 0
    }
    #expect(!connects())
    try server.open()
    #expect(connects())
    server.stop()
  }

  @Test func `a failing disk is told apart from a refusal and from a hub that is away`() {
    func code(_ error: any Error) -> [String?] {
      guard case .failed(let code, let storeCode, _) = ControlHandler.failure(error) else {
        return []
      }
      return [code, storeCode]
    }
    #expect(code(StoreError(.disk, "")) == ["storage", "disk"])
    #expect(code(StoreError(.notFound, "")) == ["refused", "notFound"])
    #expect(code(HubServerError(.stopping, "")) == ["stopping", nil])
    #expect(code(CancellationError()) == ["storage", nil])
  }

  @Test func `a home with a long path has a control socket too`() async throws {
    let hub = try LiveHub(in: String(repeating: "long/", count: 40) + "hub")
    try await hub.serving { serving in
      #expect(try serving.control().isServed)
      guard case .status? = try serving.control().send(.status).first else {
        Issue.record("no status")
        return
      }
    }
  }

  @Test func `a second server of a home is refused, and nonsense on the socket ends nothing`()
    async throws
  {
    let hub = try LiveHub()
    try await hub.serving { serving in
      do {
        try await hub.serving { _ in Issue.record("served twice") }
      } catch let error as HubServerError { #expect(error.code == .homeInUse) }
      let descriptor = ControlAddress.socket()
      _ = ControlAddress.withAddress(of: hub.home) { connect(descriptor, $0, $1) }
      let nonsense = Array("{\"everything\":1}\n".utf8)
      #expect(write(descriptor, nonsense, nonsense.count) == nonsense.count)
      var byte: UInt8 = 0
      #expect(read(descriptor, &byte, 1) == 0)
      close(descriptor)
      #expect(try serving.control().send(.status).count == 1)
    }
  }

  @Test(arguments: [
    ("127.0.0.1:8443", "127.0.0.1:8443"), (":1", "0.0.0.0:1"), ("9", "0.0.0.0:9"),
    ("[::1]:8443", "[::1]:8443"), ("hub.local:443", "hub.local:443"),
  ])
  func `an address to listen on is read`(text: String, meaning: String) {
    #expect(ListenAddress(text)?.description == meaning)
  }

  @Test(arguments: [
    "", ":", "a", "::1:80", "host:", "host:99999", "[]:1", "host:-1", "[::1]", "[l][l]:0",
    "[host]:1", "[127.0.0.1]:80", "host]:1",
  ])
  func `what is no address is refused`(text: String) { #expect(ListenAddress(text) == nil) }
}
