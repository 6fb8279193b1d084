import Foundation
import Testing

/// A few of the trials of `Tools/crash/run` in every run of the tests, others each time, and the
/// planted faults that show that the trials can fail (faults §9).
@Suite struct FailingDiskTests {
  @Test func `killed, failed and filled up at a few calls, the programs keep their promises`() throws {
    var moments = Moments.fresh()
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let runner = try CommandRunner()
    let log = runner.directory + "/crash.log"
    try #require(FileManager.default.createFile(atPath: log, contents: nil))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", root.path + "/Tools/crash/run", "brief", "--seed", "\(moments.next() >> 32)",
      "--bin", CommandRunner.products.path,
    ]
    let output = try #require(FileHandle(forWritingAtPath: log))
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let said = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.components(separatedBy: ": found after").count - 1 == 4, "\(said)")
    print(said.split(separator: "\n").last.map(String.init) ?? "")
  }
}
