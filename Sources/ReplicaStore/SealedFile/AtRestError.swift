/// What went wrong with a sealed file or with a key file, and what to do next (at-rest §9).
///
/// Switch on `code`. The message names files, pages and settings; never a key, a passphrase or
/// anything that was stored.
public struct AtRestError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// No page of the file opens with this key.
    case wrongKey
    /// The file is an SQLite database without encryption, or no database at all.
    case notSealed
    /// The file was written by a newer format than this program knows.
    case unsupportedFormat
    /// A page failed authentication: the file was damaged or altered.
    case damaged
    /// A setting that durability or secrecy depends on could not be made, or did not hold.
    case settingRefused
    /// The same file is already open in this process under another key.
    case keyConflict
    /// The path cannot be used: empty, too long, or with a zero byte.
    case pathInvalid
    /// The system's SQLite cannot host the encryption layer.
    case engineUnavailable
    /// The database could not be opened for a reason of SQLite's own; see `underlying`.
    case database

    case keyFileMissing
    case keyFileExists
    /// Not a key file, cut short, or with parameters outside the permitted range.
    case keyFileMalformed
    /// The passphrase is wrong, or the key file is for another purpose, or it was altered.
    case wrongPassphrase
    case passphraseEmpty
    /// The secret to be wrapped is empty or longer than the format allows.
    case secretSize
    /// The operating system refused to read or write; `systemError` holds errno.
    case inputOutput
  }

  public let code: Code
  /// One sentence, ending in what to do next.
  public let message: String
  /// errno, where the operating system gave one.
  public let systemError: Int32?
  public let underlying: (any Error)?

  init(
    _ code: Code, _ message: String, systemError: Int32? = nil, underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.systemError = systemError
    self.underlying = underlying
  }

  public var description: String {
    systemError.map { "\(message) (system error \($0))" } ?? message
  }
}
