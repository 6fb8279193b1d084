internal import Crypto
public import SyncCore

/// What a hub gives a device so that it can prove its message is fresh (identity §7).
///
/// A token is `window ‖ first 12 bytes of HMAC-SHA256`, and the hub stores nothing to check it.
public struct HubToken: Sendable, Hashable {
  public let bytes: Bytes16

  public init(_ bytes: Bytes16) { self.bytes = bytes }

  /// How long a window lasts by the hub's clock, in seconds.
  public static let windowSeconds: Int64 = 90 * 86_400

  /// The window of a time in seconds since 1970; the first one for times before.
  public static func window(at seconds: Int64) -> UInt32 {
    UInt32(clamping: max(0, seconds) / windowSeconds)
  }

  /// What a hub makes of a token.
  public enum Verdict: Sendable, Hashable {
    case fresh
    /// The hub made it, too long ago, or its clock was set back. It costs one more exchange.
    case stale
    /// Not made by this hub for this origin.
    case foreign
  }

  /// The hub's secret for its tokens: 32 bytes.
  public struct Secret: Sendable {
    private let key: SymmetricKey

    /// Takes 32 bytes; nil for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
      guard bytes.count == 32 else { return nil }
      key = SymmetricKey(data: Array(bytes))
    }

    public init(using generator: inout some RandomNumberGenerator) {
      key = SymmetricKey(data: generator.bytes(32))
    }

    /// The 32 bytes, for storage inside the hub's encrypted file.
    public var stored: [UInt8] { key.withUnsafeBytes { Array($0) } }

    /// Makes the token of an origin for a window.
    public func token(for origin: OriginID, window: UInt32) -> HubToken {
      var content = Array("yarrow.token/1\0".utf8)
      content.append(contentsOf: origin.bytes)
      let windowBytes = withUnsafeBytes(of: window.bigEndian) { Array($0) }
      content.append(contentsOf: windowBytes)
      let code = HMAC<SHA256>.authenticationCode(for: content, using: key)
      guard let bytes = Bytes16(windowBytes + code.withUnsafeBytes { Array($0.prefix(12)) }) else {
        preconditionFailure("four bytes and twelve are sixteen")
      }
      return HubToken(bytes)
    }

    /// Checks a token against the hub's present window, in constant time.
    public func check(_ token: HubToken, from origin: OriginID, window: UInt32) -> Verdict {
      let claimed = UInt32(token.bytes.high >> 32)
      let expected = self.token(for: origin, window: claimed)
      let difference =
        (token.bytes.high ^ expected.bytes.high) | (token.bytes.low ^ expected.bytes.low)
      guard difference == 0 else { return .foreign }
      return claimed == window || (window > 0 && claimed == window - 1) ? .fresh : .stale
    }
  }
}
