/// A picture of a TIFF, by the fields that it cannot be shown without. Each is read in whichever
/// type of number it comes, and written in one.
struct TIFFPage {
  private(set) var fields: [TIFFTag: TIFFValue] = [:]
  /// Its strips or tiles, in order.
  private(set) var parts: [ArraySlice<UInt8>] = []

  /// Of the widest scanners some 60,000.
  private static let sideMax = 1 << 20
  private static let samplesMax = 32

  private let directory: TIFFDirectory

  init(_ directory: TIFFDirectory, _ file: inout TIFFSource) throws(MediaFault) {
    self.directory = directory
    let width = try side(.width, &file)
    let length = try side(.length, &file)
    guard let colours = try one(.photometric, &file) else { throw .damaged }
    guard let photometric = TIFFPhotometric(rawValue: colours),
      let coding = TIFFCompression(rawValue: try one(.compression, &file) ?? 1)
    else { throw .unusual }
    let samples = try one(.samplesPerPixel, in: 1...Self.samplesMax, &file) ?? 1
    guard samples >= photometric.colours else { throw .damaged }
    let bits = try perSample(.bitsPerSample, in: 1...64, count: samples, &file)
    _ = try perSample(.sampleFormat, in: 1...6, count: samples, &file)
    let isPlanar = try one(.planar, in: 1...2, &file) == 2
    _ = try one(.fillOrder, in: 1...2, &file)
    try keepLook(&file)
    let sampling = try keepColours(photometric, bits: bits, &file)
    switch coding {
    case .t4: _ = try one(.t4Options, in: 0...7, isLong: true, &file)
    case .t6: _ = try one(.t6Options, in: 0...3, isLong: true, &file)
    case .lzw, .deflate, .oldDeflate: _ = try one(.predictor, in: 1...3, &file)
    case .jpeg:
      if let tables = try directory.octets(.jpegTables, &file) {
        fields[.jpegTables] = .octets(try JPEG.tables(tables))
      }
    case .none, .huffman, .packBits: break
    }
    let isTiled = directory.has(.tileWidth)
    guard !isTiled || !directory.has(.stripOffsets) else { throw .unusual }
    let layout = TIFFLayout(
      width: width, length: length, bits: bits, isPlanar: isPlanar, sampling: sampling,
      partWidth: isTiled ? try side(.tileWidth, &file) : width,
      partLength: isTiled ? try side(.tileLength, &file) : try rows(of: length, &file),
      isTiled: isTiled)
    try keepParts(layout, coding, &file)
  }

  // MARK: Fields

  /// A field of one number.
  private mutating func one(
    _ tag: TIFFTag, in range: ClosedRange<Int> = 0...0xFFFF, isLong: Bool = false,
    _ file: inout TIFFSource
  ) throws(MediaFault) -> Int? {
    guard let value = try directory.numbers(tag, count: 1, &file)?.first else { return nil }
    guard range.contains(value) else { throw .unusual }
    fields[tag] = isLong ? .longs([value]) : .shorts([value])
    return value
  }

  private mutating func side(
    _ tag: TIFFTag, _ file: inout TIFFSource
  ) throws(MediaFault) -> Int {
    guard let side = try one(tag, in: 0...Int(UInt32.max), isLong: true, &file), side > 0 else {
      throw .damaged
    }
    guard side <= Self.sideMax else { throw .unusual }
    return side
  }

  /// In a strip. Many say a number that no page has, for one strip alone.
  private mutating func rows(
    of length: Int, _ file: inout TIFFSource
  ) throws(MediaFault) -> Int {
    guard let rows = try directory.numbers(.rowsPerStrip, count: 1, &file)?.first else {
      return length
    }
    guard rows > 0 else { throw .damaged }
    fields[.rowsPerStrip] = .longs([min(rows, length)])
    return min(rows, length)
  }

  /// Several numbers.
  private mutating func shorts(
    _ tag: TIFFTag, count: Int, in range: ClosedRange<Int> = 0...0xFFFF, _ file: inout TIFFSource
  ) throws(MediaFault) -> [Int]? {
    guard let values = try directory.numbers(tag, count: count, &file) else { return nil }
    guard values.allSatisfy(range.contains) else { throw .unusual }
    fields[tag] = .shorts(values)
    return values
  }

