import Foundation
import Glibc

/// Opens one disk image of a home after another, as a program does after a power cut, and says in a
/// line of JSON what it found (Protocol/faults.md §7.2).
///
/// `recover device HOME PASSPHRASE-FILE` or `recover hub HOME`: one line for each line on standard
/// input, whose writer has put an image in the home before.
@main
enum Recover {
  static func main() {
    umask(0o077)
    var arguments = CommandLine.arguments.dropFirst().makeIterator()
    switch (arguments.next(), arguments.next(), arguments.next()) {
    case ("device", let home?, let file?):
      guard let passphrase = PassphraseLine.read(file) else {
        fail("recover: \(file) holds no passphrase")
      }
      var device = RecoveredDevice(home, passphrase: passphrase)
      answer { try device.open() }
    case ("hub", let home?, nil):
      var hub = RecoveredHub(home)
      answer { try hub.open() }
    default: fail("usage: recover device HOME PASSPHRASE-FILE | recover hub HOME")
    }
  }

  /// What an image is found to be, or the error that a command would end with.
  private static func answer(_ open: () throws -> Finding) {
    while readLine() != nil {
      let finding: Finding
      do { finding = try open() } catch { finding = Finding(refusal: "\(error)") }
      FileHandle.standardOutput.write(Data((finding.line + "\n").utf8))
    }
  }

  private static func fail(_ sentence: String) -> Never {
    FileHandle.standardError.write(Data((sentence + "\n").utf8))
    exit(64)
  }
}
