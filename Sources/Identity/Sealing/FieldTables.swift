internal import SyncCore
internal import SyncWire

/// The fields of one class of one form, by which a section is coded (identity §5).
struct FieldTable: Sendable {
  enum Kind: Sendable {
    /// One code of a list.
    case one(Codes)
    /// Codes added to a set.
    case set(Codes)
    case date
    case any
  }

  struct Codes: Sendable {
    /// Encoded, by position.
    let encoded: [[UInt8]]
    let positions: [[UInt8]: UInt8]

    init(_ codes: [Substring]) {
      encoded = codes.map { FieldTable.encoded($0) }
      positions = Dictionary(
        uniqueKeysWithValues: encoded.enumerated().map { ($1, UInt8($0)) })
    }
  }

  struct Field: Sendable {
    /// Encoded.
    let name: [UInt8]
    let kind: Kind
  }

  fileprivate(set) var fields: [Field] = []

  fileprivate static func encoded(_ text: Substring) -> [UInt8] {
    var e = CBOREncoder(reservingCapacity: text.utf8.count + 2)
    e.encode(String(text))
    return e.bytes
  }
}

/// All tables, in the order that gives their numbers.
struct FieldTables: Sendable {
  static let shipped = FieldTables(PresetTables.v1)

  private(set) var tables: [FieldTable] = []
  /// Where a name, encoded, stands.
  private(set) var places: [[UInt8]: [(table: Int, field: Int)]] = [:]

  /// Reads the file that ships, whose layout identity §5 gives.
  init(_ file: [UInt8]) {
    for line in String(decoding: file, as: UTF8.self).split(separator: "\n") {
      guard line.hasPrefix(" ") else {
        tables.append(FieldTable())
        continue
      }
      let words = line.split(separator: " ")
      let codes = words.dropFirst(2)
      let kind: FieldTable.Kind =
        switch words[1] {
        case "one": .one(.init(Array(codes)))
        case "set": .set(.init(Array(codes)))
        case "date": .date
        default: .any
        }
      let name = FieldTable.encoded(words[0])
      let table = tables.count - 1
      places[name, default: []].append((table, tables[table].fields.count))
      tables[table].fields.append(.init(name: name, kind: kind))
    }
  }

  /// The table that has most of these names, of several the one with the fewest fields; nil where
  /// none has any.
  func best(for names: [ArraySlice<UInt8>]) -> Int? {
    var counts = [Int](repeating: 0, count: tables.count)
    for name in names {
      for place in places[Array(name)] ?? [] { counts[place.table] += 1 }
    }
    guard let most = counts.max(), most > 0 else { return nil }
    return counts.indices.filter { counts[$0] == most }
      .min { tables[$0].fields.count < tables[$1].fields.count }
  }
}
