internal import Crypto

/// The one hash of the toolkit: SHA-256, always with a domain (hub-log §1).
///
/// `H(tag, parts…) = SHA-256(tag in UTF-8 ‖ 0x00 ‖ parts…)`. The tag keeps a digest that was made
/// for one purpose from being taken for another; no tag holds a zero byte. The parts are joined
/// without lengths, so a caller gives at most one part of variable length, the last, or writes the
/// length in front of it.
public enum Hash {
  /// Hashes the parts, in order, under a domain.
  ///
  ///     Hash.sha256(domain: "yarrow.release/1", programme, number, root)
  @inlinable
  public static func sha256<each Part: Hashed>(
    domain: StaticString, _ part: repeat each Part
  ) -> Digest32 {
    var hasher = DomainHasher(domain: domain)
    repeat (each part).update(&hasher)
    return hasher.finish()
  }

  /// Plain SHA-256 over bytes, for formats that others fixed.
  public static func sha256(_ bytes: some Hashed) -> Digest32 {
    var hasher = DomainHasher()
    bytes.update(&hasher)
    return hasher.finish()
  }
}

/// Something that can be a part of a domain-separated hash.
public protocol Hashed {
  func update(_ hasher: inout DomainHasher)
}

/// SHA-256 fed piece by piece, starting with a domain tag (hub-log §1).
///
/// Most of what is hashed is short and comes in pieces of a few bytes. They are joined first, since
/// handing the hash a piece costs more than copying it.
public struct DomainHasher {
  private var state = SHA256()
  private var joined: Joined = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  private var joinedCount = 0

  private typealias Joined = (
    UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
  )
  private static let joinedMax = MemoryLayout<Joined>.size

  /// Starts a hash with `tag ‖ 0x00`.
  public init(domain: StaticString) {
    update(UnsafeRawBufferPointer(start: domain.utf8Start, count: domain.utf8CodeUnitCount))
    update(0 as UInt8)
  }

  /// Starts a hash with nothing: only for formats that others fixed, such as RFC 6962.
  init() {}

  /// Adds memory as it is.
  public mutating func update(_ memory: UnsafeRawBufferPointer) {
    if memory.count > Self.joinedMax - joinedCount { passOn() }
    guard memory.count <= Self.joinedMax else { return state.update(bufferPointer: memory) }
    let count = joinedCount
    Swift.withUnsafeMutableBytes(of: &joined) {
      UnsafeMutableRawBufferPointer(rebasing: $0[count...]).copyMemory(from: memory)
    }
    joinedCount = count + memory.count
  }

  private mutating func passOn() {
    let count = joinedCount
    Swift.withUnsafeBytes(of: &joined) {
      state.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
    joinedCount = 0
  }

  /// Adds bytes, a digest, or a fixed-width integer in big-endian order.
  @inlinable
  public mutating func update(_ part: some Hashed) { part.update(&self) }

  /// The digest of everything added; asked once, at the end.
  ///
  /// Not consuming: the state would be copied for its last update, as somebody else's.
  public mutating func finish() -> Digest32 {
    passOn()
    return state.finalize().withUnsafeBytes { Digest32($0)! }
  }
}

extension Array: Hashed where Element == UInt8 {
  public func update(_ hasher: inout DomainHasher) { withUnsafeBytes { hasher.update($0) } }
}

extension ArraySlice: Hashed where Element == UInt8 {
  public func update(_ hasher: inout DomainHasher) { withUnsafeBytes { hasher.update($0) } }
}

extension Digest32: Hashed {
  public func update(_ hasher: inout DomainHasher) { withUnsafeBytes { hasher.update($0) } }
}

extension UInt8: Hashed {
  public func update(_ hasher: inout DomainHasher) {
    withUnsafeBytes(of: self) { hasher.update($0) }
  }
}

extension UInt32: Hashed {
  public func update(_ hasher: inout DomainHasher) {
    withUnsafeBytes(of: bigEndian) { hasher.update($0) }
  }
}

extension UInt64: Hashed {
  public func update(_ hasher: inout DomainHasher) {
    withUnsafeBytes(of: bigEndian) { hasher.update($0) }
  }
}
