import ArgumentParser
import Console
import HubServer
import Identity
import ReplicaStore
import SyncCore

/// A new hub for a programme whose hub was lost with all its backups (sync §10).
extension InitCommand {
  func succeedLostHub(
    _ session: HubSession, at address: HubAddress, _ areas: [String]
  ) async throws {
    // The programme's authority and its recovery key exist: none is made, and none is written here.
    let pair = try session.requireAuthority(authority).unlock(session)
    let identity = ProgrammeIdentity(authority: pair.publicKey)
    let book = try merged(identity)
    let newest = book.hub()?.epoch ?? 0
    if let epoch, epoch <= newest {
      throw CommandFailure(.usage, "hub.epoch_low", ["minimum": "\(newest + 1)"])
    }
    let epoch = epoch ?? newest + 1
    let staging = try HubStaging(session.home)
    if try !staging.isWhole {
      _ = try make(staging, session, at: address, areas) { (pair, .lostHub(book, epoch: epoch)) }
    }
    try staging.settle()
    let found = try session.status(try session.control())
    guard try isWhatWasAsked(found), found.words == identity.words.description,
      found.hubEpoch == epoch
    else { throw StoreError(.homeExists, "") }
    try report(found, session)
  }

  /// What every named file knows of the authority's statements, the newest of each.
  private func merged(_ identity: ProgrammeIdentity) throws -> StatementBook {
    var book = StatementBook(programme: identity.id)
    for path in statements {
      let bytes = try InputFile.bytes(path, bytesMax: StatementFile.bytesMax)
      guard let file = try? StatementFile(bytes) else {
        throw CommandFailure(
          .inputInvalid, "hub.statements_malformed", ["path": path],
          next: "hub.statements_malformed.next")
      }
      guard file.programme == identity.id else {
        throw CommandFailure(
          .refused, "hub.statements_other", ["path": path], next: "hub.authority_other.next")
      }
      do { try file.merge(into: &book, programme: identity) } catch {
        throw CommandFailure(
          .checkFailed, "hub.statements_unsigned", ["path": path],
          next: "hub.statements_malformed.next")
      }
    }
    return book
  }

  private func report(_ found: HubReport, _ session: HubSession) throws {
    let words = found.words
    let values = [
      "home": session.home.path, "store": session.storeKey.path, "words": words,
      "programme": programme, "epoch": "\(found.hubEpoch)",
    ]
    try session.output.result(
      [
        "programme": .string(programme), "url": .string(found.url),
        "areas": .strings(found.areas), "words": .string(words),
        "home": .string(session.home.path), "store_key": .string(session.storeKey.path),
        "hub_epoch": .integer(found.hubEpoch),
      ],
      text: ["done", "words", "again", "invite", "store_key", "next"].map {
        session.catalog.text("hub.init.\($0)", values)
      })
  }
}
