import Glibc
import Testing

@testable import Console

struct OutputTests {
  /// What a closure writes to a pipe.
  private func captured(_ body: (Int32) throws -> Void) rethrows -> String {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { close(ends[0]) }
    do {
      defer { close(ends[1]) }
      try body(ends[1])
    }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(ends[0], &bytes, bytes.count)
    return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  }

  @Test func `with JSON a result is one line of it, and a failure leaves stdout empty`() throws {
    var heard = ""
    let said = try captured { out in
      heard = try captured { err in
        let output = CommandOutput(
          program: "yarrow", isJSON: true, catalog: .english, out: out, err: err)
        try output.result(["a": 1], text: ["one"])
        #expect(output.failed(CommandFailure(.notFound, "conflicts.none")) == .notFound)
      }
    }
    #expect(said == "{\"a\":1}\n")
    #expect(heard.hasPrefix("yarrow: There are no conflicts.\nWhat to do: "))
  }

  @Test func `a full disk under stdout is a failure and not a success`() {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let output = CommandOutput(
      program: "yarrow", isJSON: false, catalog: .english, out: full, err: full)
    #expect(throws: CommandFailure(.storageFailed, "failure.output")) {
      try output.result([:], text: ["x"])
    }
  }

  @Test func `a progress bar waits a second, then draws at most ten times a second`() {
    var line = ProgressLine(label: "Syncing", now: 5)
    let second: UInt64 = 1_000_000_000
    #expect(line.update(done: 1, total: 4, width: 40, now: second) == nil)
    #expect(!line.isShown)
    let drawn = line.update(done: 1, total: 4, width: 40, now: second + 5)
    #expect(drawn == "Syncing [######--------------------] 1/4")
    #expect(line.update(done: 2, total: 4, width: 40, now: second + 50_000_005) == nil)
    #expect(line.update(done: 9, total: 4, width: 12, now: 2 * second) == "Syncing 4/4")
    #expect(line.update(done: 9, total: nil, width: 40, now: 3 * second) == "Syncing 9")
  }

  @Test func `a share is shown as a percentage that is 100 only for all of it`() {
    var line = ProgressLine(label: "Syncing", now: 0)
    let second: UInt64 = 1_000_000_000
    #expect(line.update(fraction: 0.5, width: 40, now: second - 1) == nil)
    #expect(
      line.update(fraction: 0.5, width: 40, now: second)
        == "Syncing [" + String(repeating: "#", count: 12) + String(repeating: "-", count: 13)
        + "] 50 %")
    #expect(line.update(fraction: 0.999, width: 12, now: 2 * second) == "Syncing 99 %")
    #expect(line.update(fraction: 1, width: 13, now: 3 * second) == "Syncing 100 %")
    #expect(line.update(fraction: 7, width: 13, now: 4 * second) == "Syncing 100 %")
  }

  @Test func `relative times are coarse, and the future is now`() {
    let french = Catalog(Language("fr")!)
    #expect(RelativeTime.ago(0, now: 300, in: .english) == "5 min ago")
    #expect(RelativeTime.ago(0, now: 86_400 * 3, in: french) == "il y a 3 j")
    #expect(RelativeTime.ago(500, now: 300, in: .english) == "just now")
    #expect(RelativeTime.ago(.min, now: .max, in: .english) == "just now")
  }
}
