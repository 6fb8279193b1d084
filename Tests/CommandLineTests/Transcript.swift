import Foundation
import Testing

/// A session at the command line, written down, and what it must look like.
///
///     $ yarrow list --json          a command; single and double quotes as in a shell
///     < a line of its input
///     {"record":"<hex:R>",<any>     a line of stdout
///     | Saved <code>.               a line of stderr
///     ! 65                          its exit status, when it is not 0
///     @ answers.json                makes a file of the `<` lines that follow
///     & yarrow-hub serve …          runs on until the transcript ends; waits for its first line
///     ~                             any number of lines, in stdout or stderr
///
/// `<hex>`, `<code>`, `<n>`, `<word>`, `<invite>` and `<any>` stand for what differs each time; `<hex:R>` also
/// keeps it, for `{R}` in later commands. Blank lines and lines that begin with `#` mean nothing.
struct Transcript {
  struct Step {
    enum Action {
      case run(String)
      case start(String)
      case file(String)
    }
    var action: Action
    var line: Int
    var input: [String] = []
    var out: [String] = []
    var err: [String] = []
    var status: Int32 = 0
  }

  let steps: [Step]
  /// `role = caseworker` in a comment at the top.
  let role: String

  init(_ text: String) {
    var steps: [Step] = []
    var role = "liaison"
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.hasPrefix("# role = ") { role = String(line.dropFirst(9)) }
      if line.isEmpty || line.hasPrefix("#") { continue }
      let rest = String(line.dropFirst(2))
      switch line.first {
      case "$" where line.hasPrefix("$ "): steps.append(Step(action: .run(rest), line: index + 1))
      case "&" where line.hasPrefix("& "): steps.append(Step(action: .start(rest), line: index + 1))
      case "@" where line.hasPrefix("@ "): steps.append(Step(action: .file(rest), line: index + 1))
      case "<" where line == "<": steps[steps.count - 1].input.append("")
      case "<" where line.hasPrefix("< "): steps[steps.count - 1].input.append(rest)
      case "|" where line.hasPrefix("| "): steps[steps.count - 1].err.append(rest)
      case "!" where line.hasPrefix("! "):
        steps[steps.count - 1].status = Int32(rest) ?? -1
      default: steps[steps.count - 1].out.append(String(line))
      }
    }
    self.steps = steps
    self.role = role
  }
}

/// Compares what a command wrote with what it should have, and keeps what was named.
struct TranscriptMatcher {
  private(set) var kept: [String: String] = [:]

  private static let classes: [String: String] = [
    "hex": "[0-9a-f]+", "code": "[0-9A-Z]{4}-[0-9A-Z]{4}", "n": "-?[0-9]+",
    "word": "[a-z]{5}(?:-[a-z]{5}){4}", "invite": "[A-Z0-9]+", "any": ".*",
  ]

  mutating func fill(_ text: String) -> String {
    kept.reduce(text) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
  }

  /// Nil when the lines match; else the first difference.
  mutating func difference(_ wanted: [String], _ got: [String]) -> String? {
    var at = 0
    var gap = false
    for line in wanted {
      if line == "~" {
        gap = true
        continue
      }
      let pattern = Self.pattern(fill(line))
      var found = false
      while at < got.count {
        let candidate = got[at]
        at += 1
        if let names = Self.match(candidate, pattern) {
          kept.merge(names) { $1 }
          found = true
          break
        }
        if !gap { return "wanted: \(line)\n   got: \(candidate)" }
      }
      if !found { return "wanted: \(line)\n   got: nothing more" }
      gap = false
    }
    return gap || at == got.count ? nil : "not wanted: \(got[at])"
  }

  private static func pattern(_ line: String) -> (regex: String, names: [String]) {
    var regex = "^"
    var names: [String] = []
    var rest = line[...]
    while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
      let parts = rest[rest.index(after: open)..<close].split(separator: ":").map(String.init)
      guard let kind = parts.first, let expression = classes[kind] else {
        regex += NSRegularExpression.escapedPattern(for: String(rest[...open]))
        rest = rest[rest.index(after: open)...]
        continue
      }
      regex += NSRegularExpression.escapedPattern(for: String(rest[..<open])) + "(\(expression))"
      names.append(parts.count > 1 ? parts[1] : "")
      rest = rest[rest.index(after: close)...]
    }
    return (regex + NSRegularExpression.escapedPattern(for: String(rest)) + "$", names)
  }

  private static func match(
    _ text: String, _ pattern: (regex: String, names: [String])
  ) -> [String: String]? {
    guard let regex = try? NSRegularExpression(pattern: pattern.regex),
      let found = regex.firstMatch(in: text, range: NSRange(text.startIndex..., in: text))
    else { return nil }
    var names: [String: String] = [:]
    for (index, name) in pattern.names.enumerated() where !name.isEmpty {
      if let range = Range(found.range(at: index + 1), in: text) {
        names[name] = String(text[range])
      }
    }
    return names
  }
}

/// Words of a command line, with quotes as in a shell.
func shellWords(_ text: String) -> [String] {
  var words: [String] = []
  var word = ""
  var isOpen = false
  var quote: Character?
  for character in text {
    if let open = quote {
      if character == open { quote = nil } else { word.append(character) }
    } else if character == "'" || character == "\"" {
      quote = character
      isOpen = true
    } else if character == " " {
      if isOpen { words.append(word) }
      word = ""
      isOpen = false
    } else {
      word.append(character)
      isOpen = true
    }
  }
  if isOpen { words.append(word) }
  return words
}
