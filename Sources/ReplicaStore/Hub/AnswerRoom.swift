package import SyncCore

/// How long an answer may be: a hub may always say less than it was asked for, and `more` (sync §6.4).
package struct AnswerRoom: Sendable, Hashable {
  /// Of deliveries, or of a part of a file or a release; an answer is longer by what is always said,
  /// and by one item that is.
  package let bytes: Int

  package init(bytes: Int) { self.bytes = bytes }

  /// As long as the request and the limits allow.
  package static let whole = AnswerRoom(bytes: .max)

  /// What a request wants to have, in bytes.
  static func asked(by request: SyncRequest, limits: Limits) -> Int {
    Int(clamping: min(request.byteBudget, UInt64(limits.messageBytesMax * 3 / 4)))
  }

  /// Whether this answer would say more if there were more room.
  func cuts(_ response: SyncResponse, to request: SyncRequest, limits: Limits) -> Bool {
    guard bytes < limits.messageBytesMax else { return false }
    return response.more || response.left != nil && bytes < Self.asked(by: request, limits: limits)
  }
}

/// An answer as it goes over the line.
package struct LaidOutAnswer: Sendable {
  package let bytes: [UInt8]
  /// Whether only the room that it was given keeps it from being longer.
  package let isCut: Bool

  init(_ bytes: [UInt8], isCut: Bool = false) {
    self.bytes = bytes
    self.isCut = isCut
  }
}

/// A member's question that nothing has to be written for: it is answered when its turn comes.
package struct PreparedAnswer: Sendable {
  /// Whose it is: a fair share is counted by device.
  package let sender: Bytes16
  /// How long it is at least, if it is given the room: what that says need not be found out.
  package let bytesMin: Int
  private let body: @Sendable (AnswerRoom) throws -> LaidOutAnswer

  init(
    for sender: Bytes16, bytesMin: Int = 0,
    _ body: @escaping @Sendable (AnswerRoom) throws -> LaidOutAnswer
  ) {
    self.sender = sender
    self.bytesMin = bytesMin
    self.body = body
  }

  /// Reads, lays out and signs it; may be done again with more room.
  package func layOut(room: AnswerRoom = .whole) throws -> LaidOutAnswer { try body(room) }
}
