internal import Glibc

/// Where a program keeps its home: `--home`, else its own variable, else XDG's data directory
/// (cli.md, "Everywhere").
public enum HomePath {
  /// An absolute path, spelled the same way each time; nil without any of them.
  ///
  /// - Parameters:
  ///   - own: the program's variable, such as `YARROW_HOME`.
  ///   - folder: its name in the data directory.
  ///   - option: what `--home` named.
  public static func resolve(option: String?, variable own: String, folder: String) -> String? {
    let named = option ?? variable(own) ?? variable("XDG_DATA_HOME").map { $0 + "/" + folder }
    guard let path = named ?? variable("HOME").map({ $0 + "/.local/share/" + folder }),
      !path.isEmpty
    else { return nil }
    return absolute(path)
  }

  /// A variable of the environment that is set and not empty.
  public static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The path as another process would have to write it.
  public static func absolute(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// Makes the directories of a path, 0700 where they are missing, durable with their names; false when
  /// one cannot be.
  public static func makeDirectory(_ path: String) -> Bool {
    var status = stat()
    if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex,
      !makeDirectory(String(path[..<slash]))
    {
      return false
    }
    guard mkdir(path, 0o700) == 0 else { return errno == EEXIST }
    return syncName(of: path)
  }

  /// Makes the name of a file or directory durable.
  static func syncName(of path: String) -> Bool {
    let slash = path.lastIndex(of: "/")
    let above = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let directory = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return false }
    defer { close(directory) }
    return fsync(directory) == 0
  }
}
