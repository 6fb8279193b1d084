import SyncCore
import Testing

struct FieldWriteTests {
  private static let h1 = EntryHash(hex: String(repeating: "11", count: 32))!
  private static let h2 = EntryHash(hex: String(repeating: "22", count: 32))!

  /// A section with the one field `f`.
  private func refusal(_ build: (inout CBOREncoder) -> Void) -> CBORError.Code? {
    var e = CBOREncoder()
    e.mapHead(1)
    e.encode("f")
    build(&e)
    do throws(CBORError) {
      _ = try decodeFieldWrites(e.bytes)
      return nil
    } catch { return error.code }
  }

  @Test func `a list of replaced writes is ascending, without repetition, and not empty`() {
    func list(_ hashes: [EntryHash]) -> CBORError.Code? {
      refusal {
        $0.arrayHead(2)
        $0.encode("v")
        $0.arrayHead(hashes.count)
        for hash in hashes { $0.encode(hash) }
      }
    }
    #expect(list([Self.h1]) == nil)
    #expect(list([Self.h1, Self.h2]) == nil)
    #expect(list([Self.h2, Self.h1]) == .unsortedKeys)
    #expect(list([Self.h1, Self.h1]) == .unsortedKeys)
    #expect(list([]) == .nonCanonicalValue)
    let many = (0..<257).map { Hash.sha256([UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]) }
    #expect(list(many.dropLast().sorted()) == nil)
    #expect(list(many.sorted()) == .tooLong)
  }

  @Test func `the codes of a set write are in order, each once`() {
    func adds(_ codes: [String]) -> CBORError.Code? {
      refusal {
        $0.mapHead(1)
        $0.encode(0 as UInt64)
        $0.arrayHead(codes.count)
        for code in codes { $0.encode(code) }
      }
    }
    #expect(adds(["b", "aa"]) == nil)
    #expect(adds(["aa", "b"]) == .unsortedKeys)
    #expect(adds(["b", "b"]) == .unsortedKeys)
    #expect(adds([]) == .nonCanonicalValue)
  }

  /// Two spellings of é are one key in a Swift dictionary and two on the wire.
  @Test func `codes that Unicode holds equivalent do not stand in one write`() {
    let spellings = ["\u{e9}", "e\u{301}"]
    #expect(
      refusal {
        $0.mapHead(1)
        $0.encode(0 as UInt64)
        $0.arrayHead(2)
        for code in spellings { $0.encode(code) }
      } == .duplicateKey)
    #expect(
      refusal {
        $0.mapHead(1)
        $0.encode(1 as UInt64)
        $0.mapHead(2)
        for code in spellings {
          $0.encode(code)
          $0.encode(hashes: [Self.h1])
        }
      } == .duplicateKey)
  }

  @Test func `the longest field name of a repeat fits, and a longer one does not`() {
    let name = String(repeating: "n", count: 64)
    let longest = "\(name)#999999999@\(Self.h1.hex).\(name)"
    let section = encodeFieldWrites([(longest, .assign(.boolean(true)))])
    #expect((try? decodeFieldWrites(section))?.first?.name == longest)
    let tooLong = String(repeating: "n", count: 257)
    #expect(throws: CBORError.self) {
      try decodeFieldWrites(encodeFieldWrites([(tooLong, .assign(.boolean(true)))]))
    }
  }

  @Test func `what is no write is refused`() {
    #expect(refusal { $0.mapHead(0) } == nil)
    #expect(refusal { $0.arrayHead(0) } == .outOfRange)
    #expect(refusal { $0.append(encoded: [0xf9, 0, 0]) } == .floatingPoint)
    #expect(refusal { $0.append(encoded: [0xf7]) } == .unsupportedSimple)
    #expect(refusal { $0.append(encoded: [0xc4, 0x82, 0x00, 0x0a]) } == .nonCanonicalValue)
    #expect(refusal { $0.append(encoded: [0xa1, 0x02, 0x80]) } == .outOfRange)
  }
}