  /// A number for each sample, 1 where there is none; some programs write one for all.
  private mutating func perSample(
    _ tag: TIFFTag, in range: ClosedRange<Int>, count: Int, _ file: inout TIFFSource
  ) throws(MediaFault) -> [Int] {
    let isOne = directory.count(tag) == 1
    let found = try shorts(tag, count: isOne ? 1 : count, in: range, &file)
    guard let found else { return Array(repeating: 1, count: count) }
    let values = isOne ? Array(repeating: found[0], count: count) : found
    fields[tag] = .shorts(values)
    return values
  }

  private mutating func keepRationals(
    _ tag: TIFFTag, count: Int, _ file: inout TIFFSource
  ) throws(MediaFault) {
    guard let values = try directory.rationals(tag, count: count, &file) else { return }
    fields[tag] = .rationals(values)
  }

  /// Which way is up, and how large it is on paper.
  private mutating func keepLook(_ file: inout TIFFSource) throws(MediaFault) {
    // Readers take another number for none.
    for (tag, range) in [(TIFFTag.orientation, 1...8), (.resolutionUnit, 1...3)] {
      guard let value = try one(tag, &file) else { continue }
      if !range.contains(value) { fields[tag] = nil }
    }
    try keepRationals(.xResolution, count: 1, &file)
    try keepRationals(.yResolution, count: 1, &file)
  }

  /// Answers how many pixels, across and down, share a pair of colours.
  private mutating func keepColours(
    _ photometric: TIFFPhotometric, bits: [Int], _ file: inout TIFFSource
  ) throws(MediaFault) -> (across: Int, down: Int) {
    let extra = min(bits.count - photometric.colours, directory.count(.extraSamples))
    if extra > 0 { _ = try shorts(.extraSamples, count: extra, in: 0...2, &file) }
    switch photometric {
    case .palette:
      guard bits[0] <= 16 else { throw .unusual }
      guard try shorts(.colorMap, count: 3 << bits[0], &file) != nil else { throw .damaged }
    case .separated:
      // Other inks than the four have names.
      let inks = try directory.numbers(.inkSet, count: 1, &file)?.first ?? 1
      guard inks == 1 else { throw .unusual }
    case .yCbCr:
      try keepRationals(.yCbCrCoefficients, count: 3, &file)
      _ = try one(.yCbCrPositioning, in: 1...2, &file)
      try keepRationals(.referenceBlackWhite, count: 6, &file)
      let sampling = try shorts(.yCbCrSubSampling, count: 2, in: 1...4, &file) ?? [2, 2]
      return (sampling[0], sampling[1])
    case .rgb: try keepRationals(.referenceBlackWhite, count: 6, &file)
    case .whiteIsZero, .blackIsZero, .lab: break
    }
    return (1, 1)
  }

  // MARK: Data

  private mutating func keepParts(
    _ layout: TIFFLayout, _ coding: TIFFCompression, _ file: inout TIFFSource
  ) throws(MediaFault) {
    try file.count(parts: layout.count)
    let tags: (places: TIFFTag, counts: TIFFTag) =
      layout.isTiled ? (.tileOffsets, .tileByteCounts) : (.stripOffsets, .stripByteCounts)
    guard let places = try directory.numbers(tags.places, count: layout.count, &file),
      let counts = try directory.numbers(tags.counts, count: layout.count, &file)
    else { throw .damaged }
    parts.reserveCapacity(layout.count)
    for (index, (place, said)) in zip(places, counts).enumerated() {
      // Maps leave out what is empty.
      guard said > 0 else { throw .unusual }
      var count = said
      if coding == .none {
        guard let whole = layout.bytes(ofPart: index) else { throw .unusual }
        // What else was counted is no picture.
        guard whole <= said else { throw .damaged }
        count = whole
      }
      let data = try file.data(at: place, count: count)
      parts.append(coding == .jpeg ? try JPEG.bare(data)[...] : data)
    }
    fields[tags.places] = .longs(places)
    fields[tags.counts] = .longs(parts.map(\.count))
  }
}
