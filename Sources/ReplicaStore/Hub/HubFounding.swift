package import Crypto
internal import Forms
internal import Foundation
internal import GRDB
package import Identity
internal import ShippedData
package import SyncCore
internal import Synchronization

/// The making of a hub (cli `init`).
extension HubStore {
  package struct Founding: Sendable {
    package var programmeName: String
    package var url: String
    package var areas: [String]
    package var authority: SigningKeyPair
    package var beginning: Beginning
    package var signing: SigningKeyPair
    /// What bundles are sealed to; drawn when there is none.
    package var opening: OpeningKeyPair?
    package var tlsCertificate: [UInt8]
    package var tlsKey: [UInt8]
    package var tlsPin: Digest32

    /// What the authority has said before this hub is made.
    package enum Beginning: Sendable {
      /// Nothing: a new programme, with this recovery key.
      case programme(recovery: OpeningPublicKey)
      /// All of this: the programme goes on, and its hub was lost (sync §10). The epoch follows all
      /// that devices may know.
      case lostHub(StatementBook, epoch: UInt64)
    }

    package init(
      programmeName: String, url: String, areas: [String], authority: SigningKeyPair,
      beginning: Beginning, signing: SigningKeyPair, opening: OpeningKeyPair? = nil,
      tlsCertificate: [UInt8], tlsKey: [UInt8], tlsPin: Digest32
    ) {
      self.opening = opening
      self.programmeName = programmeName
      self.url = url
      self.areas = areas
      self.authority = authority
      self.beginning = beginning
      self.signing = signing
      self.tlsCertificate = tlsCertificate
      self.tlsKey = tlsKey
      self.tlsPin = tlsPin
    }
  }

  /// Makes a hub: keys, store, the authority's first statements, the first checkpoint. Durable on
  /// return.
  package static func found(
    home: HubHome, key: SymmetricKey, _ founding: Founding, limits: Limits = .specified,
    now: @escaping @Sendable () -> Int64, surroundings: Surroundings = .system
  ) throws -> HubStore {
    guard try !surroundings.disk.exists(home.databasePath) else {
      throw StoreError(.homeExists, "There is a hub at \(home.path) already; use it or name another.")
    }
    if case .lostHub(let book, let epoch) = founding.beginning {
      guard epoch > book.hub()?.epoch ?? 0, book.recoveryKey != nil else {
        throw StoreError(.refusedStatement, "A new hub's epoch follows each that the authority named.")
      }
    }
    for area in founding.areas where !area.isAreaCode {
      throw StoreError(.invalidAnswers, "An area is a code of letters, digits, hyphens and underscores.")
    }
    let db = try SealedDatabase.open(
      path: home.databasePath, key: key, profile: .hub, disk: surroundings.disk)
    try HubSchema.migrate(db)
    var generator = surroundings.random
    let tokens = HubToken.Secret(using: &generator)
    let opening = founding.opening ?? OpeningKeyPair(using: &generator)
    try db.write { db in
      let settings = SettingTable(db: db)
      try settings.set(HubSetting.signingSeed, bytes: founding.signing.seed)
      try settings.set(HubSetting.openingSeed, bytes: opening.seed)
      try settings.set(HubSetting.tokenSecret, bytes: tokens.stored)
      try settings.set(HubSetting.authority, bytes: founding.authority.publicKey.bytes)
      try settings.set(HubSetting.programmeName, founding.programmeName)
      try settings.set(HubSetting.tlsCertificate, bytes: founding.tlsCertificate)
      try settings.set(HubSetting.tlsKey, bytes: founding.tlsKey)
      try settings.set(HubSetting.tlsPin, bytes: founding.tlsPin.bytes)
      try settings.set(HubSetting.url, founding.url)
      try settings.set(HubSetting.areas, Set(founding.areas).sorted().areaSetting)
      try settings.set(HubSetting.hubEpoch, 1)
      try settings.set(HubSetting.membershipVersion, 1)
    }
    try db.close()
    let store = try HubStore(
      home: home, key: key, limits: limits, now: now, surroundings: surroundings)
    let statements = try firstStatements(
      founding, opening: opening.publicKey, signer: surroundings.signatures.signer(founding.authority))
    try store.run { writer in
      for statement in statements { try writer.add(statement) }
    }
    return store
  }

  private static func firstStatements(
    _ founding: Founding, opening: OpeningPublicKey, signer: any Signer
  ) throws -> [SignedStatement] {
    let hub = StatementBody.hub(
      HubStatement(
        logKey: founding.signing.publicKey, tlsPin: founding.tlsPin, lastSize: 0, lastRoot: .zero,
        openingKey: opening))
    let recovery: OpeningPublicKey
    switch founding.beginning {
    case .programme(let key): recovery = key
    case .lostHub(let book, let epoch):
      // In the order of the book, the hub's present epoch behind all that it says.
      return book.statements + [
        SignedStatement(Identity.Statement(hub, version: epoch), signedBy: signer)
      ]
    }
    var bodies: [(StatementBody, UInt64)] = [
      (hub, 1), (.recovery(recovery), 1),
      (
        .policy(
          Array(
            UnsafeBufferPointer(
              start: yarrow_shipped_policy_bytes(), count: Int(yarrow_shipped_policy_count())))), 1
      ),
    ]
    let lists = try ShippedForms.lists()
    for name in ShippedForms.names.sorted(by: canonicalKeyOrder) {
      guard let reference = ShippedForms.reference(name) else { continue }
      let form = try ShippedForms.parse(name: name, statement: reference, lists: lists)
      bodies.append((.form(FormStatement(name: name, yaml: reference)), UInt64(form.version)))
    }
    return bodies.map {
      SignedStatement(Identity.Statement($0.0, version: $0.1), signedBy: signer)
    }
  }

  /// What the authority must sign before a restored hub may serve again (hub-log §8).
  package func nextHubStatement() throws -> Identity.Statement {
    let (epoch, frontier, slot) = live.withLock { ($0.hubEpoch, $0.frontier, $0.slot) }
    // An older backup restored a second time must not take an epoch that devices know already.
    let newest = max(book.hub()?.epoch ?? epoch, slot?.hubEpoch ?? 0)
    return Identity.Statement(
      .hub(
        HubStatement(
          logKey: keys.signing.publicKey, tlsPin: keys.tlsPin, lastSize: frontier.end,
          lastRoot: frontier.end == 0 ? .zero : frontier.root ?? .zero,
          openingKey: keys.opening.publicKey)),
      version: max(epoch, newest) + 1)
  }
}

extension String {
  package var isAreaCode: Bool {
    (1...48).contains(utf8.count)
      && utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
          || $0 == 0x2D || $0 == 0x5F
      } && utf8.first != 0x2D && utf8.first != 0x5F
  }
}
