/// The name of a stream: an append-only list of deliveries to a scope (sync §3).
public struct StreamName: Sendable, Hashable, Comparable {
  public let text: String

  public init(_ text: String) { self.text = text }

  /// Authority statements; everybody pulls it.
  public static let programme = StreamName("programme")
  /// What others wrote in records that this device created or was assigned.
  public static let own = StreamName("own")
  /// Epochs and grants of every origin; case workers pull it.
  public static let grants = StreamName("grants")
  /// All entries of one area; its case workers pull it.
  public static func area(_ code: String) -> StreamName { StreamName(areaPrefix + code) }
  /// Whether this is the stream of an area.
  public var isArea: Bool { text.hasPrefix(Self.areaPrefix) }

  private static let areaPrefix = "area/"

  public static func < (a: Self, b: Self) -> Bool { canonicalKeyOrder(a.text, b.text) }
}

/// A position in a stream: how many deliveries, and their running hash (sync §3).
///
/// A count alone is never trusted: two histories can have the same length.
public struct StreamPosition: Sendable, Hashable {
  public var count: UInt64
  public var hash: Digest32

  public static let start = StreamPosition(count: 0, hash: .zero)

  public init(count: UInt64, hash: Digest32) {
    self.count = count
    self.hash = hash
  }

  /// `hash' = H("yarrow.stream/1", hash, item kind byte, item)`.
  public mutating func append(_ item: StreamItem) {
    count += 1
    hash =
      switch item {
      case .entry(let entry): Hash.sha256(domain: "yarrow.stream/1", hash, 1 as UInt8, entry)
      case .moved(let record): Hash.sha256(domain: "yarrow.stream/1", hash, 2 as UInt8, record)
      case .statement(let leaf): Hash.sha256(domain: "yarrow.stream/1", hash, 3 as UInt8, leaf)
      }
  }
}

/// What a stream lists (sync §3).
public enum StreamItem: Sendable, Hashable {
  case entry(EntryHash)
  /// The record left this area: its later entries are delivered elsewhere.
  case moved(RecordID)
  /// An authority statement, by its leaf hash (identity §3).
  case statement(Digest32)
}

/// A position in an origin's log: the seq and hash of its newest entry; zero for an empty log.
public struct LogHead: Sendable, Hashable {
  public var seq: UInt64
  public var hash: EntryHash

  public static let empty = LogHead(seq: 0, hash: .zero)

  public init(seq: UInt64, hash: EntryHash) {
    self.seq = seq
    self.hash = hash
  }
}
