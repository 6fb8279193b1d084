/// Carries one message to a hub and its answer back (sync §6).
///
/// A failure says nothing about what the hub did: exchanges are idempotent and are sent again.
public protocol HubTransport: Sendable {
  /// - Returns: the answer; and the hub's clock in seconds since 1970, if it is known.
  /// - Throws: ``SyncFailure``.
  func exchange(_ message: [UInt8]) async throws -> (bytes: [UInt8], hubTime: Int64?)
}
