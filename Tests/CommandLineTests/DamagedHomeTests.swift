import Foundation
import Testing

/// What a person is told of a home that cannot be read, and that nothing of it is touched (cli, exits).
@Suite struct DamagedHomeTests {
  private func status(_ runner: CommandRunner, _ path: String, _ passphraseFile: String) throws
    -> CommandRunner.Result
  {
    try runner.run(["yarrow", "status", "--home", path, "--passphrase-file", passphraseFile])
  }

  @Test func `a damaged journal keeps both files, and the person is told to copy them together`() throws {
    let runner = try CommandRunner()
    let home = try YarrowHome.make(in: runner.directory)
    let journal = home.path + "/replica.db-journal"
    // A journal that was cut: what it would take back is lost, and without it the file looks whole.
    try Data(repeating: 0xD9, count: 100).write(to: URL(fileURLWithPath: journal))
    let files = [home.path + "/replica.db", journal, home.path + "/key"]
    let before = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    for _ in 0..<2 {
      let told = try status(runner, home.path, home.passphraseFile)
      #expect(told.status == 76, "\(told.err)")
      for file in files { #expect(told.err.contains(file), "\(told.err)") }
    }
    #expect(try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
    try FileManager.default.removeItem(atPath: journal)
    #expect(try status(runner, home.path, home.passphraseFile).status == 0)
  }

  @Test func `a home that cannot be looked at is told as a disk that failed, not as no home`() throws {
    let runner = try CommandRunner()
    let home = try YarrowHome.make(in: runner.directory)
    // A name that leads to itself: the system cannot say whether there is anything behind it.
    let loop = runner.directory + "/loop"
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
    #expect(try status(runner, loop, home.passphraseFile).status == 74)
    #expect(try status(runner, runner.directory + "/none", home.passphraseFile).status == 66)
  }
}
