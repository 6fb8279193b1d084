import Console
import Crypto
import Glibc
import HubServer
import Identity
import ReplicaStore
import SyncCore

/// The authority's key file, and where it is. The key is used in this process only; the hub gets
/// signed statements.
struct AuthorityKey {
  let path: String

  /// `--authority`, else the home's `authority.key` while that is there; nil without either.
  init?(option: String?, home: HubHome) throws {
    if let option {
      path = option
    } else if try Presence.of(home.authorityKeyPath) {
      path = home.authorityKeyPath
    } else {
      return nil
    }
  }

  /// Asks for the passphrase and opens the file.
  ///
  /// - Throws: 66 without the file, 77 for a wrong passphrase.
  func unlock(_ session: HubSession) throws -> SigningKeyPair {
    guard try Presence.isReadable(path) else {
      throw CommandFailure(.notFound, "failure.file_missing", ["path": path])
    }
    let passphrase = try session.existingPassphrase()
    var bytes = passphrase.withBytes { Array($0) }
    defer { bytes.wipe() }
    let secret = try KeyFile.unlock(path, passphrase: bytes, purpose: .authority)
    guard let pair = secret.withUnsafeBytes({ SigningKeyPair(seed: Array($0)) }) else {
      throw CommandFailure(.inputInvalid, "hub.authority_unusable", ["path": path])
    }
    return pair
  }

  /// Opens the file and makes sure that this is the key of the hub's programme.
  func unlock(_ session: HubSession, for report: HubReport) throws -> SigningKeyPair {
    let pair = try unlock(session)
    guard ProgrammeIdentity(authority: pair.publicKey).words.description == report.words else {
      throw CommandFailure(
        .refused, "hub.authority_other", ["path": path], next: "hub.authority_other.next")
    }
    return pair
  }
}

extension HubSession {
  func authority(_ option: AuthorityOption) throws -> AuthorityKey? {
    try AuthorityKey(option: option.authority, home: home)
  }

  /// - Throws: 77 when the key is not here and none was named.
  func requireAuthority(_ option: AuthorityOption) throws -> AuthorityKey {
    guard let key = try authority(option) else {
      throw CommandFailure(
        .refused, "hub.authority_needed", ["path": home.authorityKeyPath],
        next: "hub.authority_needed.next")
    }
    return key
  }

  /// Signs a statement here and hands it to the hub; durable on return.
  func submit(
    _ statement: Identity.Statement, signedBy authority: SigningKeyPair, to control: HubControl
  ) throws {
    try submit(SignedStatement(statement, signedBy: authority).encoded, to: control)
  }

  func submit(_ encoded: [UInt8], to control: HubControl) throws {
    _ = try control.send(.addStatement(hex: encoded.hex))
  }
}
