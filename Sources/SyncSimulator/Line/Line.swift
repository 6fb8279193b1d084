/// What a line does with one message (simulation §3.1).
struct Line {
  var swarm: Swarm
  /// Whether the faults of the run are on.
  var isFaulty = true
  private var chance: SeededGenerator

  struct Copy {
    var delay: Int64
    var bytes: [UInt8]
    /// Whether a byte is missing or another.
    var isMangled: Bool
  }

  init(_ swarm: Swarm, seed: UInt64) {
    self.swarm = swarm
    chance = SeededGenerator(seed: seed, purpose: 2)
  }

  /// The copies that arrive, and when; none when the message is lost.
  mutating func carry(_ message: [UInt8]) -> [Copy] {
    guard isFaulty else { return [Copy(delay: 20, bytes: message, isMangled: false)] }
    let count =
      chance.happens(swarm.loss) ? 0 : chance.happens(swarm.duplication) ? chance.between(2, 3) : 1
    return (0..<count).map { _ in
      var delay = Int64(chance.between(20, 400))
      if chance.happens(swarm.reordering) { delay += Int64(chance.between(400, 40_000)) }
      guard chance.happens(swarm.mangling), !message.isEmpty else {
        return Copy(delay: delay, bytes: message, isMangled: false)
      }
      var bytes = message
      if chance.happens(500) {
        bytes.removeLast(chance.between(1, bytes.count))
      } else {
        bytes[chance.below(bytes.count)] ^= 1 << UInt8(chance.below(8))
      }
      return Copy(delay: delay, bytes: bytes, isMangled: true)
    }
  }

  /// Whether the connection breaks after the hub has done its work.
  mutating func cutsAnswer() -> Bool { isFaulty && chance.happens(swarm.cuts) }
}
