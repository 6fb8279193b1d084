internal import SyncCore

/// An Ed25519 signature: 64 bytes, held inline (identity §1).
public struct Signature: Sendable, Hashable {
  private let r: Digest32
  private let s: Digest32

  public static let byteCount = 64

  /// Takes exactly 64 bytes; nil for any other number. Says nothing about validity.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount, let r = Digest32(bytes.prefix(32)),
      let s = Digest32(bytes.suffix(32))
    else { return nil }
    self.r = r
    self.s = s
  }

  public var bytes: [UInt8] { r.bytes + s.bytes }
}
