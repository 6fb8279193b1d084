/// The codings of PDF's first years (ISO 32000-1 §7.4.2 to §7.4.5), each with a mark at its end:
/// whatever stands behind it belongs to nothing.
enum PDFOldFilters {
  /// Two digits a byte, up to `>`.
  static func hexadecimal(_ coded: ArraySlice<UInt8>, max: Int) throws(MediaFault) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for byte in coded {
      if byte == UInt8(ascii: ">") { break }
      if PDFLexer.isSpace(byte) { continue }
      guard let digit = PDFLexer.hexadecimalDigit(byte) else { throw .damaged }
      guard let known = high else {
        high = digit
        continue
      }
      bytes.append(known << 4 | digit)
      high = nil
      guard bytes.count <= max else { throw .unusual }
    }
    if let high { bytes.append(high << 4) }
    return bytes
  }

  /// Five digits for four bytes, `z` for four zeros, up to `~>`.
  static func base85(_ coded: ArraySlice<UInt8>, max: Int) throws(MediaFault) -> [UInt8] {
    var bytes: [UInt8] = []
    var group: [UInt8] = []
    func append(_ digits: [UInt8], _ count: Int) throws(MediaFault) {
      let value = digits.reduce(0) { $0 * 85 + Int($1) }
      guard value <= Int(UInt32.max) else { throw .damaged }
      for shift in [24, 16, 8, 0].prefix(count) { bytes.append(UInt8(value >> shift & 255)) }
      guard bytes.count <= max else { throw .unusual }
    }
    for byte in coded {
      if byte == UInt8(ascii: "~") { break }
      if PDFLexer.isSpace(byte) { continue }
      if byte == UInt8(ascii: "z"), group.isEmpty {
        try append([0, 0, 0, 0, 0], 4)
        continue
      }
      guard (UInt8(ascii: "!")...UInt8(ascii: "u")).contains(byte) else { throw .damaged }
      group.append(byte - UInt8(ascii: "!"))
      guard group.count == 5 else { continue }
      try append(group, 4)
      group = []
    }
    guard group.count != 1 else { throw .damaged }
    if !group.isEmpty {
      try append(group + [UInt8](repeating: 84, count: 5 - group.count), group.count - 1)
    }
    return bytes
  }

  /// A length below 128 and one byte more than that; above, one byte that is repeated; 128 ends.
  static func runLength(_ coded: ArraySlice<UInt8>, max: Int) throws(MediaFault) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = coded
    while let length = rest.popFirst(), length != 128 {
      if length < 128 {
        guard rest.count > Int(length) else { throw .damaged }
        bytes.append(contentsOf: rest.prefix(Int(length) + 1))
        rest = rest.dropFirst(Int(length) + 1)
      } else {
        guard let byte = rest.popFirst() else { throw .damaged }
        bytes.append(contentsOf: repeatElement(byte, count: 257 - Int(length)))
      }
      guard bytes.count <= max else { throw .unusual }
    }
    return bytes
  }

  /// Codes of 9 to 12 bits for strings that were seen before; 256 forgets them, 257 ends.
  ///
  /// - Parameter isEarly: whether codes grow one code sooner than they must.
  static func lzw(
    _ coded: ArraySlice<UInt8>, isEarly: Bool, max: Int
  ) throws(MediaFault) -> [UInt8] {
    // Each string is one that came out before with a byte more: where it began, and its length.
    var strings: [(start: Int, count: Int)] = []
    var bytes: [UInt8] = []
    var last: (start: Int, count: Int)?
    var width = 9
    var held = 0
    var heldBits = 0
    var rest = coded
    while true {
      while heldBits < width {
        // Writers forget the end; what came out is there.
        guard let byte = rest.popFirst() else { return bytes }
        held = (held << 8 | Int(byte)) & 0xFF_FFFF
        heldBits += 8
      }
      heldBits -= width
      let code = held >> heldBits & (1 << width - 1)
      if code == 257 { return bytes }
      if code == 256 {
        strings = []
        last = nil
        width = 9
        continue
      }
      let start = bytes.count
      if code < 256 {
        bytes.append(UInt8(code))
        if let last { strings.append((last.start, last.count + 1)) }
      } else {
        guard let previous = last else { throw .damaged }
        // The string that is being made now may be named already.
        strings.append((previous.start, previous.count + 1))
        guard code - 258 < strings.count else { throw .damaged }
        let string = strings[code - 258]
        guard string.count <= max - start else { throw .unusual }
        for offset in 0..<string.count { bytes.append(bytes[string.start + offset]) }
      }
      guard bytes.count <= max else { throw .unusual }
      last = (start, bytes.count - start)
      // Beyond twelve bits there is no code.
      if strings.count > 4_096 - 258 { strings.removeLast() }
      let next = strings.count + 258 + (isEarly ? 1 : 0)
      width = next >= 2_048 ? 12 : next >= 1_024 ? 11 : next >= 512 ? 10 : 9
    }
  }
}
