import Testing

@testable import Console

@Suite struct InputFileTests {
  private func status(_ path: String) -> Console.ExitStatus? {
    do throws(CommandFailure) {
      _ = try InputFile.bytes(path, bytesMax: 100)
      return nil
    } catch { return error.status }
  }

  @Test func `a name that leads to nothing to read is not found`() {
    #expect(status("/nowhere/at all") == .notFound)
    #expect(status("/") == .notFound)
  }

  @Test func `a file that the system fails to read is not called missing`() {
    // Address 0 of a process is never mapped: reading it is an input/output error.
    #expect(status("/proc/self/mem") == .storageFailed)
  }
}
