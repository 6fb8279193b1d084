import ArgumentParser
import Console
import Crypto
import Glibc
import HubServer
import ReplicaStore

/// One run of the program: where the hub is, what opens it, how to answer.
struct HubSession {
  let output: CommandOutput
  let home: HubHome
  let storeKey: StoreKey
  private let passphrases: PassphraseSource

  var catalog: Catalog { output.catalog }

  init(_ options: HubOptions) throws {
    output = options.console.output(program: "yarrow-hub")
    passphrases = options.console.passphraseSource
    guard
      let path = HomePath.resolve(
        option: options.console.home, variable: "YARROW_HUB_HOME", folder: "yarrow-hub")
    else {
      throw output.failed(CommandFailure(.notFound, "failure.home_missing", ["path": "~"]))
    }
    home = HubHome(path)
    do { storeKey = try StoreKey(option: options.keyFile, home: home) } catch {
      throw output.failed(CommandFailure(.storageFailed, .sentence(error.description)))
    }
  }

  // MARK: The hub

  /// The serving hub, or the store itself when no server holds it.
  func control() throws -> HubControl {
    try HubControl(home: home) { try storeKey.read(warn: output.note) }
  }

  /// The first line of an answer that has one.
  func ask(_ request: ControlRequest, _ control: HubControl) throws -> ControlResponse {
    guard let line = try control.send(request).first else {
      throw HubServerError(.control, "The hub gave no answer; run the command again.")
    }
    return line
  }

  func status(_ control: HubControl) throws -> HubReport {
    guard case .status(let report) = try ask(.status, control) else { throw unexpectedAnswer }
    return report
  }

  func device(_ prefix: String, _ control: HubControl) throws -> DeviceReport {
    guard case .device(let device) = try ask(.device(prefix: prefix), control) else {
      throw unexpectedAnswer
    }
    return device
  }

  /// Another version of the program answers over the socket.
  var unexpectedAnswer: HubServerError {
    HubServerError(
      .control,
      "The serving hub answered something else; restart it with this version of the program.")
  }

  // MARK: Passphrases

  /// The passphrase of new key files, asked twice.
  func newPassphrase() throws -> Passphrase { try passphrases.new(warn: output.note) }

  func existingPassphrase() throws -> Passphrase {
    try passphrases.existing(prompt: "hub.ask_authority_passphrase", warn: output.note)
  }

  // MARK: Asking

  var stdinIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Yes or no on a terminal, by lines; the answer is not assumed.
  func confirm(_ key: String, _ arguments: [String: String]) throws -> Bool {
    var prompt = YesNoPrompt(
      Console.Question(catalog.text(key, arguments), isRequired: true, catalog: catalog))
    if case .answered(.yes(let yes)) = try LineDialogue(catalog: catalog).ask(&prompt) {
      return yes
    }
    return false
  }

  /// On a terminal a person must agree; a script has decided already.
  func confirmOnTerminal(_ key: String, _ arguments: [String: String] = [:]) throws {
    guard stdinIsTerminal else { return }
    guard try confirm(key, arguments) else {
      throw CommandFailure(.refused, "failure.cancelled")
    }
  }
}
