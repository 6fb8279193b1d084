public import SyncCore

/// A tree head of the hub log, without signatures (C2SP tlog-checkpoint; hub-log §4.2).
///
///     yarrow/5f0c…/1
///     20852163
///     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
///
/// The checkpoint of an answer has a fourth line, `answer ` and a hash, so that the one signature
/// speaks for the answer too.
public struct Checkpoint: Sendable, Hashable {
  public let origin: LogOrigin
  /// Leaves in the log.
  public let size: UInt64
  /// RFC 6962 root of those leaves.
  public let root: Digest32
  /// Hash of the signed bytes of the answer that carries this checkpoint; nil for one by itself.
  public let answer: Digest32?

  /// - Throws: `malformed-size` beyond `MerkleTree.sizeMax`; `malformed-root` when the tree has no
  ///   leaves and yet another root than the empty tree's.
  public init(
    origin: LogOrigin, size: UInt64, root: Digest32, answer: Digest32? = nil
  ) throws(TransparencyLogError) {
    guard size <= MerkleTree.sizeMax else { throw TransparencyLogError(.malformedSize) }
    guard size > 0 || root == MerkleTree.emptyRoot else {
      throw TransparencyLogError(.malformedRoot)
    }
    self.origin = origin
    self.size = size
    self.root = root
    self.answer = answer
  }

  /// Reads the text of a checkpoint's note.
  ///
  /// - Throws: `malformed-checkpoint`, `malformed-origin`, `malformed-size`, `malformed-root`;
  ///   `unknown-extension` for another fourth line than an answer's, or a fifth, which
  ///   this version cannot judge.
  public init(body: [UInt8]) throws(TransparencyLogError) {
    let lines = body.split(separator: 0x0A, maxSplits: 5, omittingEmptySubsequences: false)
    guard body.last == 0x0A, lines.count >= 4, lines[..<3].allSatisfy({ !$0.isEmpty }) else {
      throw TransparencyLogError(.malformedCheckpoint)
    }
    var answer: Digest32?
    if lines.count > 4 {
      guard lines.count == 5, lines[3].starts(with: Self.answerWord),
        let bytes = Base64.decode(lines[3].dropFirst(Self.answerWord.count)),
        let hash = Digest32(bytes)
      else { throw TransparencyLogError(.unknownExtension) }
      answer = hash
    }
    let origin = try LogOrigin(String(decoding: lines[0], as: UTF8.self))
    guard let size = PlainDecimal.read(lines[1]) else {
      throw TransparencyLogError(.malformedSize)
    }
    guard let bytes = Base64.decode(lines[2]), let root = Digest32(bytes) else {
      throw TransparencyLogError(.malformedRoot)
    }
    try self.init(origin: origin, size: size, root: root, answer: answer)
  }

  private static let answerWord = Array("answer ".utf8)

  /// Whether both speak of the same tree of the same log.
  public func isSameTree(as other: Checkpoint) -> Bool {
    origin == other.origin && size == other.size && root == other.root
  }

  /// The text of the note: origin, size and root, a line each, and an answer's hash where it is one's.
  public var body: [UInt8] {
    var text = Array("\(origin.text)\n\(size)\n".utf8)
    text += Base64.encode(root.bytes)
    text.append(0x0A)
    if let answer {
      text += Self.answerWord + Base64.encode(answer.bytes)
      text.append(0x0A)
    }
    return text
  }
}
