internal import CZlib

/// One zlib deflate stream, primed with a dictionary once and put back to that state for each use.
///
/// Hashing 32 KiB of dictionary takes zlib longer than compressing a report. All mutable state of
/// a stream is its `z_stream` and the memory its allocator gave; that memory is one arena here, so
/// copying the arena back restores the primed stream, at the same addresses and with no allocation.
///
/// Sendable, since it is confined: the pool lends it to one caller at a time under a lock.
final class DeflateContext: @unchecked Sendable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let arena: UnsafeMutablePointer<Arena>
  private let primedStream: z_stream
  private let primedArena: UnsafeMutableRawPointer

  /// Memory handed to zlib piece by piece and never taken back.
  private struct Arena {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    var used = 0

    mutating func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
      let rounded = (count + 63) & ~63
      guard rounded <= capacity - used else { return nil }
      defer { used += rounded }
      return base + used
    }
  }

  init(dictionary: [UInt8], level: Int, memoryLevel: Int) {
    // zlib's manual: (1 << (windowBits + 2)) + (1 << (memLevel + 9)), and a few kilobytes.
    let capacity = 1 << 17 + 1 << (memoryLevel + 9) + 1 << 17
    arena = .allocate(capacity: 1)
    arena.initialize(
      to: Arena(base: .allocate(byteCount: capacity, alignment: 64), capacity: capacity))
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    stream.pointee.opaque = UnsafeMutableRawPointer(arena)
    stream.pointee.zalloc = { opaque, items, size in
      opaque?.assumingMemoryBound(to: Arena.self).pointee.allocate(Int(items) * Int(size))
    }
    stream.pointee.zfree = { _, _ in }
    guard yarrow_deflate_init(stream, Int32(level), -15, Int32(memoryLevel)) == Z_OK else {
      preconditionFailure("zlib needs more memory than its manual says")
    }
    if !dictionary.isEmpty {
      let status = deflateSetDictionary(stream, dictionary, UInt32(dictionary.count))
      precondition(status == Z_OK, "a fresh raw stream takes a dictionary")
    }
    primedStream = stream.pointee
    primedArena = .allocate(byteCount: arena.pointee.used, alignment: 64)
    primedArena.copyMemory(from: arena.pointee.base, byteCount: arena.pointee.used)
  }

  deinit {
    arena.pointee.base.deallocate()
    primedArena.deallocate()
    arena.deallocate()
    stream.deallocate()
  }

  func compress(_ content: [UInt8]) -> [UInt8] {
    precondition(content.count <= 1 << 30, "no content of the protocol is that long")
    arena.pointee.base.copyMemory(from: primedArena, byteCount: arena.pointee.used)
    stream.pointee = primedStream
    let bound = Int(deflateBound(stream, UInt(content.count)))
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      content.withUnsafeBufferPointer { input in
        // zlib reads only; its field lacks the const.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(bound)
        let status = deflate(stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "deflateBound is a bound")
      }
      count = bound - Int(stream.pointee.avail_out)
    }
  }
}
