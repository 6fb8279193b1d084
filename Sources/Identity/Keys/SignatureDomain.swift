/// What a signature is for (identity §1). The tag keeps one from being taken for another.
public enum SignatureDomain: String, Sendable, Hashable, CaseIterable {
  case segment = "yarrow.segment/1"
  case message = "yarrow.message/1"
  case statement = "yarrow.statement/1"
  case successor = "yarrow.successor/1"

  /// The tag as it is signed: UTF-8 and a zero byte.
  public var prefix: [UInt8] { Array(rawValue.utf8) + [0] }
}

/// The bytes that a signature is made over: a domain's tag, a zero byte, the content.
///
/// Only this type can be signed, so nothing is signed without its domain.
public struct SignedContent: Sendable, Hashable {
  public let domain: SignatureDomain
  public let bytes: [UInt8]

  /// Puts the tag in front of the parts, one after the other.
  public init(_ domain: SignatureDomain, _ parts: [UInt8]...) {
    self.domain = domain
    var bytes = domain.prefix
    bytes.reserveCapacity(bytes.count + parts.reduce(0) { $0 + $1.count })
    for part in parts { bytes.append(contentsOf: part) }
    self.bytes = bytes
  }

  /// Takes bytes that begin with the tag already; nil when they don't.
  public init?(_ domain: SignatureDomain, tagged bytes: [UInt8]) {
    guard bytes.starts(with: domain.prefix) else { return nil }
    self.domain = domain
    self.bytes = bytes
  }
}
