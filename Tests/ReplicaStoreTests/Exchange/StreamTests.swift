import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// What a hub delivers to whoever asks from elsewhere, or for more, than an honest device does.
@Suite struct StreamTests {
  /// The answer to a device's request after a change to it, under the device's own signature.
  private func answer(
    _ village: Village, _ replica: Replica, _ change: (inout SyncRequest) -> Void
  ) throws -> SyncResponse {
    var request = try replica.deviceState().request(push: nil, byteBudget: 100_000)
    change(&request)
    let message = MessageSigning.sign(
      MessageFrame.encode(request), by: replica.identity.signing, programme: replica.programme.id)
    return try village.response(try #require(try village.answer(message)), to: message, of: replica)
  }

  @Test func `a position with another running hash is no position: all is delivered again`() throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    #expect(try answer(village, liaison) { _ in }.deliveries.isEmpty)
    // Another history of the same length, as after a restore.
    let response = try answer(village, liaison) { request in
      for index in request.streams.indices where request.streams[index].stream == .programme {
        request.streams[index].hash = Bytes16(high: 1, low: 2)
      }
    }
    let again = try #require(response.deliveries.first { $0.stream == .programme })
    let count = try #require(try liaison.deviceState().streams.first { $0.name == .programme })
      .position.count
    #expect(again.from == 0 && UInt64(again.items.count) == count && count > 0)
    // One that is longer than the stream, too.
    let beyond = try answer(village, liaison) { request in
      for index in request.streams.indices where request.streams[index].stream == .programme {
        request.streams[index].count += 1
      }
    }
    #expect(beyond.deliveries.first { $0.stream == .programme }?.from == 0)
  }

  @Test func `a list that a hub has not begun, as one that was put back, begins again empty`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let response = try answer(village, liaison) { request in
      for index in request.streams.indices where request.streams[index].stream == .own {
        request.streams[index].count = 3
        request.streams[index].hash = Bytes16(high: 1, low: 2)
      }
    }
    #expect(response.deliveries == [Delivery(stream: .own, from: 0, items: [])])
  }

  @Test func `whoever asks for the stream of an area that is not its own gets nothing of it`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["south"], name: "office")
    let south = try village.join(.liaison, ["south"], name: "south")
    _ = try south.record(form: "report", answers: Village.report(district: "south"))
    try village.sync(south)
    let area = SyncRequest.Position(
      stream: .area("south"), count: 0, hash: Bytes16(high: 0, low: 0))
    let refused = try answer(village, liaison) { $0.streams = [area] }
    #expect(refused.deliveries.isEmpty && refused.segments.isEmpty)
    let given = try answer(village, office) { $0.streams = [area] }
    #expect(given.deliveries.map(\.stream) == [.area("south")])
  }
}
