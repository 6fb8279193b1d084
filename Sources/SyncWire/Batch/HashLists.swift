import SyncCore

/// The lists of hashes in writes (entry §1.3), where a push may have distances (wire-format §3.4).
///
/// Whatever is no write has no list here: it is refused when its section is read.
enum HashLists {
  /// A hash as it stands in a list: its head and 32 bytes.
  static let itemBytes = 34

  /// Where the lists of a write stand, each with its head.
  static func ranges(ofWrite write: ArraySlice<UInt8>) -> [Range<Int>] {
    guard let first = write.first, first >> 5 == 4 || first >> 5 == 5 else { return [] }
    var d = CBORDecoder(write)
    var ranges: [Range<Int>] = []
    do throws(CBORError) { try step(over: &d, into: &ranges) } catch { return [] }
    return ranges
  }

  /// Where the lists of all writes of a section stand.
  static func ranges(ofSection section: [UInt8]) -> [Range<Int>] {
    var d = CBORDecoder(section)
    var ranges: [Range<Int>] = []
    do throws(CBORError) {
      for _ in 0..<(try d.readMapHead(max: .max)) {
        _ = try d.skipItem()
        let major = try d.nextMajor()
        if major == 4 || major == 5 {
          ranges += Self.ranges(ofWrite: try d.skipItem())
        } else {
          _ = try d.skipItem()
        }
      }
    } catch { return [] }
    return ranges
  }

  private static func step(
    over d: inout CBORDecoder, into ranges: inout [Range<Int>]
  ) throws(CBORError) {
    func list(_ d: inout CBORDecoder) throws(CBORError) {
      let begin = d.position
      let isList = try d.nextMajor() == 4
      _ = try d.skipItem()
      if isList { ranges.append(begin..<d.position) }
    }
    guard try d.nextMajor() == 5 else {
      guard try d.readArrayHead(max: .max) == 2 else { return }
      _ = try d.skipItem()
      return try list(&d)
    }
    for _ in 0..<(try d.readMapHead(max: .max)) {
      let key = try d.skipItem()
      guard key.first == 1, try d.nextMajor() == 5 else {
        _ = try d.skipItem()
        continue
      }
      for _ in 0..<(try d.readMapHead(max: .max)) {
        _ = try d.skipItem()
        try list(&d)
      }
    }
  }

  /// The items of a list, and those of them that are distances.
  private static func items(
    of list: ArraySlice<UInt8>, _ body: (_ item: ArraySlice<UInt8>, _ distance: UInt64?) -> Void
  ) {
    var d = CBORDecoder(list)
    // The list was stepped over, so it can be read.
    guard let count = try? d.readArrayHead(max: .max) else { return }
    for _ in 0..<count {
      guard let item = try? d.skipItem() else { return }
      var inner = CBORDecoder(item)
      body(item, item[item.startIndex] >> 5 == 0 ? try? inner.readUInt() : nil)
    }
  }

  static func distances(in list: ArraySlice<UInt8>) -> [UInt64] {
    var found: [UInt64] = []
    items(of: list) { _, distance in if let distance { found.append(distance) } }
    return found
  }

  /// Bytes that a write gains when hashes stand where its distances do; 0 when it has none.
  static func growth(ofWrite write: ArraySlice<UInt8>) -> Int {
    ranges(ofWrite: write).reduce(0) { $0 + growth(of: write[$1]) }
  }

  static func growth(of list: ArraySlice<UInt8>) -> Int {
    var growth = 0
    items(of: list) { item, distance in
      if distance != nil { growth += itemBytes - item.count }
    }
    return growth
  }

  /// A section whose lists are what `list` makes of them.
  static func rewritten(
    _ section: [UInt8], _ list: (ArraySlice<UInt8>) -> [UInt8]?
  ) -> [UInt8] {
    var made: [UInt8] = []
    var copied = 0
    for range in ranges(ofSection: section) {
      guard let new = list(section[range]) else { continue }
      made += section[copied..<range.lowerBound]
      made += new
      copied = range.upperBound
    }
    return copied == 0 ? section : made + section[copied...]
  }

  /// A list with hashes in the places of its distances, in ascending order; nil when it has none.
  static func filled(
    _ list: ArraySlice<UInt8>, _ hash: (UInt64) -> EntryHash?
  ) -> [UInt8]? {
    var encoded: [ArraySlice<UInt8>] = []
    var isFilled = false
    items(of: list) { item, distance in
      guard let distance, let hash = hash(distance) else { return encoded.append(item) }
      var e = CBOREncoder(reservingCapacity: itemBytes)
      e.encode(hash)
      encoded.append(e.bytes[...])
      isFilled = true
    }
    guard isFilled else { return nil }
    encoded.sort { $0.lexicographicallyPrecedes($1) }
    var e = CBOREncoder(reservingCapacity: encoded.count * itemBytes + 3)
    e.arrayHead(encoded.count)
    for item in encoded { e.append(encoded: item) }
    return e.bytes
  }

  /// A list with distances, ascending, behind the hashes that stay; nil when all of them do.
  static func shortened(
    _ list: ArraySlice<UInt8>, _ distance: (EntryHash) -> UInt64?
  ) -> [UInt8]? {
    var staying: [ArraySlice<UInt8>] = []
    var distances: [UInt64] = []
    items(of: list) { item, _ in
      if item.count == itemBytes, let hash = EntryHash(item.dropFirst(2)),
        let distance = distance(hash)
      {
        distances.append(distance)
      } else {
        staying.append(item)
      }
    }
    guard !distances.isEmpty else { return nil }
    var e = CBOREncoder(reservingCapacity: (staying.count + 1) * itemBytes)
    e.arrayHead(staying.count + distances.count)
    for item in staying { e.append(encoded: item) }
    for distance in distances.sorted() { e.encode(distance) }
    return e.bytes
  }
}
