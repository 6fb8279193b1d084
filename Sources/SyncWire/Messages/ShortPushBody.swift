public import SyncCore

/// What a short push carries behind its state, as it is sent.
///
/// It depends on the state in one thing only: whether an entry names the tree that the state names
/// (wire-format §3.1). So it can be made before the state is known.
public struct ShortPushBody: Sendable {
  /// At least one, consecutive in their log.
  public let entries: [Entry]
  let parts: MessageFrame.Parts
  private let shared: SeenCheckpoint?

  /// - Parameters:
  ///   - entries: consecutive in their log; nil when there is none.
  ///   - tree: that of the state; nil when it is not known yet.
  ///   - references: what the entries may refer to besides each other.
  public init?(
    _ entries: [Entry], sharing tree: (size: UInt64, root: Digest32)?,
    referring references: References
  ) {
    guard let first = entries.first else { return nil }
    var w = MessageWriter()
    w.clear.arrayHead(2)
    w.clear.encode(first.envelope.seq)
    w.clear.encode(UInt64(entries.count))
    Batch.write(entries, sharing: tree, referring: references, to: &w)
    self.entries = entries
    parts = w.parts
    shared = tree.map { SeenCheckpoint(size: $0.size, root: $0.root) }
  }

  /// Whether a message whose state names this tree is encoded like this.
  public func serves(_ tree: (size: UInt64, root: Digest32)) -> Bool {
    let tree = SeenCheckpoint(size: tree.size, root: tree.root)
    return shared == tree || !entries.contains { SeenCheckpoint($0.envelope) == tree }
  }
}
