internal import Foundation
internal import Glibc

/// Lines of JSON over one connected socket; blocking.
final class ControlConnection {
  /// The longest line: a statement of the largest size in hexadecimal digits fits.
  static let lineBytesMax = 2 << 20

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Where the unread part of the buffer begins.
  private var start = 0

  /// Takes over the descriptor.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Neither side may keep the other waiting for ever.
  func setTimeOut(seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  /// Whether the peer is this user.
  var isSameUser: Bool {
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, .max, .max)
    var size = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0,
      size == MemoryLayout.size(ofValue: credentials)
    else { return false }
    return credentials.uid == geteuid()
  }

  func send(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = Array(try encoder.encode(value))
    line.append(0x0A)
    var sent = 0
    while sent < line.count {
      let count = line.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + sent }, line.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw broken }
      sent += count
    }
  }

  /// Nil at the end of the stream.
  func receive<T: Decodable>(_ type: T.Type) throws -> T? {
    guard let line = try line() else { return nil }
    do { return try JSONDecoder().decode(type, from: Data(line)) } catch { throw broken }
  }

  private func line() throws -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        return buffer[start..<end]
      }
      searched = buffer.count
      if start > 0 {
        buffer.removeFirst(start)
        searched -= start
        start = 0
      }
      guard buffer.count < Self.lineBytesMax else { throw broken }
      var chunk = [UInt8](repeating: 0, count: 16 << 10)
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw broken }
      if count == 0 {
        guard buffer.isEmpty else { throw broken }
        return nil
      }
      buffer += chunk[..<count]
    }
  }

  private var broken: HubServerError {
    HubServerError(.control, "The connection to the serving hub broke; run the command again.")
  }
}
