import Testing

@testable import Console

struct JSONTests {
  private func parse(_ text: String, _ limits: JSONLimits = JSONLimits()) throws -> JSONValue {
    try JSONParser.parse(Array(text.utf8), limits: limits)
  }

  private func refusal(_ text: String, _ limits: JSONLimits = JSONLimits()) -> JSONFailure? {
    #expect(throws: JSONFailure.self) { try parse(text, limits) }
  }

  @Test func `what is written reads back, in the order given`() throws {
    let value: JSONValue = [
      "z": 1, "a": ["x", true, .null, .number("1.50")], "t": "q\"\\\n\t\u{1B}\u{202E}é人\u{1F600}",
    ]
    let line = value.line
    #expect(
      line
        == #"{"z":1,"a":["x",true,null,1.50],"t":"q\"\\\n\t\u001b\u202eé人😀"}"#)
    #expect(try parse(line) == value)
  }

  @Test func `numbers keep their text`() throws {
    #expect(
      try parse("[0.10,-1E+2,12345678901234567890]") == [
        .number("0.10"), .number("-1E+2"), .number("12345678901234567890"),
      ])
  }

  @Test(arguments: [
    (#"{"a":1,"a":2}"#, JSONFailure.Code.duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
    ("[1,]", .unexpectedCharacter), ("[01]", .invalidNumber), ("[1.]", .invalidNumber),
    ("[+1]", .unexpectedCharacter), ("[1] x", .trailingText), (#"["\ud800"]"#, .loneSurrogate),
    (#"["\ud800\u0041"]"#, .loneSurrogate), (#"["\udc00"]"#, .loneSurrogate),
    ("[\"a\nb\"]", .controlCharacter), (#"["\x"]"#, .invalidEscape),
    ("[nul]", .unexpectedCharacter),
    ("{\"a\"", .unexpectedEnd), ("", .unexpectedEnd), ("\u{FEFF}[]", .unexpectedCharacter),
    ("NaN", .unexpectedCharacter), (#"{a:1}"#, .unexpectedCharacter), ("\"abc", .unexpectedEnd),
  ])
  func `what parsers disagree about is refused`(text: String, code: JSONFailure.Code) {
    #expect(refusal(text)?.code == code, "\(text)")
  }

  @Test(arguments: [2, 23, 24, 25, 60])
  func `a name that stands twice is refused among however many`(count: Int) throws {
    var names = (1..<count).map { "\"n\($0)\":\($0)" }
    // One letter in two spellings is two names.
    names += ["\"\u{E9}\":0", "\"e\u{301}\":0"]
    _ = try parse("{" + names.joined(separator: ",") + "}")
    for twice in [1, count - 1] {
      let text = "{" + (names + ["\"n\(twice)\":0"]).joined(separator: ",") + "}"
      #expect(refusal(text)?.code == .duplicateKey)
    }
  }

  @Test func `limits end the work before it grows`() throws {
    let deep = String(repeating: "[", count: 5) + String(repeating: "]", count: 5)
    #expect(refusal(deep, JSONLimits(depthMax: 3))?.code == .tooDeep)
    _ = try parse(deep, JSONLimits(depthMax: 4))
    #expect(refusal("[1,2,3]", JSONLimits(valuesMax: 3))?.code == .tooManyValues)
    #expect(refusal("[1,2,3]", JSONLimits(bytesMax: 6))?.code == .tooLarge)
    #expect(refusal(String(repeating: "[", count: 1 << 20))?.code == .tooDeep)
  }

  @Test func `a failure says where and nothing of the text`() {
    let failure = refusal("{\n \"name\": \"Amina\",\n \"name\": 1}")
    #expect(failure == JSONFailure(code: .duplicateKey, line: 3, column: 2))
    #expect(failure?.message.text(in: .english) == "Line 3, column 2: the same name stands twice.")
    #expect(throws: JSONFailure(code: .notUTF8, line: 7, column: 3)) {
      try JSONParser.parse([0x5B, 0x22, 0xC0, 0xAF, 0x22, 0x5D], firstLine: 7)
    }
  }

  @Test func `random bytes neither trap nor hang, and what they parse to reads back`() throws {
    var seed: UInt64 = 20_260_301
    print("seed \(seed)")
    let alphabet = Array("{}[]\",:\\u0d8truefalsn1.eE-+ \n".utf8) + [0xC3, 0xA9, 0xFF, 0x00]
    for _ in 0..<20_000 {
      var bytes: [UInt8] = []
      for _ in 0..<24 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(alphabet[Int(seed >> 33) % alphabet.count])
      }
      guard let value = try? JSONParser.parse(bytes) else { continue }
      #expect(try parse(value.line) == value)
    }
  }
}
