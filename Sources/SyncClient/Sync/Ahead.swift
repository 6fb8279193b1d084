internal import ReplicaStore

/// A request that went out while the answer before it was stored, and what became of it (sync §7).
///
/// Its answer counts only once the one that it goes on from is durable.
struct Ahead: Sendable {
  typealias Answer = (bytes: [UInt8], hubTime: Int64?)

  let sent: Replica.Outgoing
  let began: ContinuousClock.Instant
  /// The answer, and how long the line took for it.
  let answer: Result<(Answer, Duration), any Error>

  /// Returns when there is an answer or none will come.
  init(_ sent: Replica.Outgoing, _ transport: any HubTransport) async {
    self.sent = sent
    began = .now
    do { answer = .success(try await timed { try await transport.exchange(sent.bytes) }) } catch {
      answer = .failure(error)
    }
  }
}

/// What a piece of work gives, and how long it took.
func timed<Result>(_ work: () async throws -> Result) async rethrows -> (Result, Duration) {
  let began = ContinuousClock.now
  let result = try await work()
  return (result, .now - began)
}
