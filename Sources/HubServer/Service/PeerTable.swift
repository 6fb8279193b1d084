internal import NIOCore
internal import Synchronization

/// The open lines, and what each makes the hub hold. When there is no room, the line that has proven
/// least makes it: a stranger before a member, and then whoever has taken longest.
///
/// So whoever holds lines open or bodies unfinished is in the way of nobody but others like them.
final class PeerTable: Sendable {
  private struct Peer {
    /// Ends the connection at once, without a word.
    let cut: @Sendable () -> Void
    /// Counts turns of all peers; a lower one began earlier.
    var turn: UInt64
    /// What it has said and what waits in its line.
    var bytes = 0
    /// Of the long answer that it was given, and how much of it the system has not taken.
    var answer: AnswerTurns.Turn?
    var answerBytes = 0
    var isProven = false
    var isLeaving = false

    /// A long answer comes into the line piece by piece, so that part of it waits in both.
    var held: Int { max(bytes, answer == nil ? 0 : answerBytes) }

    func goesBefore(_ other: Peer) -> Bool {
      isProven == other.isProven ? turn < other.turn : !isProven
    }
  }

  private struct State {
    var peers: [ObjectIdentifier: Peer] = [:]
    var turns: UInt64 = 0
    /// What all peers hold that are not leaving.
    var bytes = 0

    mutating func change(_ key: ObjectIdentifier, _ body: (inout Peer) -> Void) {
      guard var peer = peers[key], !peer.isLeaving else { return }
      bytes -= peer.held
      body(&peer)
      bytes += peer.held
      peers[key] = peer
    }

    mutating func nextTurn() -> UInt64 {
      turns += 1
      return turns
    }
  }

  /// More than a report, with what its answer takes, holds.
  private static let manyBytes = 1 << 16

  private let limits: ServiceLimits
  private let state = Mutex(State())

  init(_ limits: ServiceLimits) { self.limits = limits }

  /// - Parameter cut: ends the connection below TLS, from whatever thread. A polite end waits for the
  ///   peer to say goodbye too, and one that does not would go on filling what it should give back.
  func enter(_ channel: any Channel, cut: @escaping @Sendable () -> Void) {
    let leaver = state.withLock { state -> (@Sendable () -> Void)? in
      let key = ObjectIdentifier(channel)
      state.peers[key] = Peer(cut: cut, turn: state.nextTurn())
      let staying = state.peers.values.lazy.filter { !$0.isLeaving }
      guard staying.count > limits.connectionsMax else { return nil }
      return Self.dismiss(in: &state) { candidate, _ in candidate != key }
    }
    leaver?()
  }

  func leave(_ channel: any Channel) {
    state.withLock { state in
      guard let peer = state.peers.removeValue(forKey: ObjectIdentifier(channel)), !peer.isLeaving
      else { return }
      state.bytes -= peer.held
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
    change(channel) { $0.bytes = bytes }
  }

  private func change(_ channel: any Channel, _ body: (inout Peer) -> Void) {
    let leavers = state.withLock { state -> [@Sendable () -> Void] in
      state.change(ObjectIdentifier(channel), body)
      var leavers: [@Sendable () -> Void] = []
      // Who holds little goes only when nobody holds much: to end small ones frees nothing, and would
      // put the report of a stranger so far behind a member who does not fetch what was asked for.
      while state.bytes > limits.heldBytesMax,
        let leaver = Self.dismiss(in: &state, where: { $1.held >= Self.manyBytes })
          ?? Self.dismiss(in: &state, where: { $1.held > 0 })
      {
        leavers.append(leaver)
      }
      return leavers
    }
    for leaver in leavers { leaver() }
  }

  /// A line that is given a long answer has its turn until so many bytes went out, or it ends.
  func keep(_ turn: AnswerTurns.Turn, for channel: any Channel, bytes: Int) {
    change(channel) { peer in
      peer.answer = turn
      peer.answerBytes = bytes
    }
  }

  /// The system took so many bytes that were written to this line.
  func sent(_ channel: any Channel, bytes: Int) {
    change(channel) { peer in
      guard peer.answer != nil else { return }
      peer.answerBytes -= bytes
      if peer.answerBytes <= 0 { peer.answer = nil }
    }
  }

  /// A member signed what came over this line.
  func prove(_ channel: any Channel) {
    state.withLock { $0.peers[ObjectIdentifier(channel)]?.isProven = true }
  }

  /// Chooses who goes, and counts what they hold as free.
  private static func dismiss(
    in state: inout State, where isCandidate: (ObjectIdentifier, Peer) -> Bool
  ) -> (@Sendable () -> Void)? {
    var chosen: (key: ObjectIdentifier, peer: Peer)?
    for (key, peer) in state.peers where !peer.isLeaving && isCandidate(key, peer) {
      if let chosen, !peer.goesBefore(chosen.peer) { continue }
      chosen = (key, peer)
    }
    guard let (key, peer) = chosen else { return nil }
    state.bytes -= peer.held
    state.peers[key]?.answer = nil
    state.peers[key]?.isLeaving = true
    return peer.cut
  }
}
