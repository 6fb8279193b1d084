import SyncCore
import Testing

/// What a device does with each status (sync §2.6).
@Suite struct SessionStatusTests {
  private var hub = HubModel()
  private var device = SessionDevice("one")

  init() {
    hub.enrol(device)
    device.write(2)
  }

  @Test mutating func `a stale token is replaced and nothing else changes`() throws {
    let state = device.state
    let advance = try device.exchange(with: &hub) { $0.status = .sayInFull }
    #expect(advance.next == .retryInFull)
    #expect(device.state.token == Array(repeating: 7, count: 16))
    #expect(device.state.acknowledged == .empty && device.state.frontier == state.frontier)
    #expect(advance.deliveries.isEmpty && advance.growth == nil && device.received.isEmpty)
  }

  @Test mutating func `a busy hub is asked again later`() throws {
    let advance = try device.exchange(with: &hub) {
      $0.status = .busy
      $0.retryAfter = 30
    }
    #expect(advance.next == .busy(seconds: 30))
    #expect(device.received.isEmpty && device.state.acknowledged == .empty)
  }

  @Test mutating func `a recovering hub acknowledges and proves nothing`() throws {
    let advance = try device.exchange(with: &hub) { $0.status = .recovering }
    #expect(advance.next == .recovering)
    #expect(device.state.acknowledged == .empty && device.received.isEmpty)
  }

  @Test mutating func `a new epoch is passed on only with its statement`() throws {
    let advance = try device.exchange(with: &hub) {
      $0.status = .otherEpoch
      $0.hubEpoch = 2
      $0.hubStatement = [1, 2, 3]
    }
    #expect(advance.next == .epochChanged(statement: [1, 2, 3]))
    // The epoch itself changes when the authority's statement was checked.
    #expect(advance.hubEpoch == 1)
    #expect(throws: SyncRefusal.inconsistent) {
      try device.exchange(with: &hub) {
        $0.status = .otherEpoch
        $0.hubEpoch = 2
      }
    }
    #expect(throws: SyncRefusal.inconsistent) {
      try device.exchange(with: &hub) {
        $0.status = .otherEpoch
        $0.hubStatement = [1, 2, 3]
      }
    }
  }

  @Test(arguments: [SyncResponse.Status.done, .revoked])
  mutating func `an answer of another epoch is not taken for one of this`(
    status: SyncResponse.Status
  ) {
    #expect(throws: SyncRefusal.inconsistent) {
      try device.exchange(with: &hub) {
        $0.status = status
        $0.hubEpoch = 2
      }
    }
  }

  @Test mutating func `a revoked device learns what the hub kept and is given nothing`() throws {
    let advance = try device.exchange(with: &hub) { $0.status = .revoked }
    #expect(advance.next == .revoked)
    #expect(advance.acknowledged.seq == 2)
    #expect(advance.deliveries.isEmpty && advance.growth == nil && device.received.isEmpty)
  }

  @Test mutating func `there is more to do while the hub or the device has more`() throws {
    #expect(try device.exchange(with: &hub, pushMax: 1).next == .again)
    #expect(try device.exchange(with: &hub, pushMax: 1).next == .complete)
    #expect(try device.exchange(with: &hub) { $0.more = true }.next == .again)
    #expect(try device.exchange(with: &hub).next == .complete)
  }

  @Test mutating func `what the hub says of membership and held entries is passed on`() throws {
    let membership = Membership(
      version: 2, role: .caseWorker, areas: ["north"], programmeAreas: ["north", "south"],
      url: "https://hub.example")
    let advance = try device.exchange(with: &hub) {
      $0.membership = membership
      $0.held = [.init(seq: 1, reason: "form_unknown")]
    }
    #expect(advance.membership == membership)
    #expect(advance.held == [.init(seq: 1, reason: "form_unknown")])
    #expect(membership.streams == [.programme, .grants, .own, .area("north")])
  }
}
