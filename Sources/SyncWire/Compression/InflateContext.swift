internal import CZlib

/// One zlib inflate stream and a buffer for what comes out, used again and again.
///
/// Sendable, since it is confined: the pool lends it to one caller at a time under a lock.
final class InflateContext: @unchecked Sendable {
  private let dictionary: [UInt8]
  private let stream: UnsafeMutablePointer<z_stream>
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int

  /// What an idle context keeps of its buffer.
  private static let keptBytesMax = 1 << 18

  init(dictionary: [UInt8]) {
    self.dictionary = dictionary
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    capacity = 1 << 12
    buffer = .allocate(capacity: capacity)
    guard yarrow_inflate_init(stream, -15) == Z_OK else {
      preconditionFailure("zlib has no memory for an inflate stream")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  func expand(
    _ compressed: ArraySlice<UInt8>, limit: Int
  ) throws(CompressionError) -> [UInt8] {
    defer { shrink() }
    let outcome = compressed.withUnsafeBufferPointer { run($0, limit: limit) }
    return try outcome.get()
  }

  private func run(
    _ input: UnsafeBufferPointer<UInt8>, limit: Int
  ) -> Result<[UInt8], CompressionError> {
    precondition(inflateReset(stream) == Z_OK, "an initialised stream resets")
    if !dictionary.isEmpty {
      let status = inflateSetDictionary(stream, dictionary, UInt32(dictionary.count))
      precondition(status == Z_OK, "a fresh raw stream takes a dictionary")
    }
    // zlib reads only; its field lacks the const.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(input.count)
    var written = 0
    while true {
      // One byte more than the limit tells "full" from "too long".
      let room = min(capacity, limit + 1) - written
      stream.pointee.next_out = buffer + written
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      written += room - Int(stream.pointee.avail_out)
      guard written <= limit else { return .failure(CompressionError(.tooLong)) }
      switch status {
      case Z_STREAM_END:
        guard stream.pointee.avail_in == 0 else {
          return .failure(CompressionError(.trailingBytes))
        }
        return .success(Array(UnsafeBufferPointer(start: buffer, count: written)))
      case Z_OK, Z_BUF_ERROR:
        guard stream.pointee.avail_out == 0 else { return .failure(CompressionError(.truncated)) }
        grow(keeping: written, limit: limit)
      case Z_MEM_ERROR: preconditionFailure("zlib has no memory for a 32 KiB window")
      default: return .failure(CompressionError(.malformed))
      }
    }
  }

  private func grow(keeping written: Int, limit: Int) {
    guard written == capacity else { return }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: min(capacity * 2, limit + 1))
    larger.update(from: buffer, count: written)
    buffer.deallocate()
    buffer = larger
    capacity = min(capacity * 2, limit + 1)
  }

  private func shrink() {
    guard capacity > Self.keptBytesMax else { return }
    buffer.deallocate()
    capacity = 1 << 12
    buffer = .allocate(capacity: capacity)
  }
}
