/// Many results on stdout, gathered into large writes: fifty thousand lines cost a few system calls.
///
/// What was appended is on stdout after `finish()`; a stream that is let go without it says nothing more.
public final class ResultStream {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bytesMax = 1 << 17

  init(descriptor: Int32) {
    self.descriptor = descriptor
    buffer.reserveCapacity(Self.bytesMax + 4_096)
  }

  /// One line, without its line break; safe already.
  public func line(_ text: String) throws(CommandFailure) {
    buffer.append(contentsOf: text.utf8)
    buffer.append(0x0A)
    if buffer.count >= Self.bytesMax { try flush() }
  }

  /// One line that is written where it will be sent from, without its line break.
  func line(_ write: (inout [UInt8]) -> Void) throws(CommandFailure) {
    write(&buffer)
    buffer.append(0x0A)
    if buffer.count >= Self.bytesMax { try flush() }
  }

  /// Text as it is.
  public func raw(_ text: String) throws(CommandFailure) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bytesMax { try flush() }
  }

  public func finish() throws(CommandFailure) { try flush() }

  private func flush() throws(CommandFailure) {
    guard FileDescriptorWriter.write(buffer, to: descriptor) else {
      throw CommandFailure(.storageFailed, "failure.output")
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
