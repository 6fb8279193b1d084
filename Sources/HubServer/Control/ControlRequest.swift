/// What an operator's command asks of the hub, over the control socket or in process.
///
/// Bytes travel as lower-case hexadecimal digits, times in seconds since 1970.
public enum ControlRequest: Codable, Sendable, Hashable {
  case status
  case devices
  /// One device by a unique prefix of its origin id.
  case device(prefix: String)
  case setAreas(origin: String, areas: [String])
  /// Ends a membership. Taking a reader's key away is a statement of its own.
  case revoke(origin: String, reason: String)
  case invites
  /// - Parameter expiresIn: seconds.
  case invite(role: String, areas: [String], label: String, expiresIn: Int64)
  case cancelInvite(id: Int64)
  case setURL(String)
  case addArea(String)
  /// Every statement that the authority has signed, in the order of the log.
  case statements
  /// A statement signed by the authority.
  case addStatement(hex: String)
  /// What the authority has to sign to end a recovery.
  case nextHubStatement
  case policy
  case release
  case quarantine
  case verify
  /// The records of one form, or all, as far as the hub may read them; logged once it is done.
  case export(form: String?, format: String)
  /// - Parameter path: absolute; must not exist.
  case backup(path: String)
  /// Takes a bundle in, and writes the answers where they are wanted (bundle §4).
  ///
  /// - Parameters:
  ///   - path: absolute.
  ///   - out: absolute; must not exist. Nil writes none.
  case takeBundle(path: String, out: String?)
}
