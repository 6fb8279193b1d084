internal import SyncWire

/// A section before padding: a method byte and the content as that method packs it (identity §5).
enum PackedSection {
  private static let stored: UInt8 = 0
  private static let deflated: UInt8 = 1
  /// The method of the first table of fields; the others follow.
  private static let tabled: UInt8 = 2

  /// Chooses a table of fields where there is one that knows the section, else deflate unless it is
  /// longer.
  static func pack(_ content: [UInt8], with deflate: Deflate) -> [UInt8] {
    if let (table, packed) = TabledSection.shipped.pack(content, with: deflate) {
      return [tabled + UInt8(table)] + packed
    }
    let compressed = deflate.compress(content)
    let isShorter = compressed.count <= content.count
    let chosen = isShorter ? compressed : content
    var packed: [UInt8] = []
    packed.reserveCapacity(Padding.length(for: chosen.count + 2))
    packed.append(isShorter ? deflated : stored)
    packed.append(contentsOf: chosen)
    return packed
  }

  /// Takes each method, whichever a better or worse compressor than ours would have chosen.
  static func unpack(
    _ packed: ArraySlice<UInt8>, with inflate: Inflate, limit: Int
  ) throws(IdentityError) -> [UInt8] {
    switch packed.first {
    case let method? where method >= tabled:
      return try TabledSection.shipped.unpack(
        packed.dropFirst(), table: Int(method - tabled), with: inflate, limit: limit)
    case stored: return Array(packed.dropFirst())
    case deflated:
      do { return try inflate.expand(packed.dropFirst(), limit: limit) } catch {
        throw IdentityError(error.code == .tooLong ? .sectionTooLong : .sealedCompression)
      }
    default: throw IdentityError(.sealedMethod)
    }
  }
}
