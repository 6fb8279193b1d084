import Glibc
import Identity
import SyncCore

@testable import Console

/// What operators type, name and send.
let operatorTargets = [
  // The socket in a hub's home: lines of requests one way, of answers the other.
  Target(name: "control") { input in
    var input = Input(input)
    let isRequest = input.byte() & 1 == 0
    let lines = input.all()
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0,
      write(ends[0], lines, lines.count) == lines.count, shutdown(ends[0], Int32(SHUT_WR)) == 0
    else {
      check(false, "no socket to try it on")
      return false
    }
    let (peer, connection) = (ControlConnection(ends[0]), ControlConnection(ends[1]))
    return isRequest
      ? converse(ControlRequest.self, connection, peer)
      : converse(ControlResponse.self, connection, peer)
  },

  // What travels between a hub and the machine with the authority's key.
  Target(name: "admission") { input in
    guard let file = try? AdmissionFile(reading: ScratchFile.holding(input)) else { return false }
    let text = Array(file.text.utf8)
    let again = try? AdmissionFile(reading: ScratchFile.holding(text))
    checkRoundTrip(Array((again?.text ?? "").utf8), text, "admission")
    return true
  },

  Target(name: "passphrase") { input in
    let path = ScratchFile.holding(input)
    guard let read = try? PassphraseFile.read(path, catalog: .english, warn: { _ in }) else {
      return false
    }
    let bytes = read.withBytes { Array($0) }
    check(
      !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F },
      "a passphrase that cannot be typed: \(bytes.hex)")
    // Normal form C is longer than what was typed for some letters.
    guard bytes.count <= Passphrase.bytesMax else { return true }
    let again = try? PassphraseFile.read(
      ScratchFile.holding(bytes + [0x0A]), catalog: .english, warn: { _ in })
    checkRoundTrip(again?.withBytes { Array($0) } ?? [], bytes, "passphrase")
    return true
  },
]

/// Reads up to eight values; each is sent back, and must arrive as the same.
private func converse<Value: Codable & Equatable>(
  _ type: Value.Type, _ connection: ControlConnection, _ peer: ControlConnection
) -> Bool {
  var count = 0
  while count < 8, let value = try? connection.receive(type) {
    count += 1
    check((try? connection.send(value)) != nil, "what was received cannot be sent")
    check((try? peer.receive(type)) == value, "a line is read as something else than was sent")
  }
  return count > 0
}

/// One file that is written anew for each input, and is gone with the process.
enum ScratchFile {
  private static let descriptor: Int32 = {
    var name = Array("/dev/shm/yarrow-fuzz-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    unlink(name)
    precondition(descriptor >= 0, "no file to try it on")
    return descriptor
  }()

  /// Its path, once it holds these bytes and nothing else.
  static func holding(_ bytes: [UInt8]) -> String {
    precondition(
      ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
    return "/proc/self/fd/\(descriptor)"
  }
}
