import SyncCore

/// One value for each of n entries: the distinct ones, and which of them each has
/// (wire-format §3.3).
enum Column {
  static func write<Value: Hashable>(
    _ values: [Value], to e: inout CBOREncoder, encode: (Value, inout CBOREncoder) -> Void
  ) {
    var positions: [Value: Int] = [:]
    var distinct: [Value] = []
    var index: [Int] = []
    index.reserveCapacity(values.count)
    for value in values {
      if let last = index.last, distinct[last] == value {
        index.append(last)
        continue
      }
      let position = positions[value] ?? distinct.count
      if position == distinct.count {
        positions[value] = position
        distinct.append(value)
      }
      index.append(position)
    }
    e.arrayHead(2)
    e.arrayHead(distinct.count)
    for value in distinct { encode(value, &e) }
    guard distinct.count > 1, distinct.count < values.count else { return e.encodeNull() }
    if distinct.count <= 256 {
      e.encode(bytes: index.lazy.map { UInt8($0) })
    } else {
      e.encode(bytes: Bytes.planes(index.map { UInt64($0) }, width: 2))
    }
  }

  static func read<Value>(
    _ count: Int, from r: inout MessageReader,
    decode: (inout CBORDecoder) throws(CBORError) -> Value
  ) throws(WireError) -> [Value] {
    guard try r.readCount(max: 2) == 2 else { throw WireError(.inconsistent) }
    let size = try r.readCount(max: count)
    guard size > 0 else { throw WireError(.inconsistent) }
    var values: [Value] = []
    values.reserveCapacity(size)
    for _ in 0..<size { values.append(try r.read(decode)) }
    guard size > 1, size < count else {
      guard r.readNullIfPresent() else { throw WireError(.inconsistent) }
      return size == count ? values : Array(repeating: values[0], count: count)
    }
    let width = size <= 256 ? 1 : 2
    guard !r.readNullIfPresent() else { throw WireError(.inconsistent) }
    let bytes = try r.readByteString()
    guard bytes.count == width * count else { throw WireError(.inconsistent) }
    var isUsed = [Bool](repeating: false, count: size)
    var result: [Value] = []
    result.reserveCapacity(count)
    for position in Bytes.values(bytes, count: count, width: width) {
      guard position < size else { throw WireError(.inconsistent) }
      isUsed[Int(position)] = true
      result.append(values[Int(position)])
    }
    guard !isUsed.contains(false) else { throw WireError(.inconsistent) }
    return result
  }
}

/// Numbers of one width, laid out by byte: what is alike then stands together.
enum Bytes {
  /// All most significant bytes first, then all second ones, and so on.
  static func planes(_ values: [UInt64], width: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * width)
    for plane in (0..<width).reversed() {
      for value in values { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(plane)))) }
    }
    return bytes
  }

  /// `bytes` has `count` times `width` bytes; a width is at most 8.
  static func values(_ bytes: ArraySlice<UInt8>, count: Int, width: Int) -> [UInt64] {
    var values = [UInt64](repeating: 0, count: count)
    var at = bytes.startIndex
    for _ in 0..<width {
      for i in 0..<count {
        values[i] = values[i] << 8 | UInt64(bytes[at])
        at += 1
      }
    }
    return values
  }
}
