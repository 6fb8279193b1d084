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
    let positions: [EncodedText: UInt8]

    init(_ codes: [Substring]) {
      encoded = codes.map { FieldTable.encoded($0) }
      positions = Dictionary(
        uniqueKeysWithValues: encoded.enumerated().map { (EncodedText($1[...]), UInt8($0)) })
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

/// An encoded name or code as a key: of a slice, without a copy, and hashed whole.
struct EncodedText: Hashable, Sendable {
  let bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// All tables, in the order that gives their numbers.
struct FieldTables: Sendable {
  static let shipped = FieldTables(PresetTables.v1)

  private(set) var tables: [FieldTable] = []
  /// Where a name, encoded, stands.
  private(set) var places: [EncodedText: [(table: Int, field: Int)]] = [:]

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
      places[EncodedText(name[...]), default: []].append((table, tables[table].fields.count))
      tables[table].fields.append(.init(name: name, kind: kind))
    }
  }

  /// The table that has most of these names, of several the one with the fewest fields, and for each
  /// name the field that it is there; nil where no table has any.
  func best(for names: some Collection<ArraySlice<UInt8>>) -> (table: Int, fields: [Int?])? {
    var counts = [Int](repeating: 0, count: tables.count)
    let found = names.map { places[EncodedText($0)] ?? [] }
    for places in found {
      for place in places { counts[place.table] += 1 }
    }
    guard let most = counts.max(), most > 0 else { return nil }
    let best = counts.indices.lazy.filter { counts[$0] == most }
      .min { tables[$0].fields.count < tables[$1].fields.count }
    return best.map { table in
      (table, found.map { places in places.first { $0.table == table }?.field })
    }
  }
}
