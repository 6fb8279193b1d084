import Glibc
import Testing

@testable import Console

struct PassphraseTests {
  private func file(_ bytes: [UInt8], mode: mode_t, _ body: (String) throws -> Void) rethrows {
    var template = Array("/tmp/passphrase-XXXXXX\0".utf8CString.dropLast())
    let handle = mkstemp(&template)
    let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { unlink(path) }
    #expect(bytes.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) } == bytes.count)
    fchmod(handle, mode)
    close(handle)
    try body(path)
  }

  private func read(_ text: String, mode: mode_t = 0o600) throws -> ([UInt8], warnings: Int) {
    var warnings = 0
    var bytes: [UInt8] = []
    try file(Array(text.utf8), mode: mode) { path in
      let source = PassphraseSource(option: path, catalog: .english)
      bytes = try source.existing { _ in warnings += 1 }.withBytes(Array.init)
    }
    return (bytes, warnings)
  }

  @Test func `the first line is the passphrase, whatever ends it`() throws {
    #expect(try read("four words here\nmore").0 == Array("four words here".utf8))
    #expect(try read("four words\r\n").0 == Array("four words".utf8))
    #expect(try read(" spaces stay ").0 == Array(" spaces stay ".utf8))
  }

  @Test func `two ways to type a letter are one passphrase`() throws {
    #expect(try read("cafe\u{301} noir").0 == read("caf\u{E9} noir").0)
  }

  @Test func `a file that others may read is used with a warning`() throws {
    #expect(try read("four words", mode: 0o644).warnings == 1)
    #expect(try read("four words", mode: 0o600).warnings == 0)
  }

  @Test func `empty, long, binary and missing files are refused`() throws {
    #expect(throws: CommandFailure(.inputInvalid, "passphrase.empty")) { try read("\nx") }
    #expect(throws: CommandFailure(.inputInvalid, "passphrase.long")) {
      try read(String(repeating: "a", count: 1_025))
    }
    _ = try read(String(repeating: "a", count: 1_024))
    #expect(throws: CommandFailure(.inputInvalid, "passphrase.not_utf8")) { try read("a\u{0}b") }
    #expect(throws: CommandFailure.self) {
      try PassphraseSource(option: "/nonexistent", catalog: .english).existing { _ in }
    }
  }

  @Test func `a new passphrase must be long enough`() throws {
    file(Array("short".utf8), mode: 0o600) { path in
      #expect(throws: CommandFailure(.inputInvalid, "passphrase.short", ["minimum": "8"])) {
        try PassphraseSource(option: path, catalog: .english).new { _ in }
      }
    }
    try file(Array("long enough".utf8), mode: 0o600) { path in
      _ = try PassphraseSource(option: path, catalog: .english).new { _ in }
    }
  }

  @Test func `bytes given to a passphrase are overwritten`() {
    var bytes = Array("secret words".utf8)
    _ = Passphrase(consuming: &bytes)
    #expect(bytes.allSatisfy { $0 == 0 })
  }
}
