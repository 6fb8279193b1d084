import SyncCore

/// Additions of codes to sets as bits (wire-format §3.3, form 2).
struct SetColumn {
  static let form: UInt64 = 2
  private static let codesMax = 64

  /// Encoded codes in canonical key order.
  private var codes: [ArraySlice<UInt8>] = []
  private var sets: [[ArraySlice<UInt8>]] = []

  /// Nil when not every value adds codes and removes none, or there are too many codes.
  init?(_ values: [ArraySlice<UInt8>]) {
    var distinct: Set<ArraySlice<UInt8>> = []
    sets.reserveCapacity(values.count)
    for value in values {
      guard let set = Self.codes(of: value) else { return nil }
      distinct.formUnion(set)
      guard distinct.count <= Self.codesMax else { return nil }
      sets.append(set)
    }
    codes = distinct.sorted { canonicallyPrecedes($0, $1) }
  }

  /// The encoded codes of `{0: [code, …]}`, in their order.
  private static func codes(of value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
    guard value.starts(with: [0xa1, 0x00]) else { return nil }
    var d = CBORDecoder(value.dropFirst(2))
    guard let count = try? d.readArrayHead(max: codesMax), count > 0 else { return nil }
    var codes: [ArraySlice<UInt8>] = []
    for _ in 0..<count {
      guard (try? d.nextMajor()) == 3, let code = try? d.skipItem(),
        codes.last.map({ canonicallyPrecedes($0, code) }) ?? true
      else { return nil }
      codes.append(code)
    }
    return d.isAtEnd ? codes : nil
  }

  func encode(to e: inout CBOREncoder) {
    e.arrayHead(2)
    e.arrayHead(codes.count)
    for code in codes { e.append(encoded: code) }
    let width = (codes.count + 7) / 8
    var bits: [ArraySlice<UInt8>: UInt64] = [:]
    for (place, code) in codes.enumerated() { bits[code] = Self.bit(place, width: width) }
    e.encode(
      bytes: Bytes.planes(
        sets.map { $0.reduce(0) { $0 | (bits[$1] ?? 0) } }, width: width))
  }

  /// The first code is the most significant bit of the first byte.
  private static func bit(_ place: Int, width: Int) -> UInt64 { 1 << UInt64(8 * width - 1 - place) }

  /// - Parameter bytesMax: what the values may have together.
  static func read(
    _ count: Int, bytesMax: Int, from r: inout MessageReader
  ) throws(WireError) -> [ArraySlice<UInt8>] {
    guard try r.readCount(max: 2) == 2 else { throw WireError(.inconsistent) }
    var codes: [ArraySlice<UInt8>] = []
    for _ in 0..<(try r.readCount(max: codesMax)) {
      codes.append(try FieldColumns.readName(after: codes.last, from: &r))
    }
    let width = (codes.count + 7) / 8
    let bytes = try r.readByteString()
    guard width > 0, bytes.count == width * count else { throw WireError(.inconsistent) }
    var used: UInt64 = 0
    var left = bytesMax
    var made: [UInt64: ArraySlice<UInt8>] = [:]
    var values: [ArraySlice<UInt8>] = []
    values.reserveCapacity(count)
    for bits in Bytes.values(bytes, count: count, width: width) {
      used |= bits
      let value = made[bits] ?? Self.value(bits, of: codes, width: width)
      made[bits] = value
      left -= value.count
      guard left >= 0 else { throw WireError(.malformed(.tooLong)) }
      guard bits != 0 else { throw WireError(.inconsistent) }
      values.append(value)
    }
    let all = (0..<codes.count).reduce(0) { $0 | bit($1, width: width) }
    guard used == all else { throw WireError(.inconsistent) }
    return values
  }

  private static func value(
    _ bits: UInt64, of codes: [ArraySlice<UInt8>], width: Int
  ) -> ArraySlice<UInt8> {
    let chosen = codes.enumerated().filter { bits & bit($0.offset, width: width) != 0 }
    var e = CBOREncoder(reservingCapacity: 64)
    e.mapHead(1)
    e.encode(0 as UInt64)
    e.arrayHead(chosen.count)
    for (_, code) in chosen { e.append(encoded: code) }
    return e.bytes[...]
  }
}
