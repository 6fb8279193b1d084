import Glibc

/// Where the hub is: `--home`, else `YARROW_HUB_HOME`, else XDG's data directory.
enum HubHomePath {
  /// An absolute path; nil without any of them.
  static func resolve(option: String?) -> String? {
    let named =
      option ?? variable("YARROW_HUB_HOME") ?? variable("XDG_DATA_HOME").map { $0 + "/yarrow-hub" }
    guard let path = named ?? variable("HOME").map({ $0 + "/.local/share/yarrow-hub" }),
      !path.isEmpty
    else { return nil }
    return absolute(path)
  }

  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The path as another process would have to write it.
  static func absolute(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// The directories of a path, 0700 where they are missing.
  static func makeDirectory(_ path: String) -> Bool {
    var status = stat()
    if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex,
      !makeDirectory(String(path[..<slash]))
    {
      return false
    }
    return mkdir(path, 0o700) == 0 || errno == EEXIST
  }
}
