import Foundation
import Testing

/// The faults that Tools/mutants plants: each must fit the sources as they are.
@Suite struct MutantTests {
  /// Runs the tool's own check; its exit status and what it says.
  private func check(_ folder: URL? = nil) throws -> (status: Int32, said: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["python3", "-B", Repository.root.appending(path: "Tools/mutants/run").path, "--check"]
      + (folder.map { ["--patches", $0.path] } ?? [])
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }

  private static let patches = Repository.names(in: "Tools/mutants/patches")

  @Test func `every planted fault applies, says which promise it breaks, and names its tests`()
    throws
  {
    let (status, said) = try check()
    #expect(status == 0, "\(said)")
    #expect(Self.patches.count >= 25)
    #expect(said.hasPrefix("\(Self.patches.count) patches apply"))
  }

  @Test(arguments: [
    ("-    precondition(thisWasNeverWritten)", "does not apply"),
    ("# kills: SyncCoreTests.NobodyTests", "there are no tests SyncCoreTests.NobodyTests"),
    ("# kills:", "say `# promise:`"),
    ("+++ b/Tests/SyncCoreTests/Merge/Author.swift", "in Sources"),
  ]) func `a patch that fits nothing is found`(_ line: String, _ fault: String) throws {
    let name = "clock-orders.patch"
    let patch = try #require(Repository.read("Tools/mutants/patches/" + name)).text
    let mark = line.prefix { $0 != " " && $0 != "/" }
    var lines = patch.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let place = try #require(
      lines.firstIndex {
        line.hasPrefix("#")
          ? $0.hasPrefix("# kills:")
          : $0.hasPrefix(mark) && $0.hasPrefix("+++") == line.hasPrefix("+++")
            && !$0.hasPrefix("---")
      })
    lines[place] = line
    let folder = FileManager.default.temporaryDirectory.appending(path: "mutants-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: name))
    let (status, said) = try check(folder)
    #expect(status == 1)
    #expect(said.contains(fault), "\(said)")
  }
}
