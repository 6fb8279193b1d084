internal import SyncCore
package import SyncWire

/// A section coded by a table of fields (identity §5): which fields it has in bits, codes by their
/// positions, dates as days, and the rest, deflated where that is shorter.
///
/// A section can be coded by any table; names, codes and writes that it does not have are written out.
package struct TabledSection: Sendable {
  /// Codes that a field of a table has at most.
  package static let codesMax = 254
  private static let escapedCode: UInt8 = 255
  private static let escapedSet: UInt8 = 0
  private static let escapedDate: UInt16 = .max
  /// What is shorter hardly ever deflates.
  private static let deflatedMin = 12

  let tables: FieldTables

  static let shipped = TabledSection(tables: .shipped)

  init(tables: FieldTables) { self.tables = tables }

  /// By one table, whose number is 0.
  ///
  /// - Parameter fields: the lines of its fields, as a file of tables has them: name, kind and codes.
  package init(fields: String) { tables = FieldTables(Array(".\n\(fields)".utf8)) }

  // MARK: Writing

  /// The number of a table and what follows it; nil for what is no section, or has no name of one.
  ///
  /// - Parameter deflate: nil where the rest is to stand as it is.
  package func pack(
    _ content: [UInt8], with deflate: Deflate?
  ) -> (table: Int, packed: [UInt8])? {
    guard let pairs = Self.pairs(content),
      let (number, places) = tables.best(for: pairs.lazy.map(\.name))
    else { return nil }
    let fields = tables.tables[number].fields
    var writes = [ArraySlice<UInt8>?](repeating: nil, count: fields.count)
    for (place, pair) in zip(places, pairs) {
      if let place { writes[place] = pair.write }
    }
    var bits = [UInt8](repeating: 0, count: fields.count / 8 + 1)
    var short: [UInt8] = []
    var rest: [UInt8] = []
    for (index, field) in fields.enumerated() {
      guard let write = writes[index] else { continue }
      bits[(index + 1) / 8] |= 0x80 >> UInt8((index + 1) % 8)
      if !Self.shorten(write, field.kind, to: &short) { rest += write }
    }
    for (place, pair) in zip(places, pairs) where place == nil {
      rest += pair.name
      rest += pair.write
    }
    if let deflate, rest.count >= Self.deflatedMin {
      let deflated = deflate.compress(rest)
      if deflated.count < rest.count {
        bits[0] |= 0x80
        rest = deflated
      }
    }
    return (number, bits + short + rest)
  }

  private static func pairs(
    _ content: [UInt8]
  ) -> [(name: ArraySlice<UInt8>, write: ArraySlice<UInt8>)]? {
    var d = CBORDecoder(content)
    var pairs: [(name: ArraySlice<UInt8>, write: ArraySlice<UInt8>)] = []
    do throws(CBORError) {
      var previous: ArraySlice<UInt8>?
      for _ in 0..<(try d.readMapHead(max: .max)) {
        guard try d.nextMajor() == 3 else { return nil }
        let name = try d.readKey(after: previous)
        previous = name
        pairs.append((name, try d.skipItem()))
      }
      try d.expectEnd()
    } catch { return nil }
    return pairs
  }

  /// Writes what stands for a write in the short part; false when the write itself goes to the rest.
  private static func shorten(
    _ write: ArraySlice<UInt8>, _ kind: FieldTable.Kind, to short: inout [UInt8]
  ) -> Bool {
    switch kind {
    case .any: return false
    case .one(let codes):
      let position = codes.positions[EncodedText(write)]
      short.append(position ?? escapedCode)
      return position != nil
    case .set(let codes):
      guard let positions = positions(of: write, in: codes) else {
        short.append(escapedSet)
        return false
      }
      short.append(UInt8(positions.count))
      short += positions.sorted()
      return true
    case .date:
      let days = DateText.days(write)
      let value = days ?? escapedDate
      short += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
      return days != nil
    }
  }

  /// The positions of the codes of `{0: [code, …]}`.
  private static func positions(
    of write: ArraySlice<UInt8>, in codes: FieldTable.Codes
  ) -> [UInt8]? {
    guard write.starts(with: [0xa1, 0x00]) else { return nil }
    var d = CBORDecoder(write.dropFirst(2))
    guard let count = try? d.readArrayHead(max: codes.encoded.count), count > 0 else { return nil }
    var positions: [UInt8] = []
    var previous: ArraySlice<UInt8>?
    for _ in 0..<count {
      // Only what is read back as it stands: in canonical order, each once.
      guard let code = try? d.skipItem(), let position = codes.positions[EncodedText(code)],
        previous.map({ canonicallyPrecedes($0, code) }) ?? true
      else { return nil }
      previous = code
      positions.append(position)
    }
    return d.isAtEnd ? positions : nil
  }

  // MARK: Reading

  /// The section that was packed by a table.
  ///
  /// - Parameter limit: bytes that it may have.
  package func unpack(
    _ packed: ArraySlice<UInt8>, table number: Int, with inflate: Inflate, limit: Int
  ) throws(IdentityError) -> [UInt8] {
    guard number < tables.tables.count else { throw IdentityError(.sealedMethod) }
    let malformed = IdentityError(.sealedCompression)
    let fields = tables.tables[number].fields
    let width = fields.count / 8 + 1
    guard packed.count >= width else { throw malformed }
    let bits = Array(packed.prefix(width))
    func bit(_ place: Int) -> Bool { bits[place / 8] & 0x80 >> UInt8(place % 8) != 0 }
    guard !(fields.count + 1..<width * 8).contains(where: bit) else { throw malformed }
    var short = packed.dropFirst(width)
    func byte() throws(IdentityError) -> UInt8 {
      guard let byte = short.popFirst() else { throw malformed }
      return byte
    }
    // Short writes first: where the rest begins is known behind the last of them.
    var found: [(name: [UInt8], write: [UInt8]?)] = []
    for (index, field) in fields.enumerated() where bit(index + 1) {
      found.append((field.name, try Self.lengthened(field.kind, byte)))
    }
    var rest = Array(short)
    if bit(0) {
      do { rest = try inflate.expand(short, limit: limit) } catch {
        throw IdentityError(error.code == .tooLong ? .sectionTooLong : .sealedCompression)
      }
    }
    var pairs: [(name: ArraySlice<UInt8>, write: ArraySlice<UInt8>)] = []
    do throws(CBORError) {
      var d = CBORDecoder(rest)
      for field in found {
        if let write = field.write {
          pairs.append((field.name[...], write[...]))
        } else {
          pairs.append((field.name[...], try d.skipItem()))
        }
      }
      // Hardly ever asked for.
      lazy var known = Set(fields.map(\.name))
      var previous: ArraySlice<UInt8>?
      while !d.isAtEnd {
        guard try d.nextMajor() == 3 else { throw d.error(.unexpectedType) }
        let name = try d.readKey(after: previous)
        // What the table has is not written out.
        guard !known.contains(Array(name)) else { throw d.error(.duplicateKey) }
        previous = name
        pairs.append((name, try d.skipItem()))
      }
    } catch { throw malformed }
    return try Self.section(pairs, limit: limit)
  }

  private static func section(
    _ pairs: [(name: ArraySlice<UInt8>, write: ArraySlice<UInt8>)], limit: Int
  ) throws(IdentityError) -> [UInt8] {
    var e = CBOREncoder(reservingCapacity: 9)
    e.mapHead(pairs.count)
    let count = pairs.reduce(e.bytes.count) { $0 + $1.name.count + $1.write.count }
    guard count <= limit else { throw IdentityError(.sectionTooLong) }
    var section = e.bytes
    section.reserveCapacity(count)
    for pair in pairs.sorted(by: { canonicallyPrecedes($0.name, $1.name) }) {
      section += pair.name
      section += pair.write
    }
    return section
  }

  /// The write that the next bytes stand for; nil when it stands in the rest.
  private static func lengthened(
    _ kind: FieldTable.Kind, _ byte: () throws(IdentityError) -> UInt8
  ) throws(IdentityError) -> [UInt8]? {
    let malformed = IdentityError(.sealedCompression)
    switch kind {
    case .any: return nil
    case .one(let codes):
      let position = Int(try byte())
      if position == escapedCode { return nil }
      guard position < codes.encoded.count else { throw malformed }
      return codes.encoded[position]
    case .set(let codes):
      let count = try byte()
      if count == escapedSet { return nil }
      var chosen: [[UInt8]] = []
      var previous = -1
      for _ in 0..<count {
        let position = Int(try byte())
        guard position > previous, position < codes.encoded.count else { throw malformed }
        previous = position
        chosen.append(codes.encoded[position])
      }
      var e = CBOREncoder(reservingCapacity: 64)
      e.mapHead(1)
      e.encode(0 as UInt64)
      e.arrayHead(chosen.count)
      for code in chosen.sorted(by: { canonicallyPrecedes($0, $1) }) { e.append(encoded: code) }
      return e.bytes
    case .date:
      let days = UInt16(try byte()) << 8 | UInt16(try byte())
      return days == escapedDate ? nil : DateText.write(days)
    }
  }
}

