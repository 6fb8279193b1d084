/// A compiled pattern that matches a whole text in time linear in its length (forms §5.5).
///
/// All states advance together, so no text can make it slow: there is no backtracking.
struct Pattern: Sendable {
  let source: String
  private enum Step: Sendable {
    case set(ScalarSet)
    case split(Int, Int)
    case jump(Int)
    case start, end, match
  }
  private var program: [Step] = []
  private let subjectScalarsMax: Int

  init(_ source: String, limits: FormLimits) throws(PatternError) {
    self.source = source
    subjectScalarsMax = limits.patternSubjectScalarsMax
    guard source.utf8.count <= limits.patternBytesMax else {
      throw PatternError(reason: "a pattern is at most \(limits.patternBytesMax) bytes", offset: 0)
    }
    try emit(PatternParser.parse(source), max: limits.patternStatesMax)
    program.append(.match)
  }

  private mutating func append(_ step: Step, max: Int) throws(PatternError) {
    guard program.count < max else {
      throw PatternError(reason: "the pattern is too large; lower the numbers in {}", offset: 0)
    }
    program.append(step)
  }

  private mutating func emit(_ syntax: PatternSyntax, max: Int) throws(PatternError) {
    switch syntax {
    case .empty: break
    case .set(let set): try append(.set(set), max: max)
    case .start: try append(.start, max: max)
    case .end: try append(.end, max: max)
    case .sequence(let parts): for part in parts { try emit(part, max: max) }
    case .alternatives(let options):
      var exits: [Int] = []
      for (n, option) in options.enumerated() {
        guard n < options.count - 1 else {
          try emit(option, max: max)
          break
        }
        let split = program.count
        try append(.split(split + 1, 0), max: max)
        try emit(option, max: max)
        exits.append(program.count)
        try append(.jump(0), max: max)
        program[split] = .split(split + 1, program.count)
      }
      for exit in exits { program[exit] = .jump(program.count) }
    case .repeated(let inner, let low, let high):
      for _ in 0..<low { try emit(inner, max: max) }
      guard let high else {
        let split = program.count
        try append(.split(split + 1, 0), max: max)
        try emit(inner, max: max)
        try append(.jump(split), max: max)
        program[split] = .split(split + 1, program.count)
        return
      }
      var splits: [Int] = []
      for _ in low..<Swift.max(low, high) {
        splits.append(program.count)
        try append(.split(program.count + 1, 0), max: max)
        try emit(inner, max: max)
      }
      for split in splits { program[split] = .split(split + 1, program.count) }
    }
  }

  /// Whether the whole of `text` matches; false for a text over the limit.
  func matches(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    var live: [Int] = []
    var next: [Int] = []
    var stack: [Int] = []
    var seen = [Int](repeating: -1, count: program.count)
    var position = 0
    var index = scalars.startIndex
    add(0, at: 0, last: scalars.isEmpty, to: &live, seen: &seen, stack: &stack)
    while index < scalars.endIndex {
      guard position < subjectScalarsMax, !live.isEmpty else { return false }
      let scalar = scalars[index]
      scalars.formIndex(after: &index)
      position += 1
      next.removeAll(keepingCapacity: true)
      for state in live {
        if case .set(let set) = program[state], set.contains(scalar) {
          add(
            state + 1, at: position, last: index == scalars.endIndex, to: &next, seen: &seen,
            stack: &stack)
        }
      }
      swap(&live, &next)
    }
    return live.contains(program.count - 1)
  }

  /// Follows everything that reads no character. A stack, since a pattern may be long.
  private func add(
    _ state: Int, at position: Int, last: Bool, to live: inout [Int], seen: inout [Int],
    stack: inout [Int]
  ) {
    stack.append(state)
    while let state = stack.popLast() {
      guard seen[state] != position else { continue }
      seen[state] = position
      switch program[state] {
      case .jump(let target): stack.append(target)
      case .split(let first, let second):
        stack.append(second)
        stack.append(first)
      case .start: if position == 0 { stack.append(state + 1) }
      case .end: if last { stack.append(state + 1) }
      case .set, .match: live.append(state)
      }
    }
  }
}
