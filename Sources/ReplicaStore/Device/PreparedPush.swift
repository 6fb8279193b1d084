internal import SyncCore
internal import SyncWire

/// What goes out after a push, read and laid out while the hub works on that push (sync §7).
package struct PreparedPush: Sendable {
  private let after: LogHead
  private let bytesMax: Int
  private let made: ShortPushBody

  fileprivate init(_ made: ShortPushBody, after: LogHead, bytesMax: Int) {
    self.made = made
    self.after = after
    self.bytesMax = bytesMax
  }

  /// What is to be sent from a state; nil when the hub took less than everything, or the line takes
  /// less than it did.
  func body(
    from state: DeviceState, tree: (size: UInt64, root: Digest32), bytesMax: Int
  ) -> ShortPushBody? {
    state.acknowledged == after && self.bytesMax <= bytesMax && made.serves(tree) ? made : nil
  }
}

extension Replica {
  /// Nil when nothing is left after that push, or it is of another kind. Nothing is offered by this.
  package func preparePush(after sent: Outgoing, bytesMax: Int) throws -> PreparedPush? {
    guard sent.kind == .sync, let end = sent.request?.push?.end, end.seq < sent.state.head.seq
    else { return nil }
    let entries = try unsent(after: end.seq, bytesMax: bytesMax)
    let references = try references(of: entries, upTo: end.seq)
    return ShortPushBody(entries, sharing: nil, referring: references).map {
      PreparedPush($0, after: end, bytesMax: bytesMax)
    }
  }
}
