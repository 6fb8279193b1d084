import ArgumentParser
import Console
import Crypto
import Forms
import Glibc
import ReplicaStore
import SyncCore

/// One run of the program: where the home is, who is asked for the passphrase, how to answer.
struct Session {
  let output: CommandOutput
  let home: DeviceHome
  private let passphrases: PassphraseSource

  var catalog: Catalog { output.catalog }
  var language: String { catalog.language.code }

  init(_ console: ConsoleOptions) throws {
    output = console.output(program: "yarrow")
    passphrases = console.passphraseSource
    guard
      let path = HomePath.resolve(
        option: console.home, variable: "YARROW_HOME", folder: "yarrow")
    else {
      throw output.failed(CommandFailure(.notFound, "failure.home_missing", ["path": "~"]))
    }
    home = DeviceHome(path)
  }

  // MARK: Opening

  /// The replica, by the key in the kernel's keyring, else by the passphrase.
  func open() throws -> Replica {
    guard try home.exists else { throw StoreError(.noHome, "") }
    if let key = home.keyring.key() {
      do { return try Replica(opening: home, key: key) } catch let error as AtRestError
        where error.code == .wrongKey
      {
        // Another home stood at this path when the key was held.
        home.keyring.drop()
      }
    }
    return try Replica(opening: home, key: try unlock())
  }

  /// The file key, by the passphrase.
  func unlock() throws -> SymmetricKey {
    guard try home.exists else { throw StoreError(.noHome, "") }
    return try withBytes(of: try passphrases.existing(warn: output.note)) {
      try home.unlock(passphrase: $0)
    }
  }

  /// The passphrase of a new home, asked twice.
  func newPassphrase() throws -> Passphrase { try passphrases.new(warn: output.note) }
  func existingPassphrase() throws -> Passphrase { try passphrases.existing(warn: output.note) }
  /// Whether the passphrase can be had without asking a person.
  var hasPassphraseFile: Bool { passphrases.path != nil }

  func withBytes<R>(of passphrase: Passphrase, _ body: ([UInt8]) throws -> R) throws -> R {
    var bytes = passphrase.withBytes { Array($0) }
    defer { bytes.withUnsafeMutableBytes { explicit_bzero($0.baseAddress!, $0.count) } }
    return try body(bytes)
  }

  // MARK: Finding

  /// A record by any unique prefix of its id, or by its public code.
  func record(_ text: String, in replica: Replica) throws -> RecordID {
    do { return try replica.find(id: text) } catch let error as StoreError {
      switch error.code {
      case .notFound: throw CommandFailure(.notFound, "failure.record_missing", ["record": text])
      case .ambiguous:
        throw CommandFailure(.notFound, "failure.record_ambiguous", ["record": text])
      default: throw error
      }
    }
  }

  func form(_ name: String, in replica: Replica) throws -> Form {
    do { return try replica.form(name) } catch let error as StoreError
      where error.code == .notFound
    {
      throw CommandFailure(.notFound, "failure.form_missing", ["form": name])
    }
  }

  // MARK: Asking

  /// Asks one question, on the terminal or in lines.
  func ask(_ prompt: inout some PromptModel) throws -> PromptOutcome {
    if let screen = TerminalScreen(catalog: catalog) {
      defer { screen.leave() }
      return screen.ask(&prompt)
    }
    return try LineDialogue(catalog: catalog).ask(&prompt)
  }

  /// One line or text from a person; throws when they stop.
  func askText(_ key: String, isRequired: Bool = true, bytesMax: Int = 16_384) throws -> String {
    var prompt = EntryPrompt(
      Console.Question(catalog.text(key), isRequired: isRequired, catalog: catalog),
      rule: .text(bytesMax: bytesMax))
    switch try ask(&prompt) {
    case .answered(.text(let text)): return text
    case .answered: return ""
    default: throw CommandFailure(.refused, "failure.cancelled", next: "failure.cancelled.next")
    }
  }

  /// Yes or no; throws when a person stops.
  func confirm(_ key: String, _ arguments: [String: String]) throws -> Bool {
    var prompt = YesNoPrompt(
      Console.Question(catalog.text(key, arguments), isRequired: true, catalog: catalog))
    if case .answered(.yes(let yes)) = try ask(&prompt) { return yes }
    return false
  }

  var stdinIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}
