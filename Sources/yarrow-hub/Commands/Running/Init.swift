import ArgumentParser
import Console
import Crypto
import Glibc
import HubServer
import Identity
import ReplicaStore

struct InitCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: help("help.hub.init"))

  @Option(name: .long, help: help("help.hub.option.programme", "name")) var programme: String
  @Option(name: .long, help: help("help.hub.option.url", "https://host:port")) var url: String
  @Option(name: .long, help: help("help.hub.option.areas", "code,code")) var areas: String?
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let home = session.home
    guard !home.exists else { throw StoreError(.homeExists, "") }
    let address = try checkedAddress()
    let areas = try areaCodes()
    guard HomePath.makeDirectory(home.path) else {
      throw CommandFailure(.storageFailed, "failure.file_unwritable", ["path": home.path])
    }
    let passphrase = try session.newPassphrase()
    let tls = try TLSIdentity.mint()
    let keys = try ProgrammeKeys(home, passphrase)
    var generator = SystemRandomNumberGenerator()
    let founding = HubStore.Founding(
      programmeName: programme, url: address.text, areas: areas, authority: keys.authority,
      recovery: keys.recovery.publicKey, signing: SigningKeyPair(using: &generator),
      tlsCertificate: tls.certificate, tlsKey: tls.key, tlsPin: tls.pin)
    do {
      let storeKey = try session.storeKey.make(warn: session.output.note)
      _ = try HubStore.found(home: home, key: storeKey, founding, now: LocalClock.now)
    } catch {
      keys.remove()
      Self.removeStore(home, keepingKey: session.storeKey.external != nil)
      throw error
    }
    try report(session, keys, areas)
  }

  private func report(_ session: HubSession, _ keys: ProgrammeKeys, _ areas: [String]) throws {
    let home = session.home
    let words = ProgrammeIdentity(authority: keys.authority.publicKey).words.description
    let paths = [
      "home": home.path, "authority": home.authorityKeyPath, "recovery": home.recoveryKeyPath,
      "store": session.storeKey.path, "words": words, "programme": programme,
    ]
    try session.output.result(
      [
        "programme": .string(programme), "url": .string(url), "areas": .strings(areas),
        "words": .string(words), "home": .string(home.path),
        "authority_key": .string(home.authorityKeyPath),
        "recovery_key": .string(home.recoveryKeyPath), "store_key": .string(session.storeKey.path),
      ],
      text: ["done", "words", "take_away", "never", "store_key", "next"].map {
        session.catalog.text("hub.init.\($0)", paths)
      })
  }

  private func checkedAddress() throws -> HubAddress {
    guard let address = HubAddress(url) else {
      throw CommandFailure(.inputInvalid, "hub.url_invalid", next: "hub.url_invalid.next")
    }
    guard (1...64).contains(programme.utf8.count), SafeText.escape(programme) == programme else {
      throw CommandFailure(.inputInvalid, "hub.programme_invalid")
    }
    return address
  }

  private func areaCodes() throws -> [String] {
    let codes = (areas ?? "").split(separator: ",").map { String($0) }
    guard codes.allSatisfy(\.isAreaCode) else {
      throw CommandFailure(.inputInvalid, "hub.area_invalid")
    }
    return codes
  }

  /// What a founding that failed left behind; nobody was told of it.
  private static func removeStore(_ home: HubHome, keepingKey: Bool) {
    var paths = ["", "-wal", "-shm", "-journal"].map { home.databasePath + $0 }
    paths.append(home.checkpointPath)
    if !keepingKey { paths.append(home.storeKeyPath) }
    for path in paths { unlink(path) }
  }
}

/// The programme's two keys, in files wrapped by the passphrase.
private struct ProgrammeKeys {
  let authority: SigningKeyPair
  let recovery: OpeningKeyPair
  private let paths: [String]

  /// - Throws: 73 when one of the files exists, which another init left.
  init(_ home: HubHome, _ passphrase: Passphrase) throws {
    var generator = SystemRandomNumberGenerator()
    let authority = SigningKeyPair(using: &generator)
    let recovery = OpeningKeyPair(using: &generator)
    var bytes = passphrase.withBytes { Array($0) }
    defer { bytes.wipe() }
    try KeyFile.create(
      at: home.authorityKeyPath, wrapping: SymmetricKey(data: authority.seed), passphrase: bytes,
      purpose: .authority)
    do {
      try KeyFile.create(
        at: home.recoveryKeyPath, wrapping: SymmetricKey(data: recovery.seed), passphrase: bytes,
        purpose: .recovery)
    } catch {
      unlink(home.authorityKeyPath)
      throw error
    }
    self.authority = authority
    self.recovery = recovery
    paths = [home.authorityKeyPath, home.recoveryKeyPath]
  }

  func remove() { for path in paths { unlink(path) } }
}
