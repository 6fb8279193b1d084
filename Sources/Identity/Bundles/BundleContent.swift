public import SyncCore

/// Requests of one device, in the order in which the hub takes them (bundle §3).
public struct BundleRequests: Sendable, Hashable {
  public var messages: [[UInt8]]

  public init(_ messages: [[UInt8]]) { self.messages = messages }
}

/// A hub's answers to requests that were carried to it, in the order in which the device takes them
/// (bundle §3).
public struct BundleAnswers: Sendable, Hashable {
  public struct Answer: Sendable, Hashable {
    /// SHA-256 of the request, which the answer's signature covers too.
    public var request: Digest32
    public var message: [UInt8]

    public init(request: Digest32, message: [UInt8]) {
      self.request = request
      self.message = message
    }
  }
  public var answers: [Answer]

  public init(_ answers: [Answer]) { self.answers = answers }
}

extension BundleRequests: BundleContent {
  public static let direction: UInt8 = 1
  private static let name = "yarrow requests 1"

  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: messages.reduce(64) { $0 + $1.count + 8 })
    e.arrayHead(2)
    e.encode(Self.name)
    e.arrayHead(messages.count)
    for message in messages { e.encode(bytes: message) }
    return e.bytes
  }

  public init(encoded: ArraySlice<UInt8>, limits: Limits) throws(CBORError) {
    var d = CBORDecoder(encoded)
    let count = try d.readBundleHead(Self.name, limits: limits)
    messages = []
    for _ in 0..<count { messages.append(Array(try d.readBytes(max: limits.messageBytesMax))) }
    try d.expectEnd()
  }
}

extension BundleAnswers: BundleContent {
  public static let direction: UInt8 = 2
  private static let name = "yarrow answers 1"

  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: answers.reduce(64) { $0 + $1.message.count + 48 })
    e.arrayHead(2)
    e.encode(Self.name)
    e.arrayHead(answers.count)
    for answer in answers {
      e.arrayHead(2)
      e.encode(answer.request)
      e.encode(bytes: answer.message)
    }
    return e.bytes
  }

  public init(encoded: ArraySlice<UInt8>, limits: Limits) throws(CBORError) {
    var d = CBORDecoder(encoded)
    let count = try d.readBundleHead(Self.name, limits: limits)
    answers = []
    for _ in 0..<count {
      try d.readArrayHead(exactly: 2)
      let request = try d.readDigest()
      answers.append(
        Answer(request: request, message: Array(try d.readBytes(max: limits.messageBytesMax))))
    }
    try d.expectEnd()
  }
}

extension CBORDecoder {
  /// Reads the name of what a bundle holds; gives how many there are, at least one.
  fileprivate mutating func readBundleHead(
    _ name: String, limits: Limits
  ) throws(CBORError) -> Int {
    try readArrayHead(exactly: 2)
    guard try readText(max: limits.nameBytesMax) == name else { throw error(.outOfRange) }
    let count = try readArrayHead(max: BundleSealer.messagesMax)
    guard count > 0 else { throw error(.outOfRange) }
    return count
  }
}
