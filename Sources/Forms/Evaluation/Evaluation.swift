/// What a form makes of the answers of one record (forms §5.4).
public struct Evaluation: Sendable {
  /// The answers that apply, with defaults and calculations filled in.
  public internal(set) var answers: Answers
  /// What stands in the way of saving, in document order.
  public internal(set) var findings: [Finding] = []
  /// What to tell without standing in the way: dropped answers, constraints on a wrong clock.
  public internal(set) var warnings: [Finding] = []
  /// Answers that were given and do not apply; they are not in ``answers``.
  public internal(set) var dropped: [FieldPath] = []
  /// Answers that `default` gave.
  public internal(set) var defaulted: [FieldPath] = []

  let form: Form
  var relevance: [Bool]
  let layout: SlotLayout
  var values: [Value] = []
  /// The answers outside repeats, by the index of their field.
  package internal(set) var byField: [Answer?] = []

  /// Whether the question applies; false for a field or instance that does not exist.
  public func isRelevant(_ path: FieldPath) -> Bool {
    guard let index = form.indexes[path.name],
      form.fields[index].repeat.map({ form.fields[$0].name }) == path.repeatName,
      (0..<layout.count(of: index, in: form)).contains(path.instance)
    else { return false }
    return relevance[layout.slot(index, path.instance)]
  }

  /// Whether the record may be saved as it stands.
  public var isComplete: Bool { findings.isEmpty }
}

/// Where the value of each field, and of each instance of a field of a repeat, stands.
struct SlotLayout: Sendable {
  /// The first slot of each field; without repeats, its index.
  private let bases: [Int]?
  /// Instances of each repeat, by the repeat's index.
  let instances: [Int: Int]
  let slots: Int

  init(form: Form, answers: Answers) {
    guard form.hasRepeats else {
      (bases, instances, slots) = (nil, [:], form.fields.count)
      return
    }
    var instances: [Int: Int] = [:]
    for (index, field) in form.fields.enumerated() where field.type == .repeat {
      let given = answers.repeats[field.name]?.count ?? 0
      instances[index] = min(given, form.limits.instancesPerRepeatMax)
    }
    var bases: [Int] = []
    bases.reserveCapacity(form.fields.count)
    var next = 0
    for field in form.fields {
      bases.append(next)
      next += field.repeat.map { instances[$0] ?? 0 } ?? 1
    }
    (self.bases, self.instances, self.slots) = (bases, instances, next)
  }

  func slot(_ index: Int, _ instance: Int) -> Int {
    bases.map { $0[index] + instance } ?? index
  }

  func count(of index: Int, in form: Form) -> Int {
    form.fields[index].repeat.map { instances[$0] ?? 0 } ?? 1
  }
}
