import Crypto
import Synchronization

/// Which key opens which path, for the VFS, to which SQLite gives nothing but a path.
///
/// Entries are weak: the database's configuration and its open file handles hold the keys, so they go
/// when the last connection closes.
enum KeyRegistry {
  private struct Entry: Sendable {
    weak var keys: FileKeys?
  }

  private static let entries = Mutex<[String: Entry]>([:])

  /// The keys for `path`, made or shared. Refuses a second key for a file that is open.
  static func register(path: String, fileKey: SymmetricKey) throws(AtRestError) -> FileKeys {
    let fresh = FileKeys(path: path, fileKey: fileKey)
    let registered: FileKeys? = entries.withLock { entries in
      entries = entries.filter { $0.value.keys != nil }
      if let open = entries[path]?.keys { return open.isSameKey(as: fresh) ? open : nil }
      entries[path] = Entry(keys: fresh)
      return fresh
    }
    guard let registered else {
      throw AtRestError(
        .keyConflict,
        "\(path) is open in this process with another key; close it, or use the key that opened it."
      )
    }
    return registered
  }

  static func keys(for path: String) -> FileKeys? {
    entries.withLock { $0[path]?.keys }
  }
}
