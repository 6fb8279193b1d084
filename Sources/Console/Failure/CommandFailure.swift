public import ArgumentParser

/// Why a command stopped: a status to exit with, what happened, and what to do next.
///
/// The texts name a record or file, never a field's value (cli.md, "Everywhere").
public struct CommandFailure: Error, Sendable, Equatable {
  public let status: ExitStatus
  public let what: Message
  /// What the person can do now. Nil: the sentence that stands for the status.
  public let next: Message?

  public init(_ status: ExitStatus, _ what: Message, next: Message? = nil) {
    self.status = status
    self.what = what
    self.next = next
  }

  /// For the common case: a key of the catalog, and another for what to do.
  public init(
    _ status: ExitStatus, _ key: String, _ arguments: [String: String] = [:], next: String? = nil
  ) {
    self.init(status, Message(key, arguments), next: next.map { Message($0, arguments) })
  }

  /// Two lines for stderr, each without a line break at the end: what happened, and what to do next.
  ///
  /// With `--json` they are the same: stdout stays empty, and scripts read the exit status.
  public func lines(program: String, in catalog: Catalog) -> [String] {
    let next = (next ?? Message(status.key)).text(in: catalog)
    return [
      "\(program): " + what.text(in: catalog), catalog.text("failure.next", ["next": next]),
    ]
  }
}

extension CommandFailure: CustomStringConvertible {
  /// English, for a log or a debugger.
  public var description: String { what.text(in: .english) }
}
