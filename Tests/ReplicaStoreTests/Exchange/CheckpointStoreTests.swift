import SyncCore
import Synchronization
import Testing

@testable import ReplicaStore

/// The small file of the newest checkpoint (hub-log §5.2).
@Suite struct CheckpointStoreTests {
  private enum Call { case write, sync, syncName }

  /// A disk in memory that refuses one kind of call.
  private final class Slots: SlotFile {
    private let refused: Call?
    private let bytes = Mutex([UInt8](repeating: 0, count: 1_024))
    private let refusedOffset = Mutex<Int?>(nil)

    var content: [UInt8] { bytes.withLock { $0 } }
    /// A place that the disk does not give.
    var unreadable: Int? {
      get { refusedOffset.withLock { $0 } }
      set { refusedOffset.withLock { $0 = newValue } }
    }

    init(refusing call: Call?) { refused = call }

    func read(_ count: Int, at offset: Int) throws -> [UInt8]? {
      guard offset != unreadable else { throw StoreError(.disk, "The disk failed.") }
      return bytes.withLock { Array($0[offset..<offset + count]) }
    }

    func write(_ new: [UInt8], at offset: Int) -> Bool {
      bytes.withLock { $0.replaceSubrange(offset..<offset + new.count, with: new) }
      return refused != .write
    }

    func sync() -> Bool { refused != .sync }
    func syncName() -> Bool { refused != .syncName }
  }

  private static func seal(_ size: UInt64) -> CheckpointSeal {
    let signature = [UInt8](repeating: 3, count: 64)
    return CheckpointSeal(
      size: size, root: Hash.sha256([7]), kind: .log(signature: signature), time: 1,
      cosignature: signature)
  }

  private func store(refusing call: Call?) throws -> CheckpointStore {
    let slots = Slots(refusing: call)
    return try CheckpointStore(path: "checkpoint.store", disk: StoreDisk(vfs: nil) { _ in slots })
  }

  @Test
  func `a checkpoint whose write or sync fails is not there, and nor is a file without a name`()
    throws
  {
    for call in [Call.write, .sync, .syncName] {
      let store = try store(refusing: call)
      let error = #expect(throws: StoreError.self) {
        _ = try store.swap(nil, for: Self.seal(1), hubEpoch: 1)
      }
      #expect(error?.code == .disk, "\(call)")
      #expect(store.current == nil)
    }
    let store = try store(refusing: nil)
    #expect(try store.swap(nil, for: Self.seal(1), hubEpoch: 1))
    #expect(store.current?.seal.size == 1)
  }

  /// The newer slot is the one that counts: without it the hub would go on from before.
  @Test(arguments: [0, 512]) func `a slot that cannot be read is not one that is not there`(
    _ offset: Int
  ) throws {
    let slots = Slots(refusing: nil)
    let disk = StoreDisk(vfs: nil) { _ in slots }
    let store = try CheckpointStore(path: "checkpoint.store", disk: disk)
    for size in 1...3 as ClosedRange<UInt64> {
      #expect(try store.swap(store.current, for: Self.seal(size), hubEpoch: 1))
    }
    let kept = slots.content
    slots.unreadable = offset
    let error = #expect(throws: StoreError.self) {
      _ = try CheckpointStore(path: "checkpoint.store", disk: disk)
    }
    #expect(error?.code == .disk)
    #expect(slots.content == kept)
    slots.unreadable = nil
    #expect(try CheckpointStore(path: "checkpoint.store", disk: disk).current?.seal.size == 3)
  }

  @Test func `a swap names what it replaces, and no tree gets smaller`() throws {
    let store = try store(refusing: nil)
    #expect(try store.swap(nil, for: Self.seal(5), hubEpoch: 1))
    let first = store.current
    #expect(try store.swap(nil, for: Self.seal(6), hubEpoch: 1) == false)
    #expect(try store.swap(first, for: Self.seal(4), hubEpoch: 1) == false)
    #expect(store.current == first)
    #expect(try store.swap(first, for: Self.seal(4), hubEpoch: 2), "another epoch begins anew")
  }

  @Test func `changes of files are counted with the tree, and never back within an epoch`() throws {
    let slots = Slots(refusing: nil)
    let disk = StoreDisk(vfs: nil) { _ in slots }
    let store = try CheckpointStore(path: "checkpoint.store", disk: disk)
    #expect(try store.swap(nil, for: Self.seal(5), hubEpoch: 1, fileChanges: 3))
    #expect(try store.swap(store.current, for: Self.seal(6), hubEpoch: 1, fileChanges: 2) == false)
    #expect(try store.swap(store.current, for: Self.seal(5), hubEpoch: 1, fileChanges: 4))
    let read = try CheckpointStore(path: "checkpoint.store", disk: disk).current
    #expect(read?.fileChanges == 4 && read?.seal.size == 5)
    #expect(try store.swap(store.current, for: Self.seal(5), hubEpoch: 2, fileChanges: 1))
  }

  @Test func `a counter without a next one is damage`() throws {
    let slots = Slots(refusing: nil)
    let counter = [UInt8](repeating: 0xFF, count: 8)
    let content = counter + [0, 0, 0, 0, 0, 0, 0, 1] + Self.seal(5).bytes
    _ = slots.write(
      content + Hash.sha256(domain: "yarrow.checkpoint-slot/1", content).bytes, at: 512)
    let store = try CheckpointStore(
      path: "checkpoint.store", disk: StoreDisk(vfs: nil) { _ in slots })
    let newest = store.current
    #expect(newest?.counter == .max)
    let error = #expect(throws: StoreError.self) {
      _ = try store.swap(newest, for: Self.seal(6), hubEpoch: 1)
    }
    #expect(error?.code == .damaged)
    #expect(store.current == newest)
  }
}
