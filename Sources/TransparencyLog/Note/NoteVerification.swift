/// A signature of a known key, found valid (hub-log §3.4).
public struct VerifiedSignature: Sendable, Hashable {
  public let key: NoteVerifierKey
  /// Seconds since 1970, as the key's holder claims; only cosignatures carry one.
  public let time: UInt64?
}

extension SignedNote {
  /// Checks every signature that a known key claims, and ignores all others.
  ///
  /// - Returns: one element per known key that signed, in the order of `keys`. Where a key
  ///   cosigned more than once, all must be valid and the earliest time counts.
  /// - Throws: `invalid-signature` when any signature with a known name and id is false,
  ///   `time-out-of-range`, `no-known-signature`.
  public func verify(
    with keys: [NoteVerifierKey]
  ) throws(TransparencyLogError) -> [VerifiedSignature] {
    var verified: [VerifiedSignature] = []
    for key in keys where !verified.contains(where: { $0.key == key }) {
      var found = false
      var earliest: UInt64?
      for signature in signatures where signature.keyID == key.keyID && signature.name == key.name {
        let time = try signature.verify(key: key, body: body)
        found = true
        if let time { earliest = min(time, earliest ?? time) }
      }
      if found { verified.append(VerifiedSignature(key: key, time: earliest)) }
    }
    guard !verified.isEmpty else { throw TransparencyLogError(.noKnownSignature) }
    return verified
  }
}

extension NoteSignature {
  /// Checks this line against the key whose name and id it carries; the time of a cosignature.
  fileprivate func verify(
    key: NoteVerifierKey, body: [UInt8]
  ) throws(TransparencyLogError) -> UInt64? {
    switch key.type {
    case .ed25519:
      guard key.isValid(bytes, for: body) else { throw TransparencyLogError(.invalidSignature) }
      return nil
    case .cosignature:
      let cosignature = try TimestampedSignature(bytes: bytes)
      try cosignature.verify(key: key, body: body)
      return cosignature.time
    }
  }
}
