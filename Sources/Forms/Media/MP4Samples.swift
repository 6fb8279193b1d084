/// The samples of a track, in order, and how long each lasts (ISO/IEC 14496-12, `stbl`).
///
/// A sample is found by way of three tables: how many are in a chunk, where chunks are, how long
/// each sample is. Here they are taken together, and the tables are written anew.
struct MP4Samples {
  /// Eleven hours of the shortest frames that phones make.
  static let countMax = 1 << 21
  /// Pieces of a recording that was written at several places.
  private static let dataBoxesMax = 16
  /// In a chunk of ours. The recorder's own chunks tell how it wrote.
  private static let perChunk = 64

  private struct Run {
    var count: Int
    let duration: Int
  }

  private let runs: [Run]
  private let sizes: [Int]
  let data: [UInt8]
  /// The whole, in the track's units.
  let duration: Int

  init(_ table: [ISOBox], data boxes: [ISOBox]) throws(MediaFault) {
    guard !table.has("ctts") else { throw .unusual }
    sizes = try Self.sizes(table.needed("stsz"))
    runs = try Self.runs(table.needed("stts"), count: sizes.count)
    duration = runs.reduce(0) { $0 + $1.count * $1.duration }
    let chunks = try Self.chunks(table, count: sizes.count)
    data = try Self.data(chunks, sizes, in: boxes)
  }

  // MARK: Reading

  private static func sizes(_ box: ISOBox) throws(MediaFault) -> [Int] {
    var reader = box.content
    _ = try reader.version()
    let size = try reader.big32()
    if size > 0 {
      let count = try reader.big32()
      guard count <= reader.bytes.count / size else { throw .damaged }
      guard count <= countMax else { throw .unusual }
      return [Int](repeating: size, count: count)
    }
    let count = try reader.count(of: 4, max: countMax)
    var sizes: [Int] = []
    sizes.reserveCapacity(count)
    for _ in 0..<count { sizes.append(try reader.big32()) }
    return sizes
  }

  private static func runs(_ box: ISOBox, count samples: Int) throws(MediaFault) -> [Run] {
    var reader = box.content
    _ = try reader.version()
    var runs: [Run] = []
    var left = samples
    for _ in 0..<(try reader.count(of: 8, max: countMax)) {
      let count = try reader.big32()
      let duration = try reader.big32()
      guard count <= left else { throw .damaged }
      left -= count
      if runs.last?.duration == duration {
        runs[runs.count - 1].count += count
      } else if count > 0 {
        runs.append(Run(count: count, duration: duration))
      }
    }
    guard left == 0 else { throw .damaged }
    return runs
  }

  /// Where each chunk begins, and how many samples are in it.
  private static func chunks(
    _ table: [ISOBox], count samples: Int
  ) throws(MediaFault) -> [(start: Int, count: Int)] {
    let wide = try table.only("co64")
    let narrow = try table.only("stco")
    guard let box = wide ?? narrow, wide == nil || narrow == nil else { throw .damaged }
    var places = box.content
    var rows = try table.needed("stsc").content
    _ = try places.version()
    _ = try rows.version()
    let chunkCount = try places.count(of: wide == nil ? 4 : 8, max: countMax)
    var rowsLeft = try rows.count(of: 12, max: countMax)
    var chunks: [(start: Int, count: Int)] = []
    chunks.reserveCapacity(chunkCount)
    var inChunk = 0
    var nextFirst = rowsLeft > 0 ? try rows.big32() : 0
    guard chunkCount == 0 || nextFirst == 1 else { throw .damaged }
    var left = samples
    for number in 0..<chunkCount {
      if rowsLeft > 0, nextFirst == number + 1 {
        inChunk = try rows.big32()
        // Samples of another description are another sound.
        guard try rows.big32() == 1 else { throw .unusual }
        rowsLeft -= 1
        // One that does not come later is never met, and left over.
        if rowsLeft > 0 { nextFirst = try rows.big32() }
      }
      guard inChunk > 0, inChunk <= left else { throw .damaged }
      left -= inChunk
      chunks.append((wide == nil ? try places.big32() : try places.big64(), inChunk))
    }
    guard left == 0, rowsLeft == 0 else { throw .damaged }
    return chunks
  }

  private static func data(
    _ chunks: [(start: Int, count: Int)], _ sizes: [Int], in boxes: [ISOBox]
  ) throws(MediaFault) -> [UInt8] {
    guard boxes.count <= dataBoxesMax else { throw .unusual }
    guard let bytes = boxes.first?.content.bytes else { throw .damaged }
    var room = boxes.reduce(0) { $0 + $1.content.left }
    var data: [UInt8] = []
    data.reserveCapacity(room)
    var sample = 0
    for chunk in chunks {
      let place = boxes.first { chunk.start >= $0.content.at && chunk.start <= $0.content.end }
      guard let place else { throw .damaged }
      var length = 0
      for size in sizes[sample..<(sample + chunk.count)] { length += size }
      sample += chunk.count
      // No byte is two samples': nothing can be made larger than it was.
      guard length <= place.content.end - chunk.start, length <= room else { throw .damaged }
      room -= length
      data += bytes[chunk.start..<(chunk.start + length)]
    }
    guard !data.isEmpty else { throw .damaged }
    return data
  }

  // MARK: Writing

  /// - Parameter start: where the file has the first sample.
  func table(description: [UInt8], dataAt start: Int) -> [UInt8] {
    ISOBox.box("stbl", [description, times, chunkCounts, lengths, places(start)])
  }

  private var times: [UInt8] {
    var content: [UInt8] = []
    content.append(big32: runs.count)
    for run in runs {
      content.append(big32: run.count)
      content.append(big32: run.duration)
    }
    return ISOBox.full("stts", content)
  }

  private var chunkCounts: [UInt8] {
    let whole = sizes.count / Self.perChunk
    let rest = sizes.count % Self.perChunk
    let rows = (whole > 0 ? [(1, Self.perChunk)] : []) + (rest > 0 ? [(whole + 1, rest)] : [])
    var content: [UInt8] = []
    content.append(big32: rows.count)
    for (first, count) in rows {
      for value in [first, count, 1] { content.append(big32: value) }
    }
    return ISOBox.full("stsc", content)
  }

  private var lengths: [UInt8] {
    let isUniform = sizes[0] > 0 && sizes.allSatisfy { $0 == sizes[0] }
    var content: [UInt8] = []
    content.append(big32: isUniform ? sizes[0] : 0)
    content.append(big32: sizes.count)
    if !isUniform { for size in sizes { content.append(big32: size) } }
    return ISOBox.full("stsz", content)
  }

  private func places(_ start: Int) -> [UInt8] {
    var content: [UInt8] = []
    content.append(big32: (sizes.count + Self.perChunk - 1) / Self.perChunk)
    var at = start
    for (index, size) in sizes.enumerated() {
      if index % Self.perChunk == 0 { content.append(big32: at) }
      at += size
    }
    return ISOBox.full("stco", content)
  }
}
