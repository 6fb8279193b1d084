import SyncCore
import Testing

struct CBORVectorTests {
  struct Vector: Decodable {
    let what: String
    let bytes: String
    let expect: String
  }

  /// Reads one item that fills the bytes, and says what came of it in the vectors' words.
  static func verdict(on bytes: [UInt8]) -> String {
    var d = CBORDecoder(bytes)
    do throws(CBORError) {
      _ = try d.skipItem()
      try d.expectEnd()
      return "accept"
    } catch { return "refuse:\(error.code.rawValue)" }
  }

  @Test func `every encoding in the vectors is accepted or refused for the reason given`() throws {
    let vectors = try VectorFiles.all("cbor", as: Vector.self)
    #expect(vectors.count { $0.vector.expect == "accept" } >= 15)
    #expect(vectors.count { $0.vector.expect != "accept" } >= 30)
    for (name, vector) in vectors {
      let bytes = try #require([UInt8](hex: vector.bytes), "\(name)")
      #expect(Self.verdict(on: bytes) == vector.expect, "\(name): \(vector.what)")
    }
  }

  @Test func `what is accepted encodes to the same bytes`() throws {
    for (name, vector) in try VectorFiles.all("cbor", as: Vector.self)
    where vector.expect == "accept" {
      let bytes = try #require([UInt8](hex: vector.bytes), "\(name)")
      #expect(try Item(bytes).encoded == bytes, "\(name)")
    }
  }

  @Test func `no prefix of an accepted encoding is accepted`() throws {
    for (name, vector) in try VectorFiles.all("cbor", as: Vector.self)
    where vector.expect == "accept" {
      let bytes = try #require([UInt8](hex: vector.bytes), "\(name)")
      for count in 0..<bytes.count {
        #expect(Self.verdict(on: Array(bytes[..<count])) == "refuse:truncated", "\(name), \(count)")
      }
    }
  }
}

/// Any item of the subset, read and written with the public calls.
indirect enum Item {
  case value(FieldValue)
  case array([Item])
  case map([(key: FieldValue, value: Item)])

  init(_ bytes: [UInt8]) throws {
    var d = CBORDecoder(bytes)
    self = try Self.read(&d)
    try d.expectEnd()
  }

  static func read(_ d: inout CBORDecoder) throws -> Item {
    switch try d.nextMajor() {
    case 4:
      let count = try d.readArrayHead(max: 1 << 20)
      return .array(try (0..<count).map { _ in try read(&d) })
    case 5:
      let count = try d.readMapHead(max: 1 << 20)
      return .map(
        try (0..<count).map { _ in
          (try d.readFieldValue(limits: .specified), try read(&d))
        })
    default: return .value(try d.readFieldValue(limits: .specified))
    }
  }

  var encoded: [UInt8] {
    var e = CBOREncoder()
    write(&e)
    return e.bytes
  }

  func write(_ e: inout CBOREncoder) {
    switch self {
    case .value(let value): e.encode(value)
    case .array(let items):
      e.arrayHead(items.count)
      for item in items { item.write(&e) }
    case .map(let pairs):
      e.mapHead(pairs.count)
      for (key, value) in pairs {
        e.encode(key)
        value.write(&e)
      }
    }
  }
}
