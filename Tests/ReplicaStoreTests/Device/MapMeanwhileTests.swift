import Synchronization
import Testing

@testable import ReplicaStore

@Suite struct MapMeanwhileTests {
  private struct Odd: Error, Equatable { let number: Int }

  @Test(arguments: [0, 1, 16, 17, 1_000])
  func `results come in order, each once`(count: Int) throws {
    let calls = Mutex(0)
    let results = Array(0..<count).mapMeanwhile { number in
      calls.withLock { $0 += 1 }
      return number * 2
    }
    #expect(try results() == (0..<count).map { $0 * 2 })
    #expect(calls.withLock { $0 } == count)
  }

  @Test(arguments: [10, 1_000]) func `the first that fails decides`(count: Int) {
    let results = Array(0..<count).mapMeanwhile { number in
      if number > count / 2 { throw Odd(number: number) }
      return number
    }
    #expect(throws: Odd(number: count / 2 + 1)) { try results() }
  }
}
