internal import SyncCore

/// The encodings of points of small order, canonical or not, on the two forms of Curve25519.
enum SmallOrderPoint {
  /// Whether an Ed25519 public key has order 1, 2, 4 or 8. The sign bit doesn't change the order.
  static func isEdwards(_ key: Digest32) -> Bool { edwards.contains(masked(key)) }

  /// Whether an X25519 public key gives the same shared secret, zero, with every private key.
  static func isMontgomery(_ key: Digest32) -> Bool { montgomery.contains(masked(key)) }

  private static func masked(_ key: Digest32) -> [UInt8] {
    var bytes = key.bytes
    bytes[31] &= 0x7f
    return bytes
  }

  /// y-coordinates modulo 2^255: 0, 1, the two of order 8, p − 1, p, p + 1.
  private static let edwards: Set<[UInt8]> = decoded([
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])

  /// u-coordinates modulo 2^255: 0, 1, the two of order 8, p − 1, p, p + 1.
  private static let montgomery: Set<[UInt8]> = decoded([
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])

  private static func decoded(_ keys: [String]) -> Set<[UInt8]> {
    Set(keys.compactMap { [UInt8](hex: $0) })
  }
}
