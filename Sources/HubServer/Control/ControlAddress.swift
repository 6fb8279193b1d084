internal import Glibc
internal import ReplicaStore

/// The control socket's address, and the system calls that need it.
///
/// A socket address holds 107 bytes of path. A longer one is reached through a descriptor of its
/// directory, so that a hub may live anywhere.
enum ControlAddress {
  /// Binds or connects `descriptor` to the home's control path.
  static func withAddress(
    of home: HubHome, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    let path = home.controlPath
    if path.utf8.count < capacity { return withAddress(path: path, body) }
    let directory = open(home.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return -1 }
    defer { close(directory) }
    let name = path.dropFirst(home.path.count)
    return withAddress(path: "/proc/self/fd/\(directory)\(name)", body)
  }

  private static let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

  private static func withAddress(
    path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: path.utf8.prefix(room.count - 1))
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  static func socket() -> Int32 {
    Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  }
}
