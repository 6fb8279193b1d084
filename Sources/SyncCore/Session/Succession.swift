/// A closed origin names the keys under which its device goes on (identity §9).
///
/// Both keys sign it: the old one says who follows, the new one that it wants to.
public struct Succession: Sendable, Hashable {
  public var programme: ProgrammeID
  /// The origin that is closed.
  public var origin: OriginID
  /// Where the device leaves its old log: what follows under the new origin chains to it.
  public var head: LogHead
  public var signingKey: [UInt8]
  public var openingKey: [UInt8]

  public init(
    programme: ProgrammeID, origin: OriginID, head: LogHead, signingKey: [UInt8],
    openingKey: [UInt8]
  ) {
    self.programme = programme
    self.origin = origin
    self.head = head
    self.signingKey = signingKey
    self.openingKey = openingKey
  }

  /// `"yarrow.successor/1" ‖ 0x00 ‖` an array of six.
  public var signedBytes: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 200)
    e.append(encoded: "yarrow.successor/1\0".utf8)
    e.arrayHead(6)
    e.encode(bytes: programme.bytes)
    e.encode(origin)
    e.encode(head.seq)
    e.encode(head.hash)
    e.encode(bytes: signingKey)
    e.encode(bytes: openingKey)
    return e.bytes
  }
}

/// What a device asks of its hub when its origin is closed (wire-format §2.9).
public struct SuccessionRequest: Sendable, Hashable {
  public var succession: Succession
  public var oldSignature: [UInt8]
  public var newSignature: [UInt8]

  public init(succession: Succession, oldSignature: [UInt8], newSignature: [UInt8]) {
    self.succession = succession
    self.oldSignature = oldSignature
    self.newSignature = newSignature
  }
}

/// Why an origin is closed: something under its own signature that this device did not make.
public enum ClosureProof: Sendable, Hashable {
  /// An entry that the device's log has not, or has another for.
  case entry(SegmentProof)
  /// Another device went on under keys of its own.
  case succession(Succession, signature: [UInt8])
}

/// What the hub answers (wire-format §2.10).
public enum SuccessionResponse: Sendable, Hashable {
  case member(Membership, token: [UInt8], hubEpoch: UInt64, proof: ClosureProof)
  case refused(Refusal)

  public enum Refusal: UInt8, Sendable, Hashable {
    case revoked = 1
    case recovering = 2
    /// Nothing shows that another wrote under this origin: it is not closed.
    case notClosed = 3
    /// The hub does not hold the head that the device names: it has to push first.
    case unknownHead = 4
    /// This origin has had as many successors as one may have.
    case tooMany = 5
  }
}
