internal import CZlib

/// The coding of zlib (RFC 1950), in which most of a PDF file lies.
enum Flate {
  /// The files that are cleaned are shorter.
  private static let inputMax = Int(Int32.max)
  private static let pieceBytes = 1 << 16

  /// What a coded content comes to.
  struct Extent: Equatable {
    /// Up to its end; whatever stands behind it belongs to nothing.
    let codedBytes: Int
    let bytes: Int
  }

  /// - Throws: `unusual` when more than so many bytes would come out.
  static func expand(_ coded: ArraySlice<UInt8>, max: Int) throws(MediaFault) -> [UInt8] {
    var expanded: [UInt8] = []
    _ = try run(coded, max: max) { expanded.append(contentsOf: $0) }
    return expanded
  }

  /// How long a content is, coded and not, without holding it.
  static func measure(_ coded: ArraySlice<UInt8>, max: Int) throws(MediaFault) -> Extent {
    try run(coded, max: max) { _ in }
  }

  private static func run(
    _ coded: ArraySlice<UInt8>, max: Int, _ take: (UnsafeBufferPointer<UInt8>) -> Void
  ) throws(MediaFault) -> Extent {
    guard coded.count <= inputMax else { throw .unusual }
    var stream = z_stream()
    guard yarrow_inflate_init(&stream, 15) == Z_OK else {
      preconditionFailure("zlib has no memory for an inflate stream")
    }
    defer { inflateEnd(&stream) }
    let piece = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: pieceBytes)
    defer { piece.deallocate() }
    let outcome = coded.withUnsafeBufferPointer { input -> Result<Extent, MediaFault> in
      // zlib reads only; its field lacks the const.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(input.count)
      var written = 0
      while true {
        stream.next_out = piece.baseAddress
        stream.avail_out = UInt32(pieceBytes)
        let status = inflate(&stream, Z_NO_FLUSH)
        let count = pieceBytes - Int(stream.avail_out)
        written += count
        guard written <= max else { return .failure(.unusual) }
        take(UnsafeBufferPointer(rebasing: piece[..<count]))
        if status == Z_STREAM_END {
          return .success(Extent(codedBytes: input.count - Int(stream.avail_in), bytes: written))
        }
        // Without progress, or against its own rules: cut short or broken.
        guard status == Z_OK, count > 0 || stream.avail_in > 0 else { return .failure(.damaged) }
      }
    }
    return try outcome.get()
  }

  static func compress(_ content: ArraySlice<UInt8>) throws(MediaFault) -> [UInt8] {
    guard content.count <= inputMax else { throw .unusual }
    var stream = z_stream()
    guard yarrow_deflate_init(&stream, 6, 15, 8) == Z_OK else {
      preconditionFailure("zlib has no memory for a deflate stream")
    }
    defer { deflateEnd(&stream) }
    let bound = Int(deflateBound(&stream, UInt(content.count)))
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      content.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(bound)
        let status = deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "deflateBound is a bound")
      }
      count = bound - Int(stream.avail_out)
    }
  }
}
