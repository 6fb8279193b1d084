internal import CZlib

/// One zlib deflate stream, primed with a dictionary once and put back to that state for each use.
///
/// Hashing 32 KiB of dictionary takes zlib longer than compressing a report. All mutable state of
/// a stream is its `z_stream` and the memory its allocator gave; that memory is one arena here, so
/// copying the arena back restores the primed stream, at the same addresses and with no allocation.
///
/// Two pieces of it are as large as the rest ten times over, and a short content changes little of
/// them: the window, where it stands behind the dictionary, and the chains of earlier positions, by
/// position modulo the window. Of these only that much is copied back. What zlib finds there is
/// looked up in the window before it is used, so at worst a match would be missed; that a stream is
/// the same bytes whatever was compressed before is tested.
///
/// Sendable, since it is confined: the pool lends it to one caller at a time under a lock.
final class DeflateContext: @unchecked Sendable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let arena: UnsafeMutablePointer<Arena>
  private let primedStream: z_stream
  private let primedArena: UnsafeMutableRawPointer
  /// The two large pieces; nil where this zlib lays out its memory in another way.
  private let large: (window: Int, chains: Int)?
  /// Of the content that was compressed last.
  private var lastBytes = 0

  private static let windowBytes = 1 << 15
  /// Where each large piece has two bytes for each of the window.
  private static let largeBytes = 2 * windowBytes
  /// A longer content may move the window.
  private static let sparselyMax = 24 << 10
  /// What zlib clears behind a content, and the strings across the end of the dictionary.
  private static let margin = 512

  /// Memory handed to zlib piece by piece and never taken back.
  private struct Arena {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    var used = 0
    /// Where each piece begins, and its bytes.
    var pieces: [(start: Int, bytes: Int)] = []

    mutating func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
      let rounded = (count + 63) & ~63
      guard rounded <= capacity - used else { return nil }
      defer { used += rounded }
      pieces.append((used, rounded))
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
    let pieces = arena.pointee.pieces.filter { $0.bytes == Self.largeBytes }
    large =
      pieces.count == 2 && dictionary.count == Self.windowBytes
      ? (pieces[0].start, pieces[1].start) : nil
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

  private func restore() {
    stream.pointee = primedStream
    func copy(_ start: Int, to end: Int) {
      (arena.pointee.base + start).copyMemory(from: primedArena + start, byteCount: end - start)
    }
    let used = arena.pointee.used
    guard let large, lastBytes <= Self.sparselyMax else { return copy(0, to: used) }
    copy(0, to: large.window)
    let behindDictionary = large.window + Self.windowBytes
    copy(behindDictionary, to: behindDictionary + lastBytes + Self.margin)
    copy(large.window + Self.largeBytes, to: large.chains)
    copy(large.chains, to: large.chains + 2 * lastBytes + Self.margin)
    copy(large.chains + Self.largeBytes - Self.margin, to: used)
  }

  func compress(_ content: [UInt8]) -> [UInt8] {
    precondition(content.count <= 1 << 30, "no content of the protocol is that long")
    restore()
    lastBytes = content.count
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
