import Console
import Crypto
import Glibc
import ReplicaStore

/// The 32 bytes that seal the hub's store: a file named by `--key-file`, else a credential of the
/// service manager, else `store.key` in the home.
struct StoreKey {
  static let byteCount = 32

  private let home: HubHome
  /// A file outside the home; nil for `store.key`.
  let external: String?

  /// - Throws: `StoreError` with `disk` when it cannot be seen whether there is a credential.
  init(option: String?, home: HubHome) throws(StoreError) {
    self.home = home
    if let option {
      external = option
    } else if let directory = HomePath.variable("CREDENTIALS_DIRECTORY"),
      try Presence.of(directory + "/yarrow-hub-key")
    {
      external = directory + "/yarrow-hub-key"
    } else {
      external = nil
    }
  }

  var path: String { external ?? home.storeKeyPath }

  /// - Throws: 66 when there is no such file, 65 when it doesn't hold 32 bytes.
  func read(warn: (String) -> Void) throws -> SymmetricKey {
    guard try Presence.of(path) else {
      throw CommandFailure(
        .notFound, "hub.store_key_missing", ["path": path], next: "hub.store_key_missing.next")
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & 0o007 != 0 {
      warn(Catalog.process.text("hub.store_key_open", ["path": path]))
    }
    var bytes = try InputFile.bytes(path, bytesMax: 4_096)
    defer { bytes.wipe() }
    guard bytes.count == Self.byteCount else {
      throw CommandFailure(.inputInvalid, "hub.store_key_size", ["path": path])
    }
    return SymmetricKey(data: bytes)
  }

  /// A new key in the `store.key` of a home, durable on return; a key that was given is read.
  func make(in home: HubHome, warn: (String) -> Void) throws -> SymmetricKey {
    guard external == nil else { return try read(warn: warn) }
    let key = SymmetricKey(size: .bits256)
    let file = try OutputFile(home.storeKeyPath)
    try key.withUnsafeBytes { try file.write(Array($0)) }
    try file.finish()
    return key
  }
}
