public import ArgumentParser

/// What a process says when it ends (the table in cli.md; numbers of sysexits).
///
/// Scripts switch on these: a number keeps its meaning for ever.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done, and what is claimed is durable.
  case done = 0
  /// The command line itself is wrong.
  case usage = 64
  /// The input is wrong: an invalid answer, a malformed file. Nothing was changed.
  case inputInvalid = 65
  /// No such record, form, file or home.
  case notFound = 66
  /// The hub cannot be reached or asks to try later. Nothing is lost; run again.
  case hubUnavailable = 69
  /// The home exists already, or the target file does.
  case alreadyExists = 73
  /// The disk failed or is full. Nothing was acknowledged.
  case storageFailed = 74
  /// A signature, hash, proof, rollback or fork check failed.
  case checkFailed = 76
  /// Wrong passphrase, invite used or expired, revoked, not allowed.
  case refused = 77
  /// This home needs another version of the program.
  case versionMismatch = 78

  /// The same for ArgumentParser's `throw`.
  public var exitCode: ExitCode { ExitCode(rawValue) }

  /// The catalog key of the short sentence that stands for the code.
  public var key: String { "exit.\(rawValue)" }
}
