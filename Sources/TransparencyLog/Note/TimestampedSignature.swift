/// What a cosignature line carries: the time and an Ed25519 signature (C2SP tlog-cosignature;
/// hub-log §3.3).
///
/// It says: at this time, as its holder claims, this was the largest consistent tree of this log
/// that the holder had seen.
public struct TimestampedSignature: Sendable, Hashable {
  /// Seconds since 1970, at most 2^63 - 1.
  public let time: UInt64
  /// Ed25519, 64 bytes.
  public let signature: [UInt8]

  public static let byteCount = 72
  /// Largest time that a cosignature may carry.
  public static let timeMax: UInt64 = 1 << 63 - 1

  /// - Throws: `time-out-of-range`; `invalid-signature` for a signature that has not 64 bytes.
  public init(time: UInt64, signature: [UInt8]) throws(TransparencyLogError) {
    guard time <= Self.timeMax else { throw TransparencyLogError(.timeOutOfRange) }
    guard signature.count == 64 else { throw TransparencyLogError(.invalidSignature) }
    self.time = time
    self.signature = signature
  }

  /// Reads the time in eight bytes, big-endian, and the signature in 64.
  ///
  /// - Throws: `time-out-of-range`; `invalid-signature` for any other number of bytes.
  public init(bytes: some Collection<UInt8>) throws(TransparencyLogError) {
    guard bytes.count == Self.byteCount else { throw TransparencyLogError(.invalidSignature) }
    try self.init(
      time: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, signature: Array(bytes.dropFirst(8))
    )
  }

  public var bytes: [UInt8] { withUnsafeBytes(of: time.bigEndian, Array.init) + signature }

  /// The bytes that a cosigner signs.
  static func message(body: [UInt8], time: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(time)\n".utf8) + body
  }

  /// - Throws: `invalid-signature`.
  func verify(key: NoteVerifierKey, body: [UInt8]) throws(TransparencyLogError) {
    guard key.isValid(signature, for: Self.message(body: body, time: time)) else {
      throw TransparencyLogError(.invalidSignature)
    }
  }
}
