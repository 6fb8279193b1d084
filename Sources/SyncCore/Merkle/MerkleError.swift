/// Why a tree, a range or a proof was refused (hub-log §2).
public struct MerkleError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong; the raw value is the word that the conformance vectors use.
  public enum Code: String, Sendable, CaseIterable {
    /// A range ends before it begins, or a node does not lie on its level.
    case invalidRange = "invalid-range"
    /// A size is beyond 2^63 - 1.
    case sizeTooLarge = "size-too-large"
    /// A range or proof has more or fewer hashes than its numbers ask for.
    case wrongHashCount = "wrong-hash-count"
    /// A range does not begin where the one before it ends.
    case notContiguous = "not-contiguous"
    /// A leaf lies outside the tree, or an older tree is larger than the newer one.
    case indexOutOfRange = "index-out-of-range"
    /// The store lacks a node that the tree has.
    case nodeMissing = "node-missing"
    /// The hashes lead to another root than the one that was signed.
    case rootMismatch = "root-mismatch"
    /// A tree has another size than the one that was signed.
    case sizeMismatch = "size-mismatch"
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .invalidRange: "not a range of leaves; ask the sender for it again"
    case .sizeTooLarge: "a log cannot hold that many leaves; stop trusting the sender"
    case .wrongHashCount: "the number of hashes does not fit the range; ask for the proof again"
    case .notContiguous: "the range does not continue the tree; ask from where the tree ends"
    case .indexOutOfRange: "the tree has no such leaf; ask for a proof in a tree that does"
    case .nodeMissing: "a node of the tree is missing from the store; rebuild it from the leaves"
    case .rootMismatch: "the hashes do not lead to the signed root; keep both as evidence"
    case .sizeMismatch: "the tree has another size than the signed one; ask for the rest"
    }
  }
}
