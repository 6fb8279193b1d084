/// A font of Adobe's compact format (Technical Note 5176): lists of names, settings and strings,
/// then what they say the place of.
///
/// Places are counted from the beginning, so nothing is taken out: what is said of the font, and
/// the mark by which one could tell the file that it was first written to, is written over.
enum CompactFont {
  private struct Index {
    /// Where each item is.
    let items: [Range<Int>]
    let end: Int
  }

  /// Operators of settings whose value is a string: version, notice, names, weight, copyright,
  /// program, name of what it was made from, name of a part. From 256 on those of two bytes.
  private static let remarks: Set = [0, 1, 2, 3, 4, 256, 256 + 21, 256 + 22, 256 + 38]
  private static let parts = 256 + 36
  /// Strings that every reader has come first.
  private static let standardStrings = 391
  private static let operandsMax = 48
  private static let blank = UInt8(ascii: "x")

  static func strip(_ font: [UInt8]) throws(MediaFault) -> [UInt8] {
    var reader = MediaReader(font)
    let head = Array(try reader.take(4))
    guard head[0] == 1 else { throw .unusual }
    let names = try index(font, at: Int(head[2]))
    let settings = try index(font, at: names.end)
    let strings = try index(font, at: settings.end)
    var clean = font
    for name in names.items { FontTag.blank(&clean, in: name) }
    for own in settings.items {
      let found = try settingValues(font, own)
      try blank(found, strings, &clean)
      guard let at = found.first(where: { $0.operator == parts })?.value else { continue }
      for part in try index(font, at: at).items {
        try blank(try settingValues(font, part), strings, &clean)
      }
    }
    return clean
  }

  private static func blank(
    _ settings: [(operator: Int, value: Int)], _ strings: Index, _ clean: inout [UInt8]
  ) throws(MediaFault) {
    for (code, value) in settings where remarks.contains(code) && value >= standardStrings {
      guard value - standardStrings < strings.items.count else { throw .damaged }
      let place = strings.items[value - standardStrings]
      clean.replaceSubrange(place, with: repeatElement(blank, count: place.count))
    }
  }

  private static func index(_ font: [UInt8], at start: Int) throws(MediaFault) -> Index {
    guard start >= 0, start <= font.count else { throw .damaged }
    var reader = MediaReader(font, at: start)
    let count = try reader.big16()
    guard count > 0 else { return Index(items: [], end: reader.at) }
    let width = Int(try reader.byte())
    guard (1...4).contains(width) else { throw .damaged }
    var ends: [Int] = []
    for _ in 0...count { ends.append(try reader.take(width).reduce(0) { $0 << 8 | Int($1) }) }
    guard ends[0] == 1 else { throw .damaged }
    var items: [Range<Int>] = []
    for (first, last) in zip(ends, ends.dropFirst()) {
      guard first <= last, last - 1 <= reader.left else { throw .damaged }
      items.append((reader.at + first - 1)..<(reader.at + last - 1))
    }
    return Index(items: items, end: reader.at + ends[count] - 1)
  }

  /// Each operator with the last number before it.
  private static func settingValues(
    _ font: [UInt8], _ place: Range<Int>
  ) throws(MediaFault) -> [(operator: Int, value: Int)] {
    var reader = MediaReader(font, at: place.lowerBound, end: place.upperBound)
    var found: [(operator: Int, value: Int)] = []
    var last = 0
    while reader.left > 0 {
      let byte = Int(try reader.byte())
      switch byte {
      case 12:
        found.append((256 + Int(try reader.byte()), last))
        last = 0
      case 0...21:
        found.append((byte, last))
        last = 0
      case 28: last = try reader.big16()
      case 29: last = try reader.big32()
      case 30: while try reader.byte() & 15 != 15 {}
      case 32...246: last = byte - 139
      case 247...250: last = (byte - 247) * 256 + Int(try reader.byte()) + 108
      case 251...254: last = -(byte - 251) * 256 - Int(try reader.byte()) - 108
      default: throw .damaged
      }
    }
    return found
  }
}

/// Six capital letters and a plus before the name of a font that is not whole.
enum FontTag {
  static let count = 6

  static func isTag(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.count == count + 1
      && bytes.prefix(count).allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
      && bytes.dropFirst(count).first == UInt8(ascii: "+")
  }

  static func blank(_ bytes: inout [UInt8], in place: Range<Int>) {
    guard place.count > count else { return }
    let tag = place.lowerBound..<(place.lowerBound + count)
    guard isTag(bytes[tag.lowerBound...tag.upperBound]) else { return }
    bytes.replaceSubrange(tag, with: repeatElement(UInt8(ascii: "A"), count: count))
  }
}
