public import SyncCore

/// One operational field that a release shows, with what it takes to check it (committee §3.2).
public struct ReleasedField: Sendable, Hashable {
  public let name: String
  public let write: FieldWrite
  /// `name ‖ write`, as encoded in the section.
  public let pair: [UInt8]
  public let salt: Salt

  /// Longest text and code that is shown, in bytes.
  public static let textBytesMax = 64

  /// Reads a field; nil when a release must not show it, whatever the policy lists (committee §3.2):
  /// bytes, text that is long or not plain ASCII, so that no free text and nothing that steers
  /// a terminal passes.
  ///
  /// - Throws: `malformed` when the pair is not canonical.
  public init?(pair: [UInt8], salt: Salt, limits: Limits = .specified) throws(ReleaseError) {
    do {
      var d = CBORDecoder(pair)
      name = try d.readText(max: limits.nameBytesMax * 3)
      write = try d.readFieldWrite(limits: limits)
      try d.expectEnd()
    } catch { throw ReleaseError(.malformed(error.code)) }
    self.pair = pair
    self.salt = salt
    guard DisclosurePolicy.isName(name), Self.isShowable(write) else { return nil }
  }

  public var digest: Digest32 { Entry.fieldDigest(salt: salt, pair: pair[...]) }

  /// The value as text; nil when the answer was taken away (committee §5.3).
  public var text: String? {
    switch write {
    case .assign(.text(let text), _): text
    case .assign(.integer(let number), _): "\(number)"
    case .assign(.boolean(let flag), _): flag ? "true" : "false"
    case .assign(.decimal(let number), _): number.description
    case .assign(.cleared, _), .assign(.bytes, _): nil
    case .set(let add, let remove):
      (add.map { "+\($0)" } + remove.keys.sorted(by: canonicalKeyOrder).map { "-\($0)" })
        .joined(separator: " ")
    }
  }

  /// The entries whose writes this one replaces.
  var replacing: [EntryHash] {
    if case .assign(_, let replacing) = write { replacing } else { [] }
  }

  private static func isShowable(_ write: FieldWrite) -> Bool {
    switch write {
    case .assign(.text(let text), _): isPlain(text)
    case .assign(.bytes, _): false
    case .assign: true
    case .set(let add, let remove): add.allSatisfy(isPlain) && remove.keys.allSatisfy(isPlain)
    }
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= textBytesMax && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
  }
}
