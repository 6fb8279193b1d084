internal import Crypto
public import SyncCore

/// The 32 random bytes that an origin draws at the start of a sealing epoch (identity §5).
///
/// Equality takes constant time. The description says nothing.
public struct EpochSecret: Sendable, Equatable {
  private let key: SymmetricKey

  public static let byteCount = 32

  /// Takes exactly 32 bytes; nil for any other number.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    key = SymmetricKey(data: Array(bytes))
  }

  /// Draws 32 bytes from the generator.
  public init(using generator: inout some RandomNumberGenerator) {
    key = SymmetricKey(data: generator.bytes(Self.byteCount))
  }

  /// The secret bytes: for grants, and for storage inside an encrypted home.
  public var stored: [UInt8] { key.withUnsafeBytes { Array($0) } }

  /// What the `epoch` entry publishes, so that nobody can be shown another secret.
  public func commitment(programme: ProgrammeID, origin: OriginID, epoch: UInt64) -> Digest32 {
    Hash.sha256(domain: "yarrow.commitment/1", programme, origin, epoch, stored)
  }

  /// The key of a record that this origin created in this epoch.
  public func recordKey(_ record: RecordID, origin: OriginID) -> RecordKey {
    RecordKey(
      SealingKey.derive(
        key, salt: record, info: Array("yarrow.record/1\0".utf8) + origin.bytes))
  }
}

extension EpochSecret: CustomStringConvertible {
  public var description: String { "EpochSecret" }
}
