import Foundation

/// One file of the repository as text; `path` is relative to its root.
struct TextFile {
  let path: String
  let text: String

  /// The module a source file belongs to: the folder below `Sources`.
  var target: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  var isSwift: Bool { path.hasSuffix(".swift") }

  /// One-based number of the line that holds a position of the text.
  func line(at location: Int) -> Int {
    let text = text as NSString
    return text.substring(to: location).utf8.count { $0 == 0x0A } + 1
  }
}

/// A breach of a rule of the house: where, and what to do instead.
struct Finding: Equatable, CustomStringConvertible {
  let place: String
  let advice: String

  init(_ file: TextFile, at location: Int? = nil, _ advice: String) {
    place = file.path + (location.map { ":\(file.line(at: $0))" } ?? "")
    self.advice = advice
  }

  var description: String { "\(place): \(advice)" }
}

/// The repository that these tests stand in, read once.
enum Repository {
  /// Walks up from this file, behind symbolic links, so that a package that borrows the folder reads
  /// the real repository.
  static let root: URL = {
    var folder = URL(filePath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
    while !exists(folder.appending(path: "Package.swift")) {
      precondition(folder.path != "/", "the tests stand in no package")
      folder.deleteLastPathComponent()
    }
    return folder
  }()

  /// Everything people wrote, but vectors and these tests, which quote what they forbid; what a
  /// package below Tools has built was written by nobody.
  static let texts: [TextFile] =
    ["Sources", "Tests", "Tools", "Protocol", ".ci"].flatMap { files(under: $0) }.filter {
      !$0.hasPrefix("Protocol/vectors/") && !$0.hasPrefix("Tests/TidyTests/")
        && !$0.contains("/.build/")
    }.compactMap(read) + ["README.md", "Package.swift"].compactMap(read)

  static let sources = texts.filter { $0.isSwift && $0.path.hasPrefix("Sources/") }

  static func read(_ path: String) -> TextFile? {
    guard let data = try? Data(contentsOf: root.appending(path: path)),
      let text = String(data: data, encoding: .utf8)
    else { return nil }
    return TextFile(path: path, text: text)
  }

  /// Paths below a folder, sorted, relative to the root.
  static func files(under folder: String) -> [String] {
    let found = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    return (found?.compactMap { $0 as? String } ?? []).sorted().map { folder + "/" + $0 }
      .filter {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(
          atPath: root.appending(path: $0).path, isDirectory: &isFolder) && !isFolder.boolValue
          && !$0.contains("__pycache__")
      }
  }

  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? [])
      .sorted()
  }

  private static func exists(_ url: URL) -> Bool {
    FileManager.default.fileExists(atPath: url.path)
  }
}

/// A regular expression and its matches as ranges of the text.
struct Pattern: Sendable {
  private let expression: NSRegularExpression

  init(_ pattern: String) {
    expression = try! NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines])
  }

  struct Match {
    let location: Int
    let groups: [String?]
  }

  func matches(in text: String) -> [Match] {
    let whole = text as NSString
    return expression.matches(in: text, range: NSRange(location: 0, length: whole.length)).map {
      match in
      Match(
        location: match.range.location,
        groups: (0..<match.numberOfRanges).map {
          let range = match.range(at: $0)
          return range.location == NSNotFound ? nil : whole.substring(with: range)
        })
    }
  }
}
