internal import Crypto
package import SyncCore

/// What happened in a run, as one hash: two runs of one seed have the same (simulation §5).
package final class Trace {
  private var hash = SHA256()
  private var buffer: [UInt8] = []
  private let listener: ((String) -> Void)?

  /// - Parameter listener: is given each event as a line, for a person who looks for a fault.
  package init(listener: ((String) -> Void)? = nil) { self.listener = listener }

  /// - Parameters:
  ///   - time: of the world, in milliseconds.
  ///   - node: 0 for the hub, then the devices.
  func note(
    _ time: Int64, _ node: Int, _ what: StaticString, _ number: Int = 0, bytes: [UInt8] = []
  ) {
    withUnsafeBytes(of: time.littleEndian) { buffer += $0 }
    buffer.append(UInt8(truncatingIfNeeded: node))
    what.withUTF8Buffer { buffer += $0 }
    withUnsafeBytes(of: number.littleEndian) { buffer += $0 }
    buffer += bytes
    if buffer.count > 1 << 14 { flush() }
    if let listener {
      let content = bytes.isEmpty ? "" : " " + Hash.sha256(bytes).hex.prefix(12)
      listener("\(time) \(node == 0 ? "hub" : "device \(node)") \(what) \(number)\(content)")
    }
  }

  private func flush() {
    hash.update(data: buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  package func finish() -> Digest32 {
    flush()
    return hash.finalize().withUnsafeBytes { Digest32($0)! }
  }
}
