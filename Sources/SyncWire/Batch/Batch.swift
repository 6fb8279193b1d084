package import SyncCore

/// Entries as they travel: what the receiver can derive is left out (wire-format §3).
package enum Batch {
  /// From so many entries on, columns take less than rows.
  package static let columnsMin = 8

  /// - Parameters:
  ///   - tree: the tree that the message says its sender knows; nil where it says none.
  ///   - references: what a push may refer to; nil in any other message.
  package static func write(
    _ entries: [Entry], sharing tree: (size: UInt64, root: Digest32)? = nil,
    referring references: References? = nil, to w: inout MessageWriter
  ) {
    let shared = tree.map { SeenCheckpoint(size: $0.size, root: $0.root) }
    let seen = SeenTable(of: entries, shared: shared, to: &w)
    if entries.count < columnsMin {
      Rows.write(entries, seen, references, to: &w)
    } else {
      Columns.write(entries, seen, references, to: &w)
    }
  }

  /// Reads a batch of so many entries, which were checked against the limit.
  ///
  /// - Parameter isPush: entries may refer to others of their log (wire-format §3.4).
  package static func read(
    _ count: Int, sharing tree: (size: UInt64, root: Digest32)? = nil, isPush: Bool = false,
    from r: inout MessageReader
  ) throws(WireError) -> [LooseEntry] {
    let shared = tree.flatMap {
      $0.size > 0 ? SeenCheckpoint(size: $0.size, root: $0.root) : nil
    }
    var seen = try SeenTable(from: &r, shared: shared)
    let entries =
      count < columnsMin
      ? try Rows.read(count, &seen, isPush: isPush, from: &r)
      : try Columns.read(count, &seen, isPush: isPush, from: &r)
    try seen.expectUsed()
    return entries
  }
}

extension EntryKind {
  init(from d: inout CBORDecoder) throws(CBORError) {
    guard let kind = EntryKind(rawValue: UInt8(try d.readUInt(max: 255))) else {
      throw d.error(.outOfRange)
    }
    self = kind
  }
}

extension SealedLength {
  init(_ content: SectionContent) {
    switch content {
    case .absent: self = .absent
    case .present(let bytes): self = .bytes(bytes.count)
    case .withheld: self = .withheld
    }
  }

  func encode(absent: (inout CBOREncoder) -> Void, to e: inout CBOREncoder) {
    switch self {
    case .absent: absent(&e)
    case .bytes(let count): e.encode(UInt64(count))
    case .withheld: e.encode(false)
    }
  }

  /// The bytes or the digest that the opaque part has for it.
  func content(from r: inout MessageReader) throws(WireError) -> SectionContent {
    switch self {
    case .absent: .absent
    case .withheld: .withheld(try r.rawDigest())
    case .bytes(let count): .present(Array(try r.raw(count)))
    }
  }
}

extension MessageWriter {
  /// The raw bytes of a section that is not in the clear part.
  mutating func raw(_ content: SectionContent) {
    switch content {
    case .absent: break
    case .present(let bytes): raw(bytes)
    case .withheld(let digest): raw(digest)
    }
  }
}
