internal import Glibc

/// The same prompts where stdin is not a terminal: the question on stderr, the answer a line of stdin.
public struct LineDialogue {
  private let catalog: Catalog
  private let readLine: () throws(CommandFailure) -> String?
  private let write: (String) -> Void

  /// On stdin and stderr.
  public init(catalog: Catalog = .process) {
    let reader = LineReader(file: STDIN_FILENO)
    self.init(
      catalog: catalog, readLine: { () throws(CommandFailure) in try reader.next() },
      write: { FileDescriptorWriter.write($0 + "\n", to: STDERR_FILENO) })
  }

  init(
    catalog: Catalog, readLine: @escaping () throws(CommandFailure) -> String?,
    write: @escaping (String) -> Void
  ) {
    self.catalog = catalog
    self.readLine = readLine
    self.write = write
  }

  /// Asks until there is an outcome other than `.editing`. The end of the input is a failure (65):
  /// half a report is not saved as if it were whole.
  public func ask(_ prompt: inout some PromptModel) throws(CommandFailure) -> PromptOutcome {
    for line in prompt.plainLines { write(line) }
    while true {
      guard let line = try readLine() else {
        throw CommandFailure(.inputInvalid, "prompt.end_of_input")
      }
      let outcome = prompt.answer(line: line)
      guard outcome == .editing else { return outcome }
      if let complaint = prompt.complaint { write(complaint) }
    }
  }
}

/// Lines of a descriptor, each bounded and valid UTF-8.
final class LineReader {
  private let file: Int32
  private let bytesMax: Int
  private var buffer: [UInt8] = []
  private var at = 0
  private var ended = false

  init(file: Int32, bytesMax: Int = 1 << 17) {
    self.file = file
    self.bytesMax = bytesMax
  }

  func next() throws(CommandFailure) -> String? {
    while true {
      if let end = buffer[at...].firstIndex(of: 0x0A) {
        defer { at = end + 1 }
        return try text(buffer[at..<end])
      }
      if ended {
        guard at < buffer.count else { return nil }
        defer { at = buffer.count }
        return try text(buffer[at...])
      }
      guard buffer.count - at <= bytesMax else {
        throw CommandFailure(.inputInvalid, "prompt.too_long", ["maximum": String(bytesMax)])
      }
      buffer.removeFirst(at)
      at = 0
      var chunk = [UInt8](repeating: 0, count: 4_096)
      let got = read(file, &chunk, chunk.count)
      if got < 0 && errno == EINTR { continue }
      if got <= 0 { ended = true } else { buffer += chunk[..<got] }
    }
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(CommandFailure) -> String {
    let line = bytes.last == 0x0D ? bytes.dropLast() : bytes
    guard UTF8Check.firstInvalid(Array(line)) == nil else {
      throw CommandFailure(.inputInvalid, "prompt.not_utf8")
    }
    return String(decoding: line, as: UTF8.self)
  }
}
