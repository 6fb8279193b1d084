internal import Foundation
package import SyncCore

/// The newest checkpoint of a hub, in a small file of its own that no backup holds (hub-log §5.2).
///
/// Two slots are written in turn, each with a counter and a digest, so a torn write leaves the
/// other. A swap names what it replaces: a hub that was put back can't go on where it never was.
package final class CheckpointStore: @unchecked Sendable {
  // `newest` is only touched under `lock`, and the file only by who holds it.
  private let lock = NSLock()
  private let file: any SlotFile
  private var newest: Slot?

  package struct Slot: Sendable, Hashable {
    package let counter: UInt64
    package let hubEpoch: UInt64
    package let seal: CheckpointSeal
    /// How often files had changed: they are no leaves, and a tree says nothing of them.
    package var fileChanges: UInt64 = 0
  }

  private static let slotBytes = 512
  private static let contentBytes = 16 + 176 + 8
  /// A slot of before files were counted.
  private static let firstContentBytes = 16 + 176

  /// Opens or creates the file. A slot that the disk does not give is not one that is not there: the
  /// older of the two would be taken for the newest, and the hub go on from where it was before.
  package init(path: String, disk: StoreDisk = .system) throws {
    file = try disk.slots(path)
    var slots: [Slot] = []
    for index in 0..<2 {
      guard let bytes = try file.read(Self.slotBytes, at: index * Self.slotBytes) else { continue }
      if let slot = Self.parse(bytes) { slots.append(slot) }
    }
    newest = slots.max { $0.counter < $1.counter }
    // An earlier process may have ended before its sync, or after one that failed.
    guard let newest else { return }
    guard file.write(Self.encode(newest), at: Self.offset(of: newest)), file.sync(), file.syncName()
    else {
      throw StoreError(
        .disk, "The checkpoint store could not be made durable; check the disk and start again.")
    }
  }

  private static func offset(of slot: Slot) -> Int { Int(slot.counter % 2) * slotBytes }

  package var current: Slot? { lock.withLock { newest } }

  /// Puts a checkpoint in the place of `expected`; durable on return. False when something else is
  /// there.
  package func swap(
    _ expected: Slot?, for seal: CheckpointSeal, hubEpoch: UInt64, fileChanges: UInt64 = 0
  ) throws -> Bool {
    try lock.withLock {
      guard newest == expected else { return false }
      if let newest, newest.hubEpoch == hubEpoch,
        newest.seal.size > seal.size || newest.fileChanges > fileChanges
      {
        return false
      }
      // No store has counted so far: somebody else wrote this slot.
      guard newest?.counter != .max else {
        throw StoreError(.damaged, "The checkpoint store counts no further; restore the hub.")
      }
      let slot = Slot(
        counter: (newest?.counter ?? 0) + 1, hubEpoch: hubEpoch, seal: seal,
        fileChanges: fileChanges)
      let offset = Self.offset(of: slot)
      guard file.write(Self.encode(slot), at: offset), file.sync() else {
        throw StoreError(
          .disk, "The checkpoint store could not be written; nothing was acknowledged.")
      }
      // The first slot comes with a new file, whose name must last as long as what is in it.
      guard newest != nil || file.syncName() else {
        throw StoreError(
          .disk, "The checkpoint store could not be made durable; nothing was acknowledged.")
      }
      guard let back = try file.read(Self.slotBytes, at: offset), Self.parse(back) == slot
      else { throw StoreError(.damaged, "The checkpoint store did not keep what was written.") }
      newest = slot
      return true
    }
  }

  private static func encode(_ slot: Slot) -> [UInt8] {
    var bytes: [UInt8] = []
    withUnsafeBytes(of: slot.counter.bigEndian) { bytes += $0 }
    withUnsafeBytes(of: slot.hubEpoch.bigEndian) { bytes += $0 }
    bytes += slot.seal.bytes
    withUnsafeBytes(of: slot.fileChanges.bigEndian) { bytes += $0 }
    bytes += Hash.sha256(domain: "yarrow.checkpoint-slot/2", bytes).bytes
    bytes += [UInt8](repeating: 0, count: slotBytes - bytes.count)
    return bytes
  }

  private static func parse(_ bytes: [UInt8]) -> Slot? {
    func isWhole(_ count: Int, _ domain: StaticString) -> Bool {
      Hash.sha256(domain: domain, Array(bytes[..<count])) == Digest32(bytes[count..<(count + 32)])
    }
    let countsFiles = isWhole(contentBytes, "yarrow.checkpoint-slot/2")
    guard countsFiles || isWhole(firstContentBytes, "yarrow.checkpoint-slot/1"),
      let seal = CheckpointSeal(bytes: Array(bytes[16..<firstContentBytes]))
    else { return nil }
    func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    return Slot(
      counter: number(0..<8), hubEpoch: number(8..<16), seal: seal,
      fileChanges: countsFiles ? number(firstContentBytes..<contentBytes) : 0)
  }
}
