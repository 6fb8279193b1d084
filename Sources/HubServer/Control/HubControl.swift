public import Crypto
internal import Foundation
internal import Glibc
public import ReplicaStore

/// The administration of a hub, whether it serves or not (cli `yarrow-hub`).
///
/// While a server holds the home, requests go to it over its socket. Else the store is opened here,
/// under the same lock, and the same code answers. Calls block.
public final class HubControl {
  private enum Route {
    case socket(HubHome)
    case here(ControlHandler, HomeLock)
  }
  private let route: Route

  /// Whether a server answers, rather than this process.
  public var isServed: Bool {
    if case .socket = route { true } else { false }
  }

  /// Finds the server, or opens the store.
  ///
  /// - Parameters:
  ///   - key: asked for only when no server holds the home.
  ///   - home: of the hub, served or not.
  /// - Throws: `StoreError` with `noHome`; ``HubServerError`` with `homeInUse` when another
  ///   command holds the home for longer than five seconds.
  public convenience init(home: HubHome, key: () throws -> SymmetricKey) throws {
    try self.init(home: home, key: key) { Int64(Date().timeIntervalSince1970) }
  }

  package init(
    home: HubHome, key: () throws -> SymmetricKey, now: @escaping @Sendable () -> Int64
  ) throws {
    // Another command may hold the lock for a moment, and a server has it before its socket.
    for attempt in 0..<100 {
      if attempt > 0 { usleep(50_000) }
      if let lock = try HomeLock(home) {
        let store = try HubStore(home: home, key: try key(), now: now)
        let handler = ControlHandler(store: store, isServing: false) { body in try body() }
        route = .here(handler, lock)
        return
      }
      if Self.connect(home) != nil {
        route = .socket(home)
        return
      }
    }
    throw HubServerError(
      .homeInUse, "Another command holds the hub at \(home.path); wait for it to end.")
  }

  /// Sends one request and hands over the lines of its answer as they come.
  ///
  /// - Throws: ``HubServerError``: `refused` with the store's code when the hub says no, `control`
  ///   when the connection breaks. What was asked may then have happened.
  public func send(
    _ request: ControlRequest, _ each: (ControlResponse) throws -> Void
  ) throws {
    func take(_ line: ControlResponse) throws {
      if case .failed(let code, let storeCode, let message) = line {
        throw HubServerError(
          HubServerError.Code(rawValue: code) ?? .refused, message, storeCode: storeCode)
      }
      if line != .end { try each(line) }
    }
    switch route {
    case .here(let handler, _): try handler.answer(request, take)
    case .socket(let home):
      guard let connection = Self.connect(home) else {
        throw HubServerError(.control, "The serving hub went away; run the command again.")
      }
      try connection.send(request)
      while let line = try connection.receive(ControlResponse.self) {
        try take(line)
        if line == .end { return }
      }
      throw HubServerError(
        .control, "The serving hub broke off its answer; look at its log and run the command again."
      )
    }
  }

  /// Sends one request whose answer is a few lines.
  public func send(_ request: ControlRequest) throws -> [ControlResponse] {
    var lines: [ControlResponse] = []
    try send(request) { lines.append($0) }
    return lines
  }

  private static func connect(_ home: HubHome) -> ControlConnection? {
    let descriptor = ControlAddress.socket()
    guard descriptor >= 0 else { return nil }
    guard ControlAddress.withAddress(of: home, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
      close(descriptor)
      return nil
    }
    return ControlConnection(descriptor)
  }
}
