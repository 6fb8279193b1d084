/// The lengths that sealed plaintexts may have (identity §5).
enum Padding {
  /// The smallest allowed length that holds this many bytes: multiples of 16 up to 256, then Padmé.
  static func length(for count: Int) -> Int {
    guard count > 256 else { return max(16, (count + 15) & ~15) }
    let exponent = floorLog2(count)
    let kept = floorLog2(exponent) + 1
    let mask = (1 << (exponent - kept)) - 1
    return (count + mask) & ~mask
  }

  static func isAllowed(_ length: Int) -> Bool { length > 0 && self.length(for: length) == length }

  private static func floorLog2(_ n: Int) -> Int { n.bitWidth - 1 - n.leadingZeroBitCount }

  /// `packed ‖ 0x80 ‖ zero bytes`.
  static func add(to packed: inout [UInt8]) {
    let length = length(for: packed.count + 1)
    packed.append(0x80)
    packed.append(contentsOf: repeatElement(0, count: length - packed.count))
  }

  /// Takes the padding off; nil when it isn't exactly what ``add(to:)`` makes.
  static func remove(from padded: [UInt8]) -> ArraySlice<UInt8>? {
    guard let marker = padded.lastIndex(where: { $0 != 0 }), padded[marker] == 0x80,
      length(for: marker + 1) == padded.count
    else { return nil }
    return padded[..<marker]
  }
}
