import Testing

@testable import HubServer

/// How fast a store is taken to be, and what those who are sent away are told (sync §6.4).
@Suite struct PaceTests {
  @Test func `a small batch that took long says nothing of the store, one that did not does`() {
    var pace = Pace(rate: 1_000_000)
    pace.learn(200_000, in: .seconds(2))
    #expect(pace.seconds(for: 1_000_000) == 1)
    pace.learn(200_000, in: .milliseconds(20))
    #expect(pace.seconds(for: 1_000_000) < 0.3)
  }

  @Test func `the first large batch replaces what was assumed, and later ones move it`() {
    var pace = Pace(rate: 1_000_000)
    pace.learn(4_000_000, in: .seconds(1))
    #expect(pace.seconds(for: 4_000_000) == 1)
    pace.learn(2_000_000, in: .seconds(1))
    #expect((1.1...1.3).contains(pace.seconds(for: 4_000_000)))
  }

  @Test func `turns move closer when the store turns out to be faster`() {
    var pace = Pace(rate: 1_000_000)
    #expect(pace.promise(10_000_000, behind: 5_000_000) == 5)
    #expect((13...15).contains(pace.promise(10_000_000, behind: 5_000_000)))
    pace.learn(10_000_000, in: .seconds(1))
    #expect((1...2).contains(pace.promise(1_000_000, behind: 5_000_000)))
  }

  @Test func `a store that is idle while somebody is away sends the next away for less`() {
    var pace = Pace(rate: 1_000_000)
    pace.idle()
    #expect(pace.seconds(for: 1_000_000) == 1)
    _ = pace.promise(50_000_000, behind: 0)
    for _ in 1...5 { pace.idle() }
    #expect(pace.seconds(for: 1_000_000) < 0.5)
  }
}
