/// Why a committee's file or a disclosure policy could not be made or read (committee §2, §5).
///
/// What a check finds in a file that can be read is no error but a ``CommitteeReport``.
public struct CommitteeError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The policy is not the YAML that committee §2 describes.
    case policyMalformed
    /// The policy lists what it must not.
    case policyRefused
    /// There is a file of that name already.
    case fileExists
    /// No file of that name.
    case fileMissing
    /// Not an ordinary file, or larger than a release may be.
    case fileUnusable
    /// The system refused to read or write; `systemError` holds errno.
    case inputOutput
    /// The release carries no proof, a statement is not the authority's, or the history lacks the
    /// release's checkpoint: nothing to make a file of.
    case releaseUnusable
  }

  public let code: Code
  /// One sentence, ending in what to do next.
  public let message: String
  /// errno, where the operating system gave one.
  public let systemError: Int32?

  init(_ code: Code, _ message: String, systemError: Int32? = nil) {
    self.code = code
    self.message = message
    self.systemError = systemError
  }

  public var description: String {
    systemError.map { "\(message) (system error \($0))" } ?? message
  }
}
