internal import NIOCore
internal import Synchronization

/// The open lines, and what each makes the hub hold. When there is no room, the line that has proven
/// least makes it: a stranger before a member, and then whoever has taken longest.
///
/// So whoever holds lines open or bodies unfinished is in the way of nobody but others like them.
final class PeerTable: Sendable {
  private struct Peer {
    let channel: any Channel
    /// Counts turns of all peers; a lower one began earlier.
    var turn: UInt64
    var bytes = 0
    var isProven = false
    var isLeaving = false

    func goesBefore(_ other: Peer) -> Bool {
      isProven == other.isProven ? turn < other.turn : !isProven
    }
  }

  private struct State {
    var peers: [ObjectIdentifier: Peer] = [:]
    var turns: UInt64 = 0
    var bytes = 0

    mutating func nextTurn() -> UInt64 {
      turns += 1
      return turns
    }
  }

  private let limits: ServiceLimits
  private let state = Mutex(State())

  init(_ limits: ServiceLimits) { self.limits = limits }

  func enter(_ channel: any Channel) {
    let leaver = state.withLock { state -> (any Channel)? in
      state.peers[ObjectIdentifier(channel)] = Peer(channel: channel, turn: state.nextTurn())
      let staying = state.peers.values.lazy.filter { !$0.isLeaving }
      guard staying.count > limits.connectionsMax else { return nil }
      return Self.dismiss(in: &state) { $0.channel !== channel }
    }
    leaver?.close(promise: nil)
  }

  func leave(_ channel: any Channel) {
    state.withLock { state in
      guard let peer = state.peers.removeValue(forKey: ObjectIdentifier(channel)) else { return }
      state.bytes -= peer.bytes
    }
  }

  /// A peer whose turn it is now: what it said before was answered in full.
  func beginTurn(_ channel: any Channel) {
    state.withLock { state in
      let turn = state.nextTurn()
      state.peers[ObjectIdentifier(channel)]?.turn = turn
    }
    hold(channel, bytes: 0)
  }

  /// What this peer makes the hub hold: what it has said in this turn and what it has not fetched.
  func hold(_ channel: any Channel, bytes: Int) {
    let leavers = state.withLock { state -> [any Channel] in
      let key = ObjectIdentifier(channel)
      guard let before = state.peers[key], !before.isLeaving else { return [] }
      state.bytes += bytes - before.bytes
      state.peers[key]?.bytes = bytes
      var leavers: [any Channel] = []
      while state.bytes > limits.heldBytesMax,
        let leaver = Self.dismiss(in: &state, where: { $0.bytes > 0 })
      {
        leavers.append(leaver)
      }
      return leavers
    }
    for leaver in leavers { leaver.close(promise: nil) }
  }

  /// A member signed what came over this line.
  func prove(_ channel: any Channel) {
    state.withLock { $0.peers[ObjectIdentifier(channel)]?.isProven = true }
  }

  /// Chooses who goes, and counts what they hold as free.
  private static func dismiss(
    in state: inout State, where isCandidate: (Peer) -> Bool
  ) -> (any Channel)? {
    var chosen: (key: ObjectIdentifier, peer: Peer)?
    for (key, peer) in state.peers where !peer.isLeaving && isCandidate(peer) {
      if let chosen, !peer.goesBefore(chosen.peer) { continue }
      chosen = (key, peer)
    }
    guard let (key, peer) = chosen else { return nil }
    state.bytes -= peer.bytes
    state.peers[key]?.bytes = 0
    state.peers[key]?.isLeaving = true
    return peer.channel
  }
}
