/// What will happen, by time and then by the order in which it was planned: a binary heap.
struct EventQueue {
  private struct Planned {
    let time: Int64
    let number: Int
    let event: Event

    func isBefore(_ other: Planned) -> Bool {
      time != other.time ? time < other.time : number < other.number
    }
  }

  private var heap: [Planned] = []
  private var count = 0

  var isEmpty: Bool { heap.isEmpty }

  mutating func removeAll() { heap.removeAll() }

  mutating func plan(_ event: Event, at time: Int64) {
    heap.append(Planned(time: time, number: count, event: event))
    count += 1
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index].isBefore(heap[parent]) else { break }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  mutating func next() -> (time: Int64, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var index = 0
      while true {
        var least = index
        for child in [2 * index + 1, 2 * index + 2]
        where child < heap.count && heap[child].isBefore(heap[least]) { least = child }
        guard least != index else { break }
        heap.swapAt(index, least)
        index = least
      }
    }
    return (first.time, first.event)
  }
}

/// Something that happens in a world. Devices are numbered from 1.
enum Event {
  /// The person at a device does something.
  case act(Int)
  /// And attaches a file.
  case attach(Int)
  case startSync(Int)
  case messageAtHub(device: Int, exchange: Int, bytes: [UInt8])
  case hubBatch
  /// Nil bytes: the connection was refused or broke.
  case answerAtDevice(Int, exchange: Int, bytes: [UInt8]?, isMangled: Bool)
  /// The hub cannot compute the digest of a short push.
  case askedInFull(Int, exchange: Int)
  case giveUp(Int, exchange: Int)
  /// The power of a node is back; 0 is the hub.
  case powerBack(Int)
  case authoritySignsEpoch
  case disaster
  /// Somebody puts a device's requests on a stick.
  case makeBundle(Int)
  case bundleAtHub(device: Int, file: [UInt8], isMangled: Bool)
  case bundleAtDevice(Int, file: [UInt8], isMangled: Bool)
}
