import ArgumentParser
import Console
import ReplicaStore

struct Unlock: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "unlock", abstract: help("help.yarrow.unlock"))

  @Option(
    name: .customLong("for"), help: ArgumentHelp(stringLiteral: help("help.option.for")))
  var span = "10m"
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    guard let seconds = TimeSpan.seconds(span), seconds > 0 else {
      throw CommandFailure(.usage, "failure.span", ["option": "--for"])
    }
    let held = UInt32(min(seconds, Int64(KernelKeyring.secondsMax)))
    let key = try session.unlock()
    // The key opens the database before anybody is told that it does.
    _ = try Replica(opening: session.home, key: key)
    guard session.home.keyring.hold(key, seconds: held) else {
      throw CommandFailure(.refused, "unlock.no_keyring", next: "unlock.no_keyring.next")
    }
    try session.output.result(
      ["unlocked": true, "seconds": .integer(held)],
      text: [
        session.catalog.text(
          "unlock.done", ["time": RelativeTime.span(seconds: Int64(held), in: session.catalog)])
      ])
  }
}

struct Lock: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: help("help.yarrow.lock"))

  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    guard try session.home.exists else { throw StoreError(.noHome, "") }
    let held = session.home.keyring.drop()
    try session.output.result(
      ["unlocked": false, "was_unlocked": .bool(held)], text: [session.catalog.text("lock.done")])
  }
}

struct ChangePassphrase: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "passphrase", abstract: help("help.yarrow.passphrase"))

  @Option(
    name: .long, help: ArgumentHelp(help("help.option.new_passphrase_file"), valueName: "file"))
  var newPassphraseFile: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    guard try session.home.exists else { throw StoreError(.noHome, "") }
    let old = try session.existingPassphrase()
    // A wrong passphrase is said before a new one is asked for twice.
    try session.withBytes(of: old) { _ = try session.home.unlock(passphrase: $0) }
    let new = try NewPassphrase.read(newPassphraseFile, session)
    try session.withBytes(of: old) { old in
      try session.withBytes(of: new) { new in
        try KeyFile.changePassphrase(
          of: session.home.keyPath, from: old, to: new, purpose: .database)
      }
    }
    try session.output.result(
      ["changed": true], text: [session.catalog.text("passphrase.changed")])
  }
}

enum NewPassphrase {
  /// From the named file; else from the terminal, even when the old one came from a file.
  static func read(_ path: String?, _ session: Session) throws -> Passphrase {
    try PassphraseSource(file: path, catalog: session.catalog).new(warn: session.output.note)
  }
}
