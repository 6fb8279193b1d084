/// A scan or a fax (TIFF 6.0): pages, each with a directory of fields, values, and strips or tiles.
///
///     order 2, 42 | first directory 4 | directories, values and strips, anywhere
///
/// Who scanned what, when and with what is said in fields of a directory, in directories that these
/// name, and in smaller pictures. The fields that a page cannot be shown without are read, and the
/// file is written from them, in the file's order: samples of two bytes have it too.
enum TIFF {
  /// Archives scan books of some hundred.
  private static let directoriesMax = 4_096
  private static let isReduced = 1
  private static let isPage = 2

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    var file = try TIFFSource(bytes)
    var seen: Set<Int> = []
    var inner = 0
    var pages: [TIFFPage] = []
    var at = file.first
    while at != 0 {
      guard seen.insert(at).inserted else { throw .damaged }
      let directory = try TIFFDirectory(file, at: at)
      let isRaw = directory.has(.dngVersion)
      inner += directory.count(.subDirectories)
      guard !isRaw, seen.count + inner <= directoriesMax else { throw .unusual }
      try checkInner(directory, &file)
      if try isWhole(directory, &file) { pages.append(try TIFFPage(directory, &file)) }
      at = directory.next
    }
    // Cameras have a small picture here, and what they took somewhere else.
    guard !pages.isEmpty else { throw seen.isEmpty ? .damaged : .unusual }
    return try Self.bytes(pages, file.order)
  }

  /// Whether it is a picture for itself, and not a smaller one of another.
  private static func isWhole(
    _ directory: TIFFDirectory, _ file: inout TIFFSource
  ) throws(MediaFault) -> Bool {
    let kind = try directory.numbers(.newSubfileType, count: 1, &file)?.first ?? 0
    // A mask is the transparency of another page.
    guard kind & ~(isReduced | isPage) == 0 else { throw .unusual }
    let oldKind = try directory.numbers(.subfileType, count: 1, &file)?.first
    return kind & isReduced == 0 && oldKind != 2
  }

  /// Directories that a page names have smaller pictures of it. If one has another, then the page is
  /// not all that was taken.
  private static func checkInner(
    _ directory: TIFFDirectory, _ file: inout TIFFSource
  ) throws(MediaFault) {
    let count = directory.count(.subDirectories)
    for at in try directory.numbers(.subDirectories, count: count, &file) ?? [] {
      let inner = try TIFFDirectory(file, at: at)
      guard try !isWhole(inner, &file), !inner.has(.dngVersion) else { throw .unusual }
    }
  }

  // MARK: Writing

  private static func bytes(
    _ pages: [TIFFPage], _ order: TIFFOrder
  ) throws(MediaFault) -> [UInt8] {
    var bytes = order.mark + order.bytes(42, count: 2) + order.bytes(8, count: 4)
    for (index, page) in pages.enumerated() {
      try append(page, isLast: index == pages.count - 1, order, to: &bytes)
    }
    return bytes
  }

  /// Directory, values, strips, each at an even place.
  private static func append(
    _ page: TIFFPage, isLast: Bool, _ order: TIFFOrder, to bytes: inout [UInt8]
  ) throws(MediaFault) {
    var fields = page.fields
    let tags = fields.keys.sorted { $0.rawValue < $1.rawValue }
    let valuesAt = bytes.count + 2 + 12 * tags.count + 4
    let valuesCount = tags.reduce(0) { sum, tag in
      let count = fields[tag]!.byteCount
      return sum + (count > 4 ? even(count) : 0)
    }
    var end = valuesAt + valuesCount
    var places: [Int] = []
    places.reserveCapacity(page.parts.count)
    for part in page.parts {
      places.append(end)
      end += even(part.count)
    }
    guard end <= Int(Int32.max) else { throw .unusual }
    fields[fields[.tileOffsets] == nil ? .stripOffsets : .tileOffsets] = .longs(places)
    var values: [UInt8] = []
    bytes += order.bytes(tags.count, count: 2)
    for tag in tags {
      let value = fields[tag]!
      bytes += order.bytes(tag.rawValue, count: 2) + order.bytes(value.type, count: 2)
      bytes += order.bytes(value.count, count: 4)
      var content = value.bytes(order)
      if content.count > 4 {
        bytes += order.bytes(valuesAt + values.count, count: 4)
        if content.count % 2 == 1 { content.append(0) }
        values += content
      } else {
        bytes += content + [UInt8](repeating: 0, count: 4 - content.count)
      }
    }
    bytes += order.bytes(isLast ? 0 : end, count: 4)
    bytes += values
    for part in page.parts {
      bytes += part
      if part.count % 2 == 1 { bytes.append(0) }
    }
  }

  private static func even(_ count: Int) -> Int { count + count % 2 }
}
