import ArgumentParser
import Console
import Crypto
import HubServer
import Identity
import ReplicaStore

struct InitCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: help("help.hub.init"))

  @Option(name: .long, help: help("help.hub.option.programme", "name")) var programme: String
  @Option(name: .long, help: help("help.hub.option.url", "https://host:port")) var url: String
  @Option(name: .long, help: help("help.hub.option.areas", "code,code")) var areas: String?
  @Option(name: .long, help: help("help.hub.option.statements", "file")) var statements: [String] = []
  @Option(name: .long, help: help("help.hub.option.epoch", "number")) var epoch: UInt64?
  @OptionGroup var authority: AuthorityOption
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let home = session.home
    guard try !home.exists else { throw StoreError(.homeExists, "") }
    let address = try checkedAddress()
    let areas = try areaCodes()
    guard HomePath.makeDirectory(home.path) else {
      throw CommandFailure(.storageFailed, "failure.file_unwritable", ["path": home.path])
    }
    if !statements.isEmpty { return try await succeedLostHub(session, at: address, areas) }
    guard epoch == nil, self.authority.authority == nil else {
      throw CommandFailure(.usage, "hub.init_statements", next: "hub.init_statements.next")
    }
    let passphrase = try session.newPassphrase()
    let staging = try HubStaging(home)
    let authority: SigningPublicKey
    if try staging.isWhole {
      authority = try finish(staging, session, passphrase)
    } else {
      authority = try make(staging, session, at: address, areas) {
        let keys = try ProgrammeKeys(staging.hub, passphrase)
        return (keys.authority, .programme(recovery: keys.recovery.publicKey))
      }
      try staging.settle()
    }
    try report(session, authority, areas)
  }

  /// Makes a hub where it is staged; what was made is taken away when it fails.
  ///
  /// - Parameter keys: the authority's key and what the authority has said before, asked for once there
  ///   is a place for files beside the hub.
  func make(
    _ staging: HubStaging, _ session: HubSession, at address: HubAddress, _ areas: [String],
    _ keys: () throws -> (authority: SigningKeyPair, beginning: HubStore.Founding.Beginning)
  ) throws -> SigningPublicKey {
    let tls = try TLSIdentity.mint()
    do {
      let (authority, beginning) = try keys()
      var generator = SystemRandomNumberGenerator()
      let founding = HubStore.Founding(
        programmeName: programme, url: address.text, areas: areas, authority: authority,
        beginning: beginning, signing: SigningKeyPair(using: &generator),
        opening: OpeningKeyPair(using: &generator),
        tlsCertificate: tls.certificate, tlsKey: tls.key, tlsPin: tls.pin)
      let storeKey = try session.storeKey.make(in: staging.hub, warn: session.output.note)
      // Closed again at once: its files are moved.
      _ = try HubStore.found(home: staging.hub, key: storeKey, founding, now: LocalClock.now)
      return authority.publicKey
    } catch {
      staging.discard()
      throw error
    }
  }

  /// Whether a hub whose making was cut short is the one that is asked for now (at-rest §13).
  func isWhatWasAsked(_ found: HubReport) throws -> Bool {
    let areas = try areaCodes().sorted()
    return found.programme == programme && found.url == url && found.areas == areas
  }

  /// Ends an init that was cut short when all was made. Nobody was told of that hub, so it must be the
  /// one that is asked for now, under this passphrase.
  private func finish(
    _ staging: HubStaging, _ session: HubSession, _ passphrase: Passphrase
  ) throws -> SigningPublicKey {
    var bytes = passphrase.withBytes { Array($0) }
    defer { bytes.wipe() }
    // Before anything moves, so that a mistyped passphrase can be typed again.
    let secret = try KeyFile.unlock(
      try staging.authorityKeyPath, passphrase: bytes, purpose: .authority)
    try staging.settle()
    let found = try session.status(try session.control())
    guard try isWhatWasAsked(found),
      let pair = secret.withUnsafeBytes({ SigningKeyPair(seed: Array($0)) })
    else { throw StoreError(.homeExists, "") }
    return pair.publicKey
  }

  private func report(
    _ session: HubSession, _ authority: SigningPublicKey, _ areas: [String]
  ) throws {
    let home = session.home
    let words = ProgrammeIdentity(authority: authority).words.description
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

  func checkedAddress() throws -> HubAddress {
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
}

/// The programme's two keys, in files wrapped by the passphrase.
private struct ProgrammeKeys {
  let authority: SigningKeyPair
  let recovery: OpeningKeyPair

  init(_ home: HubHome, _ passphrase: Passphrase) throws {
    var generator = SystemRandomNumberGenerator()
    let authority = SigningKeyPair(using: &generator)
    let recovery = OpeningKeyPair(using: &generator)
    var bytes = passphrase.withBytes { Array($0) }
    defer { bytes.wipe() }
    try KeyFile.create(
      at: home.authorityKeyPath, wrapping: SymmetricKey(data: authority.seed), passphrase: bytes,
      purpose: .authority)
    try KeyFile.create(
      at: home.recoveryKeyPath, wrapping: SymmetricKey(data: recovery.seed), passphrase: bytes,
      purpose: .recovery)
    self.authority = authority
    self.recovery = recovery
  }
}
