/// A checkpoint as it travels: the note is rebuilt from it (hub-log §4.3).
public struct CheckpointSeal: Sendable, Hashable {
  /// What stands beside the hub's cosignature.
  public enum Kind: Sendable, Hashable {
    /// The log's own signature over three lines.
    case log(signature: [UInt8])
    /// A fourth line: the hash of the answer that carries the checkpoint. There is no signature but
    /// the cosignature.
    case answer(Digest32)
  }

  public var size: UInt64
  public var root: Digest32
  public var kind: Kind
  public var time: UInt64
  public var cosignature: [UInt8]

  public init(
    size: UInt64, root: Digest32, kind: Kind, time: UInt64, cosignature: [UInt8]
  ) {
    self.size = size
    self.root = root
    self.kind = kind
    self.time = time
    self.cosignature = cosignature
  }

  public static let byteCount = 176
  public static let answerByteCount = 144

  /// The binary form: ``byteCount`` bytes, or ``answerByteCount`` of an answer's.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(Self.byteCount)
    withUnsafeBytes(of: size.bigEndian) { out += $0 }
    root.withUnsafeBytes { out += $0 }
    switch kind {
    case .log(let signature): out += signature
    case .answer(let hash): hash.withUnsafeBytes { out += $0 }
    }
    withUnsafeBytes(of: time.bigEndian) { out += $0 }
    out += cosignature
    return out
  }

  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount || bytes.count == Self.answerByteCount,
      let root = Digest32(bytes[8..<40])
    else { return nil }
    let rest = bytes.count - 72
    let kind: Kind
    if bytes.count == Self.byteCount {
      kind = .log(signature: Array(bytes[40..<rest]))
    } else {
      guard let hash = Digest32(bytes[40..<rest]) else { return nil }
      kind = .answer(hash)
    }
    func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(
      size: number(0..<8), root: root, kind: kind, time: number(rest..<rest + 8),
      cosignature: Array(bytes[(rest + 8)...]))
  }
}
