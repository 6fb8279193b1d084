public import SyncCore

/// A key wrapped for one reader: `enc 32 ‖ ciphertext 48` (identity §6).
public struct Grant: Sendable, Hashable {
  public let bytes: [UInt8]

  public static let byteCount = 80

  /// Takes exactly 80 bytes; nil for any other number.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Array(bytes)
  }
}

/// What a grant is for. It goes into the key schedule, so that a grant serves nothing else.
public struct GrantPurpose: Sendable, Hashable {
  let info: [UInt8]

  /// The secret of one epoch of one origin.
  public static func epoch(
    programme: ProgrammeID, origin: OriginID, epoch: UInt64
  ) -> GrantPurpose {
    let number = withUnsafeBytes(of: epoch.bigEndian) { Array($0) }
    return GrantPurpose(
      info: Array("yarrow.grant/1\0".utf8) + programme.bytes + origin.bytes + number)
  }

  /// The key of one record.
  public static func record(programme: ProgrammeID, record: RecordID) -> GrantPurpose {
    GrantPurpose(info: Array("yarrow.record-grant/1\0".utf8) + programme.bytes + record.bytes)
  }

  func info(for reader: OpeningPublicKey) -> [UInt8] { info + reader.bytes }
}

/// Wraps 32 secret bytes for a reader; the seam at which a simulation puts something deterministic.
public protocol KeyWrapping: Sendable {
  /// - Parameters:
  ///   - key: 32 bytes.
  ///   - reader: whom it is for.
  ///   - info: programme, purpose and reader, which the wrapping is bound to (identity §6).
  /// - Returns: `enc 32 ‖ ciphertext 48`.
  func wrap(_ key: [UInt8], for reader: OpeningPublicKey, info: [UInt8]) -> Grant
  /// Nil when the grant was altered, or is for another reader or purpose.
  func unwrap(_ grant: Grant, with pair: OpeningKeyPair, info: [UInt8]) -> [UInt8]?
}

extension KeyWrapping {
  /// Grants an epoch of an origin to a reader whom the authority named, or to the recovery key.
  public func grant(
    _ secret: EpochSecret, programme: ProgrammeID, origin: OriginID, epoch: UInt64,
    to reader: OpeningPublicKey
  ) -> Grant {
    let purpose = GrantPurpose.epoch(programme: programme, origin: origin, epoch: epoch)
    return wrap(secret.stored, for: reader, info: purpose.info(for: reader))
  }

  /// Opens an epoch grant and checks the secret against what the origin committed to.
  public func open(
    _ grant: Grant, programme: ProgrammeID, origin: OriginID, epoch: UInt64,
    commitment: Digest32, with pair: OpeningKeyPair
  ) throws(IdentityError) -> EpochSecret {
    let purpose = GrantPurpose.epoch(programme: programme, origin: origin, epoch: epoch)
    guard let found = unwrap(grant, with: pair, info: purpose.info(for: pair.publicKey)),
      let secret = EpochSecret(found)
    else { throw IdentityError(.grantNotOpened) }
    guard
      secret.commitment(programme: programme, origin: origin, epoch: epoch) == commitment
    else { throw IdentityError(.grantCommitment) }
    return secret
  }

  /// Grants one record: the `key` of an `assign` entry.
  public func grant(
    _ key: RecordKey, programme: ProgrammeID, record: RecordID, to reader: OpeningPublicKey
  ) -> Grant {
    let purpose = GrantPurpose.record(programme: programme, record: record)
    return wrap(key.stored, for: reader, info: purpose.info(for: reader))
  }

  /// Opens a record grant. Nothing commits to a record's key: it is right if sections open with it.
  public func open(
    _ grant: Grant, programme: ProgrammeID, record: RecordID, with pair: OpeningKeyPair
  ) throws(IdentityError) -> RecordKey {
    let purpose = GrantPurpose.record(programme: programme, record: record)
    guard let found = unwrap(grant, with: pair, info: purpose.info(for: pair.publicKey)),
      let key = RecordKey(found)
    else { throw IdentityError(.grantNotOpened) }
    return key
  }
}