/// `YYYY-MM-DD` from 1970 on, as it stands in a section, and days since then.
private enum DateText {
  /// Nil for every other write, also for a day that does not exist.
  static func days(_ write: ArraySlice<UInt8>) -> UInt16? {
    let bytes = Array(write)
    guard bytes.count == 11, bytes[0] == 0x6a, bytes[5] == 0x2d, bytes[8] == 0x2d else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard let year = number(1..<5), let month = number(6..<8), let day = number(9..<11),
      year >= 1970, (1...12).contains(month), day > 0
    else { return nil }
    let days = GregorianDay.number(year: year, month: month, day: day)
    guard days < Int64(UInt16.max), GregorianDay.date(days) == (year, month, day) else { return nil }
    return UInt16(days)
  }

  static func write(_ days: UInt16) -> [UInt8] {
    let (year, month, day) = GregorianDay.date(Int64(days))
    var write: [UInt8] = [0x6a]
    func put(_ value: Int64, _ width: Int) {
      var digits: [UInt8] = []
      var value = value
      for _ in 0..<width {
        digits.append(0x30 + UInt8(value % 10))
        value /= 10
      }
      write += digits.reversed()
    }
    put(year, 4)
    write.append(0x2d)
    put(month, 2)
    write.append(0x2d)
    put(day, 2)
    return write
  }
}
