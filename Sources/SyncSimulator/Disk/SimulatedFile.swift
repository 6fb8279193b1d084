/// One file of a simulated disk: what processes see, what is durable, and the writes in between.
final class SimulatedFile {
  /// As the operating system shows it, unsynced writes included.
  private(set) var bytes: [UInt8]
  /// As it is after a power failure, before any of ``pending`` is kept.
  private(set) var durable: [UInt8]
  private var pending: [Change] = []
  /// Whether the directory entry survives a power failure.
  var isNamedDurably: Bool
  var locks = FileLocks()
  var shared = SharedMemory()

  private enum Change {
    case write(offset: Int, bytes: [UInt8])
    case truncate(count: Int)
  }

  static let sectorBytes = 512

  init(_ bytes: [UInt8] = [], isNamedDurably: Bool) {
    self.bytes = bytes
    durable = bytes
    self.isNamedDurably = isNamedDurably
  }

  deinit { shared.discard() }

  var count: Int { bytes.count }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    let available = max(0, min(buffer.count, bytes.count - offset))
    if available > 0 {
      bytes.withUnsafeBytes {
        buffer.baseAddress!.copyMemory(from: $0.baseAddress! + offset, byteCount: available)
      }
    }
    return available
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int, remembering: Bool) {
    Self.put(source, at: offset, into: &bytes)
    if remembering {
      pending.append(.write(offset: offset, bytes: Array(source)))
    }
  }

  func truncate(to count: Int, remembering: Bool) {
    if count < bytes.count { bytes.removeLast(bytes.count - count) }
    if remembering { pending.append(.truncate(count: count)) }
  }

  func sync() {
    for change in pending { apply(change) }
    pending.removeAll(keepingCapacity: true)
    isNamedDurably = true
  }

  /// A sync that failed: what becomes of each write is decided now, and a later sync that succeeds
  /// says nothing about it. Processes still see them all.
  func failSync(_ generator: inout SeededGenerator) {
    for change in pending where generator.happens(500) { apply(change) }
    pending.removeAll(keepingCapacity: true)
  }

  /// Takes what is seen for durable: a disk that was not remembering begins to.
  func settle() {
    durable = bytes
    pending.removeAll()
  }

  func flip(bit: Int) {
    let index = bit / 8
    guard index < bytes.count else { return }
    bytes[index] ^= 1 << UInt8(bit % 8)
    if index < durable.count { durable[index] ^= 1 << UInt8(bit % 8) }
  }

  /// What is found after the power came back.
  func crash(_ loss: CrashLoss, _ generator: inout SeededGenerator) -> [UInt8] {
    switch loss {
    case .keepsAll: for change in pending { apply(change) }
    case .losesAll: break
    case .keepsPrefix:
      let kept = generator.below(pending.count + 1)
      for (index, change) in pending.enumerated() {
        if index < kept { apply(change) } else if index == kept { tear(change, &generator) }
      }
    case .keepsAnySubset:
      for change in pending {
        switch generator.below(3) {
        case 0: apply(change)
        case 1: tear(change, &generator)
        default: break
        }
      }
    }
    pending.removeAll()
    return durable
  }

  private func apply(_ change: Change) {
    switch change {
    case .write(let offset, let bytes):
      bytes.withUnsafeBytes { Self.put($0, at: offset, into: &durable) }
    case .truncate(let count):
      if count < durable.count { durable.removeLast(durable.count - count) }
    }
  }

  /// Keeps some sectors of a write, each whole: the disks that SQLite calls powersafe.
  private func tear(_ change: Change, _ generator: inout SeededGenerator) {
    guard case .write(let offset, let bytes) = change else { return }
    var start = 0
    while start < bytes.count {
      let within = (offset + start) % Self.sectorBytes
      let end = min(bytes.count, start + Self.sectorBytes - within)
      if generator.happens(500) {
        bytes.withUnsafeBytes {
          Self.put(
            UnsafeRawBufferPointer(rebasing: $0[start..<end]), at: offset + start, into: &durable)
        }
      }
      start = end
    }
  }

  private static func put(
    _ source: UnsafeRawBufferPointer, at offset: Int, into bytes: inout [UInt8]
  ) {
    let end = offset + source.count
    if end > bytes.count { bytes.append(contentsOf: repeatElement(0, count: end - bytes.count)) }
    bytes.withUnsafeMutableBytes {
      ($0.baseAddress! + offset).copyMemory(from: source.baseAddress!, byteCount: source.count)
    }
  }
}
