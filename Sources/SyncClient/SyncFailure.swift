/// Why a sync, a join or a download did not get further. Nothing is lost: run it again.
///
/// What a hub does wrong comes as the replica's own errors (`SyncRefusal`, `WireError`); this is
/// about reaching it and about its refusals. The sentence says what to do next.
public struct SyncFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// No line, a time-out, or the hub asks to come back after so many seconds (exit 69).
    case unreachable(retryAfter: Int?)
    /// The peer has another key than the invite says (exit 76).
    case wrongPin
    /// The hub does not know this device (exit 77).
    case notMember
    /// The authority ended this device's membership; what it held was pushed once (exit 77).
    case revoked
    /// The hub found the message malformed or too large: this program and it do not agree (76).
    case refusedByHub(status: Int)
    /// The answer is larger than the protocol allows, or no HTTP answer at all (76).
    case badAnswer
    /// Exchange after exchange brought nothing new (76).
    case noProgress
    /// The home's address is not one (65).
    case badAddress
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .unreachable(let seconds?):
      "The hub is busy; nothing is lost. Run it again in \(seconds) seconds."
    case .unreachable(nil):
      "The hub cannot be reached; nothing is lost. Run it again when there is a line."
    case .wrongPin:
      "Something else than this programme's hub answered: its key is not the one in the invite. "
        + "Nothing was sent. Try another network, and tell the hub's operator."
    case .notMember:
      "The hub does not know this device; ask its operator for a new invite, and run join again."
    case .revoked:
      "This device was revoked. What it still held was handed over once; ask the hub's operator."
    case .refusedByHub(let status):
      "The hub refused the message (\(status)); update this program, and tell the hub's operator."
    case .badAnswer:
      "What came back is not an answer of a hub; try another network, and tell its operator."
    case .noProgress:
      "The hub answers, but brings nothing new; run it again, and tell the hub's operator."
    case .badAddress:
      "The hub's address is not one; name it with sync --url."
    }
  }
}
