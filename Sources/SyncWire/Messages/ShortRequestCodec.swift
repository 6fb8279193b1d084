public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of a short sync request or a short push (wire-format §2.3).
  ///
  /// - Parameters:
  ///   - request: what is said, with or without a push.
  ///   - root: at the tree size of the state.
  ///   - references: what its push may refer to besides itself.
  public static func encode(
    _ request: ShortRequest, root: Digest32, referring references: References = .none
  ) -> [UInt8] {
    encode(
      request,
      request.push.flatMap {
        ShortPushBody($0.entries, sharing: (request.state.treeSize, root), referring: references)
      })
  }

  /// The same with a body that was made before, in the place of the request's push.
  public static func encode(_ request: ShortRequest, _ body: ShortPushBody?) -> [UInt8] {
    let head =
      Bytes16(prefixOf: request.origin).bytes + request.state.encoded + request.digest.bytes
    guard let body else { return MessageWriter().message(.shortRequest, head: head) }
    return assemble(type: .shortPush, head: head, body.parts)
  }

  /// Refuses a short request that says more than its state.
  public func expectNothingElse(from origin: OriginID) throws(WireError) {
    try expectSender(origin)
    try MessageReader(self, limits: .specified).expectEnd()
  }

  /// The push of a short push, whose state the receiver found to be what it knows itself. Nobody
  /// has signed it before its signature is checked over the segment of these entries, with
  /// its `context`.
  ///
  /// - Parameters:
  ///   - context: the programme and the log that it goes on from.
  ///   - root: at the tree size of the state.
  ///   - limits: on what is read.
  public func shortPush(
    _ context: PushContext, root: Digest32, limits: Limits
  ) throws(WireError) -> Push {
    guard let state = head.state else { throw WireError(.inconsistent) }
    try expectSender(context.origin)
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 2) == 2 else { throw WireError(.malformed(.outOfRange)) }
    let first = try r.readUInt(max: Self.seqMax)
    guard first > 0 else { throw WireError(.malformed(.outOfRange)) }
    // What comes before it must be known to both, or nobody could check the signature.
    guard first - 1 <= state.headSeq,
      let previous = first == 1 ? .zero : context.hashAtSeq(first - 1, nil)
    else { throw WireError(.inconsistent) }
    let count = try r.readEntryCount(max: limits.entriesPerPushMax)
    let batch = try Batch.read(
      count, sharing: (state.treeSize, root), isPush: true, from: &r)
    let entries = try Self.pushed(
      batch, after: (first - 1, nil), previous: previous, context, limits)
    try r.expectEnd()
    return Push(
      entries: entries, signature: Array(head.signature),
      context: Self.signedHash(
        programme: context.programme, answering: .zero, message: head.signedPart))
  }
}
