import GRDBSQLite

/// Paths as SQLite sees them: absolute, symbolic links resolved, and percent-encoded in a URI.
enum SealedPath {
  /// Room for "-journal" behind the path.
  private static let suffixMax = 8

  static func resolve(_ path: String, on inner: String? = nil) throws(AtRestError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw AtRestError(.pathInvalid, "A database path is not empty; give one.")
    }
    guard let vfs = InnerVFS.named(inner) else {
      throw AtRestError(.engineUnavailable, "SQLite did not start; reinstall it.")
    }
    let capacity = Int(vfs.pointee.mxPathname) + 1
    var buffer = [CChar](repeating: 0, count: capacity)
    let code = vfs.pointee.xFullPathname(vfs, path, Int32(capacity), &buffer)
    // The low byte; `SQLITE_OK_SYMLINK` says that a link was followed.
    guard code & 0xff == SQLITE_OK,
      let resolved = String(
        validating: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
      resolved.utf8.count + suffixMax < capacity
    else {
      throw AtRestError(
        .pathInvalid, "The database path is too long or cannot be resolved; use a shorter one.")
    }
    return resolved
  }

  /// `file:` with every byte but unreserved ones and "/" percent-encoded.
  static func uri(_ fullPath: String, vfs: String) -> String {
    var uri = "file:"
    for byte in fullPath.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "~"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        uri += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return uri + "?vfs=" + vfs
  }
}
