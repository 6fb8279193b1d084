import Foundation
import Testing

@Suite struct LayoutTests {
  static let topLevel: Set = [
    "LICENSE", "Package.resolved", "Package.swift", "Protocol", "README.md", "Sources", "Tests",
    "Tools",
  ]
  static let hidden: Set = [
    ".build", ".ci", ".git", ".gitignore", ".spi.yml", ".swift-format", ".swiftpm",
  ]

  @Test func `the top level holds what belongs there and nothing else`() {
    #expect(Self.strangers(Repository.names(in: "")) == [])
    #expect(Self.strangers(["README.md", "notes.txt", ".build", ".env"]) == ["notes.txt", ".env"])
  }

  @Test func `files of Sources are small, and none is what nobody can read`() {
    let lines = Repository.sources.map { ($0.path, Self.lines($0)) }
    #expect(lines.count > 100)
    #expect(Self.tooLong(lines) == [])
    #expect(Self.median(lines.map(\.1)) <= 160)
    #expect(Self.tooLong([("a", 900), ("b", 901)]) == ["b: 901 lines, look for the second noun"])
    #expect(Self.median([1, 500, 161]) == 161)
  }

  @Test func `every package that is depended on has a line of reason in the decisions`() throws {
    let manifest = try #require(Repository.read("Package.swift"))
    let decisions = Repository.texts.filter { $0.path.hasPrefix("Protocol/decisions/") }
    #expect(Self.packages(manifest.text).count >= 10)
    #expect(Self.unexplained(manifest.text, decisions.map(\.text)) == [])
    let planted = ".package(url: \"https://example.org/a/left-pad.git\", from: \"1.0.0\"),"
    #expect(Self.packages(planted) == ["left-pad"])
    #expect(Self.unexplained(planted, ["| left-pad | padding | |"]) == ["left-pad"])
    #expect(Self.unexplained(planted, ["| left-pad | padding | none is better |"]) == [])
  }

  static func strangers(_ names: [String]) -> [String] {
    names.filter { !topLevel.contains($0) && !hidden.contains($0) }
  }

  static func lines(_ file: TextFile) -> Int { file.text.utf8.count { $0 == 0x0A } }

  static func tooLong(_ files: [(String, Int)]) -> [String] {
    files.filter { $0.1 > 900 }.map { "\($0.0): \($0.1) lines, look for the second noun" }
  }

  static func median(_ counts: [Int]) -> Int {
    counts.isEmpty ? 0 : counts.sorted()[counts.count / 2]
  }

  static func packages(_ manifest: String) -> [String] {
    Pattern(#"\.package\(\s*url: "([^"]+)""#).matches(in: manifest).map { match in
      let name = match.groups[1]!.split(separator: "/").last!
      return String(name.hasSuffix(".git") ? name.dropLast(4) : name)
    }
  }

  /// Packages without a table row of name, use and reason.
  static func unexplained(_ manifest: String, _ decisions: [String]) -> [String] {
    let rows = decisions.flatMap { $0.split(separator: "\n") }.map {
      $0.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return packages(manifest).filter { package in
      !rows.contains { row in
        row.count >= 5 && row[1].split(separator: " ").first.map(String.init) == package
          && !row[2].isEmpty && row[3].count > 5
      }
    }
  }
}
