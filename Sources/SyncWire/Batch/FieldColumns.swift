import SyncCore

/// The sections of many entries, field by field (wire-format §3.3).
enum FieldColumns {
  private struct Field {
    var key: ArraySlice<UInt8>
    var owners: [Int] = []
    var values: [ArraySlice<UInt8>] = []
  }

  /// - Parameter sections: canonical maps from text to writes, which entries hold already.
  static func write(_ sections: [ArraySlice<UInt8>], to e: inout CBOREncoder) {
    var positions: [ArraySlice<UInt8>: Int] = [:]
    var fields: [Field] = []
    for (owner, section) in sections.enumerated() {
      var d = CBORDecoder(section)
      guard let count = try? d.readMapHead(max: .max) else { continue }
      var previous: ArraySlice<UInt8>?
      for _ in 0..<count {
        guard let key = try? d.readKey(after: previous), let value = try? d.skipItem() else { break }
        previous = key
        let position = positions[key] ?? fields.count
        if position == fields.count {
          positions[key] = position
          fields.append(Field(key: key))
        }
        fields[position].owners.append(owner)
        fields[position].values.append(value)
      }
    }
    fields.sort { canonicallyPrecedes($0.key, $1.key) }
    e.arrayHead(4 * fields.count)
    for field in fields {
      e.append(encoded: field.key)
      if field.owners.count == sections.count {
        e.encodeNull()
      } else {
        var bits = [UInt8](repeating: 0, count: (sections.count + 7) / 8)
        for owner in field.owners { bits[owner / 8] |= 0x80 >> UInt8(owner % 8) }
        e.encode(bytes: bits)
      }
      if let times = TimeColumn(field.values) {
        e.encode(TimeColumn.form)
        times.encode(to: &e)
      } else if let sets = SetColumn(field.values) {
        e.encode(SetColumn.form)
        sets.encode(to: &e)
      } else {
        e.encode(0 as UInt64)
        Column.write(field.values, to: &e) { $1.append(encoded: $0) }
      }
    }
  }

  /// A section, rebuilt but for the distances in it.
  struct Section {
    var bytes: [UInt8]
    /// Whether there are any.
    var refers: Bool
  }

  /// Values of one field. A distance counts as the hash that takes its place.
  private struct Values {
    var bytes: [ArraySlice<UInt8>]
    /// What each of them gains by that; nil where no value refers.
    var growth: [Int]?
  }

  /// The sections of `count` entries, rebuilt.
  ///
  /// - Parameters:
  ///   - bytesLeft: what the rebuilt sections of the batch may still have together: one value can
  ///     stand for thousands.
  ///   - refers: whether values may have distances for hashes (wire-format §3.4).
  static func read(
    _ count: Int, bytesLeft: inout Int, refers: Bool, from r: inout MessageReader
  ) throws(WireError) -> [Section] {
    let items = try r.readCount(max: .max)
    guard items % 4 == 0, count > 0 || items == 0 else { throw WireError(.inconsistent) }
    var bodies = [[UInt8]](repeating: [], count: count)
    var sizes = [Int](repeating: 0, count: count)
    var referring = [Bool](repeating: false, count: count)
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(items / 4) {
      let key = try readName(after: previous, from: &r)
      previous = key
      let owners = try readOwners(count, from: &r)
      let values = try readValues(owners.count, bytesMax: bytesLeft, refers: refers, from: &r)
      if let growth = values.growth {
        for (owner, gained) in zip(owners, growth) where gained > 0 {
          referring[owner] = true
          bytesLeft -= gained
          guard bytesLeft >= 0 else { throw WireError(.malformed(.tooLong)) }
        }
      }
      for (owner, value) in zip(owners, values.bytes) {
        bytesLeft -= key.count + value.count
        guard bytesLeft >= 0 else { throw WireError(.malformed(.tooLong)) }
        bodies[owner] += key
        bodies[owner] += value
        sizes[owner] += 1
      }
    }
    var sections: [Section] = []
    sections.reserveCapacity(count)
    for (index, (body, size)) in zip(bodies, sizes).enumerated() {
      var e = CBOREncoder(reservingCapacity: body.count + 3)
      e.mapHead(size)
      bytesLeft -= e.bytes.count
      guard bytesLeft >= 0 else { throw WireError(.malformed(.tooLong)) }
      e.append(encoded: body)
      sections.append(Section(bytes: e.bytes, refers: referring[index]))
    }
    return sections
  }

  /// The encoding of a text that stands behind another one in canonical key order.
  static func readName(
    after previous: ArraySlice<UInt8>?, from r: inout MessageReader
  ) throws(WireError) -> ArraySlice<UInt8> {
    try r.read { d throws(CBORError) in
      guard try d.nextMajor() == 3 else { throw d.error(.unexpectedType) }
      let name = try d.skipItem()
      guard previous.map({ canonicallyPrecedes($0, name) }) ?? true else {
        throw d.error(.unsortedKeys)
      }
      return name
    }
  }

  private static func readOwners(
    _ count: Int, from r: inout MessageReader
  ) throws(WireError) -> [Int] {
    if r.readNullIfPresent() { return Array(0..<count) }
    let width = (count + 7) / 8
    let found = try r.readByteString()
    guard found.count == width else { throw WireError(.inconsistent) }
    let bits = Array(found)
    let owners = (0..<count).filter { bits[$0 / 8] & 0x80 >> UInt8($0 % 8) != 0 }
    let unused = count % 8 == 0 ? 0 : bits[width - 1] & 0xff >> UInt8(count % 8)
    guard unused == 0, !owners.isEmpty, owners.count < count else {
      throw WireError(.inconsistent)
    }
    return owners
  }

  private static func readValues(
    _ count: Int, bytesMax: Int, refers: Bool, from r: inout MessageReader
  ) throws(WireError) -> Values {
    switch try r.readUInt(max: SetColumn.form) {
    case TimeColumn.form: return Values(bytes: try TimeColumn.read(count, from: &r))
    case SetColumn.form:
      return Values(bytes: try SetColumn.read(count, bytesMax: bytesMax, from: &r))
    default:
      // Looked at once for each value that occurs, however many have it.
      var growth: [Int: Int] = [:]
      let values = try Column.read(count, from: &r) { d throws(CBORError) in
        let item = try d.skipItem()
        if refers {
          let gained = HashLists.growth(ofWrite: item)
          if gained > 0 { growth[item.startIndex] = gained }
        }
        return item
      }
      let gained = growth.isEmpty ? nil : values.map { growth[$0.startIndex] ?? 0 }
      return Values(bytes: values, growth: gained)
    }
  }
}
