import SyncCore
import Testing

struct EnvelopeTests {
  private func refusal(_ change: (inout Envelope) -> Void) throws -> CBORError.Code? {
    var envelope = try EntryVector.named("amend_replaces_writes").makeEnvelope()
    change(&envelope)
    do throws(CBORError) {
      _ = try Envelope(encoded: envelope.encoded)
      return nil
    } catch { return error.code }
  }

  @Test func `an envelope whose fields contradict each other is refused`() throws {
    #expect(try refusal { _ in } == nil)
    #expect(try refusal { $0.seq = 0 } == .outOfRange)
    #expect(try refusal { $0.seq = 1 } == .nonCanonicalValue)
    #expect(try refusal { $0.previous = .zero } == .nonCanonicalValue)
    #expect(try refusal { ($0.seq, $0.previous) = (1, .zero) } == nil)
    #expect(try refusal { $0.seenSize = 0 } == .nonCanonicalValue)
    #expect(try refusal { $0.seenRoot = .zero } == .nonCanonicalValue)
    #expect(try refusal { ($0.seenSize, $0.seenRoot) = (0, .zero) } == nil)
  }

  @Test func `numbers and names beyond their limits are refused`() throws {
    #expect(try refusal { $0.seq = 1 << 63 } == .outOfRange)
    #expect(try refusal { $0.seenSize = 1 << 63 } == .outOfRange)
    #expect(try refusal { $0.formVersion = 1 << 32 } == .outOfRange)
    #expect(try refusal { $0.epoch = 1 << 32 } == .outOfRange)
    let name = String(repeating: "a", count: 64)
    #expect(try refusal { ($0.area, $0.form) = (name, name) } == nil)
    #expect(try refusal { $0.area = name + "a" } == .tooLong)
    #expect(try refusal { $0.form = name + "a" } == .tooLong)
  }

  /// Envelopes also come from the columns of a message, not from their own encoding.
  @Test func `an entry takes no envelope that could not be read back`() throws {
    let vector = try EntryVector.named("amend_replaces_writes")
    func refusal(_ change: (inout Envelope) -> Void) throws -> EntryError.Code? {
      var envelope = try vector.makeEnvelope()
      change(&envelope)
      do { _ = try vector.makeEntry(envelope: envelope) } catch let error as EntryError {
        return error.code
      }
      return nil
    }
    #expect(try refusal { _ in } == nil)
    #expect(try refusal { $0.seq = 0 } == .malformedEnvelope(.outOfRange))
    #expect(try refusal { $0.seq = 1 << 63 } == .malformedEnvelope(.outOfRange))
    #expect(try refusal { $0.seenSize = 1 << 63 } == .malformedEnvelope(.outOfRange))
    #expect(try refusal { $0.formVersion = 1 << 32 } == .malformedEnvelope(.outOfRange))
    #expect(try refusal { $0.epoch = 1 << 32 } == .malformedEnvelope(.outOfRange))
    #expect(try refusal { $0.previous = .zero } == .malformedEnvelope(.nonCanonicalValue))
    #expect(try refusal { $0.seenRoot = .zero } == .malformedEnvelope(.nonCanonicalValue))
    #expect(
      try refusal { $0.area = String(repeating: "é", count: 33) } == .malformedEnvelope(.tooLong))
  }

  @Test func `bytes that are no envelope are refused`() throws {
    let bytes = try EntryVector.named("create_empty").makeEnvelope().encoded
    #expect(throws: CBORError.self) { try Envelope(encoded: bytes + [0]) }
    #expect(throws: CBORError.self) { try Envelope(encoded: Array(bytes.dropLast())) }
    #expect(throws: CBORError(.outOfRange, at: 0)) {
      try Envelope(encoded: [0x8c] + bytes.dropFirst())
    }
    // Kinds are 1 to 9: the byte stands before claimed, epoch, seen size and seen root.
    let kind = bytes.count - 34 - 1 - 1 - 5 - 1
    for value: UInt8 in [0, 10, 23] {
      var changed = bytes
      try #require(changed[kind] == EntryKind.create.rawValue)
      changed[kind] = value
      #expect(throws: CBORError.self) { try Envelope(encoded: changed) }
    }
  }
}
