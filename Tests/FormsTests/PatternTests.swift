import Testbed
import Testing

@testable import Forms

@Suite struct PatternTests {
  @Test(arguments: [
    ("abc", "abc", true), ("abc", "xabc", false), ("abc", "abcx", false), ("", "", true),
    ("a*", "", true), ("a+", "", false), ("(a|b)+c", "ababc", true), ("^a$", "a", true),
    ("a{2,3}", "a", false), ("a{2,3}", "aa", true), ("a{2,3}", "aaa", true),
    ("a{2,3}", "aaaa", false), ("a{2,}", "aaaaa", true), ("a{0}", "", true), ("a{0}b", "ab", false),
    ("[a-c-]+", "a-c", true), ("[^a-c]", "d", true), ("[^a-c]", "b", false), ("[]]", "]", true),
    ("\\d{3}", "123", true), ("\\d", "٣", false), ("\\w+", "a_9", true), ("\\w", "é", false),
    ("\\p{L}+", "éب", true), ("\\p{L}", "1", false), (".", "\n", false), ("\\.", "x", false),
    ("[\\d\\s]+", "1 2", true), ("(?:ab){2}", "abab", true), ("a|", "", true), ("é", "é", true),
    ("(a*)*b", "aaab", true), ("(|a)+", "aa", true), ("a$b", "ab", false),
  ])
  func `a pattern decides on the whole text`(pattern: String, text: String, matches: Bool) throws {
    #expect(try Pattern(pattern, limits: .specified).matches(text) == matches)
  }

  @Test(arguments: [
    "(", ")", "a)", "[", "[a", "a**", "*a", "+", "a{", "a{1", "a{2,1}", "a{201}", "\\", "\\q",
    "\\1",
    "(?=a)", "(?<n>a)", "[b-a]", "[\\D]", "\\p{Lu}", "a{99999999999999999999}",
    "(a{200}){200}", "(((((((((((((((((a)))))))))))))))))",
  ])
  func `a pattern that is wrong or too large is refused`(pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern, limits: .specified) }
  }

  @Test func `nothing repeated without end costs nothing`() throws {
    let pattern = try Pattern("(((((){200}){200}){200}){200}){200}a", limits: .specified)
    #expect(pattern.matches("a"))
  }

  @Test func `a pattern that ruins a backtracking matcher is decided at once`() throws {
    let pattern = try Pattern("(a+)+(a|aa)*$", limits: .specified)
    let text = String(repeating: "a", count: 4_000) + "b"
    let clock = ContinuousClock()
    let time = clock.measure { #expect(!pattern.matches(text)) }
    #expect(time < .seconds(5), "linear, so far below a second; exponential would not end")
  }

  @Test func `a text over the limit matches nothing`() throws {
    let pattern = try Pattern("a*", limits: .specified)
    #expect(pattern.matches(String(repeating: "a", count: 4_096)))
    #expect(!pattern.matches(String(repeating: "a", count: 4_097)))
  }

  @Test func `random patterns agree with a plain reference matcher`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("pattern seed \(seed)")
    var generator = SplitMix64(seed: seed)
    var accepted = 0
    for _ in 0..<3_000 {
      let source = Self.random(&generator, depth: 3)
      guard let pattern = try? Pattern(source, limits: .specified) else { continue }
      let syntax = try PatternParser.parse(source)
      for _ in 0..<6 {
        let text = String(
          (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            ["a", "b", "c"].randomElement(using: &generator)!
          })
        let expected = Self.ends(syntax, Array(text.unicodeScalars), 0).contains(text.count)
        #expect(pattern.matches(text) == expected, "\(source) on \(text), seed \(seed)")
        accepted += expected ? 1 : 0
      }
    }
    #expect(accepted > 100)
  }

  private static func random(_ g: inout SplitMix64, depth: Int) -> String {
    guard depth > 0 else { return ["a", "b", ".", "[ab]", "[^a]", ""].randomElement(using: &g)! }
    let a = random(&g, depth: depth - 1)
    let b = random(&g, depth: depth - 1)
    switch Int.random(in: 0..<6, using: &g) {
    case 0: return "(\(a)|\(b))"
    case 1: return "(\(a))*"
    case 2: return "(\(a))+\(b)"
    case 3: return "(\(a)){1,2}"
    case 4: return "(\(a))?\(b)"
    default: return a + b
    }
  }

  /// Every place where a match that begins at `start` can end.
  private static func ends(_ s: PatternSyntax, _ t: [Unicode.Scalar], _ start: Int) -> Set<Int> {
    switch s {
    case .empty: return [start]
    case .set(let set): return start < t.count && set.contains(t[start]) ? [start + 1] : []
    case .start: return start == 0 ? [start] : []
    case .end: return start == t.count ? [start] : []
    case .sequence(let parts):
      return parts.reduce([start]) { at, part in Set(at.flatMap { ends(part, t, $0) }) }
    case .alternatives(let parts): return Set(parts.flatMap { ends($0, t, start) })
    case .repeated(let inner, let low, let high):
      var at: Set<Int> = [start]
      for _ in 0..<low { at = Set(at.flatMap { ends(inner, t, $0) }) }
      var all = at
      for _ in 0..<(high.map { $0 - low } ?? t.count + 1) {
        at = Set(at.flatMap { ends(inner, t, $0) })
        all.formUnion(at)
      }
      return all
    }
  }
}
