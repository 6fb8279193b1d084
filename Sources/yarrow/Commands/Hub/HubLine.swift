import Console
import Identity
import ReplicaStore
import SyncClient
import SyncCore

/// A connection to the home's hub, closed whatever comes.
enum HubLine {
  /// - Parameter address: where the hub is now; nil for where it was last.
  static func with<R>(
    _ replica: Replica, at address: HubAddress? = nil, _ body: (SyncClient) async throws -> R
  ) async throws -> R {
    try await with(try HTTPSTransport(replica, at: address), replica, body)
  }

  /// To the hub that an invite names, which need not be the home's.
  static func with<R>(
    _ invite: Invite, _ replica: Replica, _ body: (SyncClient) async throws -> R
  ) async throws -> R {
    try await with(
      HTTPSTransport(address: invite.address, pin: invite.tlsPin), replica, body)
  }

  private static func with<R>(
    _ transport: HTTPSTransport, _ replica: Replica, _ body: (SyncClient) async throws -> R
  ) async throws -> R {
    do {
      let result = try await body(SyncClient(replica: replica, transport: transport))
      await transport.close()
      return result
    } catch {
      await transport.close()
      throw error
    }
  }
}

extension Session {
  /// Ends the command when the exchanges went well and what they told did not.
  func requireSound(_ report: SyncReport) throws {
    if let alarm = report.alarms.first { throw failure(alarm) }
    if let origin = report.successor {
      throw CommandFailure(
        .checkFailed, "sync.gone_on", ["origin": String(origin.hex.prefix(12))],
        next: "sync.gone_on.next")
    }
    if report.hubIsRecovering {
      throw CommandFailure(.hubUnavailable, "failure.hub_recovering")
    }
  }

  func failure(_ error: SyncFailure) -> CommandFailure {
    switch error.code {
    case .unreachable(let seconds?):
      CommandFailure(.hubUnavailable, "failure.hub_busy", ["seconds": "\(seconds)"])
    case .unreachable(nil): CommandFailure(.hubUnavailable, "failure.hub_silent")
    case .wrongPin: CommandFailure(.checkFailed, "failure.hub_pin", next: "failure.hub_pin.next")
    case .notMember:
      CommandFailure(.refused, "failure.not_member", next: "failure.invite_used.next")
    case .revoked: CommandFailure(.refused, "failure.revoked")
    case .refusedByHub(let status):
      CommandFailure(.checkFailed, "failure.hub_refused", ["status": "\(status)"], next: "exit.78")
    case .badAnswer: damagedCopy("answer")
    case .noProgress: CommandFailure(.checkFailed, "failure.hub_no_progress")
    case .badAddress:
      CommandFailure(.inputInvalid, "failure.hub_address", next: "failure.hub_address.next")
    }
  }
}
