import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct RecordingTests {
  @Test func `what went out once is not taken back, though no answer came`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let here = try liaison.record(form: "report", answers: Village.report())
    _ = try liaison.undo(here.record)
    #expect(try liaison.list().isEmpty)

    let gone = try liaison.record(form: "report", answers: Village.report())
    _ = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    // The line broke, and perhaps the laptop: the next process knows all the same.
    let again = try village.open("liaison")
    let refused = #expect(throws: StoreError.self) { _ = try again.undo(gone.record) }
    #expect(refused?.code == .alreadyOffered)
    #expect(try again.list().map(\.record) == [gone.record])
  }
}
