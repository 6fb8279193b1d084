/// Orders fields so that each comes after all that its value or relevance reads (forms §5.4).
enum EvaluationOrder {
  static func order(
    _ expressions: [FieldExpressions], _ drafts: [FieldDraft]
  ) throws(FormError) -> [Int] {
    var reads: [[Int]] = []
    for (own, draft) in zip(expressions, drafts) {
      var names = [own.relevant, own.calculation, own.initial].flatMap { $0?.reads ?? [] }
      if let container = draft.container { names.append(container) }
      reads.append(names)
    }
    var order: [Int] = []
    order.reserveCapacity(drafts.count)
    /// 0 not begun, 1 begun, 2 done.
    var state = [UInt8](repeating: 0, count: drafts.count)
    // Own stack: a chain may be as long as the form.
    for start in drafts.indices where state[start] == 0 {
      var stack: [(index: Int, next: Int)] = [(start, 0)]
      state[start] = 1
      while let top = stack.last {
        guard top.next < reads[top.index].count else {
          state[top.index] = 2
          order.append(top.index)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let read = reads[top.index][top.next]
        if state[read] == 0 {
          state[read] = 1
          stack.append((read, 0))
        } else if state[read] == 1 {
          let loop = stack.map(\.index).drop { $0 != read }.map { drafts[$0].name }
          throw FormError(
            .cycle,
            "These fields read one another in a circle: "
              + (loop + [drafts[read].name]).joined(separator: " → ") + "; break it in one place.",
            at: drafts[top.index].mark
          ).in(field: drafts[top.index].name)
        }
      }
    }
    return order
  }
}
