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

  /// The sections of `count` entries, rebuilt.
  ///
  /// - Parameter bytesLeft: what the rebuilt sections of the batch may still have together: one
  ///   value can stand for thousands.
  static func read(
    _ count: Int, bytesLeft: inout Int, from r: inout MessageReader
  ) throws(WireError) -> [[UInt8]] {
    let items = try r.readCount(max: .max)
    guard items % 4 == 0, count > 0 || items == 0 else { throw WireError(.inconsistent) }
    var bodies = [[UInt8]](repeating: [], count: count)
    var sizes = [Int](repeating: 0, count: count)
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(items / 4) {
      let key = try readName(after: previous, from: &r)
      previous = key
      let owners = try readOwners(count, from: &r)
      let values = try readValues(owners.count, bytesMax: bytesLeft, from: &r)
      for (owner, value) in zip(owners, values) {
        bytesLeft -= key.count + value.count
        guard bytesLeft >= 0 else { throw WireError(.malformed(.tooLong)) }
        bodies[owner] += key
        bodies[owner] += value
        sizes[owner] += 1
      }
    }
    var sections: [[UInt8]] = []
    sections.reserveCapacity(count)
    for (body, size) in zip(bodies, sizes) {
      var e = CBOREncoder(reservingCapacity: body.count + 3)
      e.mapHead(size)
      bytesLeft -= e.bytes.count
      guard bytesLeft >= 0 else { throw WireError(.malformed(.tooLong)) }
      e.append(encoded: body)
      sections.append(e.bytes)
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
    _ count: Int, bytesMax: Int, from r: inout MessageReader
  ) throws(WireError) -> [ArraySlice<UInt8>] {
    switch try r.readUInt(max: SetColumn.form) {
    case TimeColumn.form: try TimeColumn.read(count, from: &r)
    case SetColumn.form: try SetColumn.read(count, bytesMax: bytesMax, from: &r)
    default: try Column.read(count, from: &r) { d throws(CBORError) in try d.skipItem() }
    }
  }
}
