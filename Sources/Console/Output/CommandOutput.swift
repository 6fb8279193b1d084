internal import Glibc

/// What a command says: results on stdout, everything else on stderr (cli.md, "Everywhere").
public struct CommandOutput: Sendable {
  public let program: String
  public let isJSON: Bool
  public let catalog: Catalog
  private let out: Int32
  private let err: Int32

  /// - Parameters:
  ///   - program: `yarrow` or `yarrow-hub`.
  ///   - isJSON: whether results are JSON.
  ///   - catalog: the person's language.
  public init(program: String, isJSON: Bool, catalog: Catalog = .process) {
    self.init(
      program: program, isJSON: isJSON, catalog: catalog, out: STDOUT_FILENO, err: STDERR_FILENO)
  }

  init(program: String, isJSON: Bool, catalog: Catalog, out: Int32, err: Int32) {
    self.program = program
    self.isJSON = isJSON
    self.catalog = catalog
    self.out = out
    self.err = err
  }

  /// One result: its JSON with `--json`, else its lines for people, which must be safe already.
  ///
  /// A list calls this once an item, which gives one object a line.
  public func result(_ json: JSONValue, text: [String]) throws(CommandFailure) {
    try emit(isJSON ? json.line + "\n" : text.map { $0 + "\n" }.joined())
  }

  /// Bytes as they are, for exports to a pipe and `--raw`.
  public func raw(_ text: String) throws(CommandFailure) { try emit(text) }

  /// For lists: the same lines, in few writes.
  public func stream() -> ResultStream { ResultStream(descriptor: out) }

  /// A sentence for people on stderr, in every mode.
  public func note(_ key: String, _ arguments: [String: String] = [:]) {
    write(line: catalog.text(key, arguments))
  }

  /// A line that is safe already, on stderr. A literal is taken for a key of the catalog.
  @_disfavoredOverload
  public func note(_ line: String) { write(line: line) }

  private func write(line: String) { FileDescriptorWriter.write(line + "\n", to: err) }

  /// Says why a command stopped, and gives the status to exit with.
  public func failed(_ failure: CommandFailure) -> ExitStatus {
    for line in failure.lines(program: program, in: catalog) { write(line: line) }
    return failure.status
  }

  private func emit(_ text: String) throws(CommandFailure) {
    guard !text.isEmpty else { return }
    guard FileDescriptorWriter.write(text, to: out) else {
      throw CommandFailure(.storageFailed, "failure.output")
    }
  }

  /// Whether people see stdout, so that screens, tables and QR codes make sense.
  public var isTerminal: Bool { isatty(out) == 1 }

  /// Columns of the terminal on stdout; nil when there is none.
  public var columns: Int? {
    var window = winsize()
    guard isTerminal, ioctl(out, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else {
      return nil
    }
    return Int(window.ws_col)
  }
}
