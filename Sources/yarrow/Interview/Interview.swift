import Console
import Forms
import ReplicaStore
import SyncCore

/// Records or amends question by question: skip logic, a draft after each answer, a review at the
/// end (cli `new`, `edit`, `drafts resume`).
final class Interview {
  enum Purpose {
    case new
    case edit(RecordID)
  }

  enum Outcome {
    case saved(Saved)
    /// The person stopped; nil when nothing was answered yet.
    case left(draft: Bytes16?)
  }

  private let session: Session
  private let replica: Replica
  private let form: Form
  private let purpose: Purpose
  private let context: EvaluationContext
  private let builder: QuestionBuilder
  private let talk: Talk
  private let files: FileBasket
  private var answers: Answers
  private let draft: Bytes16
  private var isKept: Bool
  private var start: String?
  private var startsAtReview: Bool

  /// - Parameters:
  ///   - answers: given already, by the command or by the record.
  ///   - draft: what is resumed.
  ///   - files: those that answers name and no record holds yet.
  init(
    _ session: Session, _ replica: Replica, form: Form, purpose: Purpose, answers: Answers,
    draft: Draft? = nil, files: [AttachmentContent] = []
  ) throws {
    self.session = session
    self.replica = replica
    self.form = form
    self.purpose = purpose
    let amending = if case .edit = purpose { true } else { false }
    context = try replica.evaluationContext(amending: amending)
    self.files = FileBasket(files, session)
    builder = QuestionBuilder(
      form: form, context: context, session: session, replica: replica, files: self.files)
    self.draft = draft?.id ?? Bytes16(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
    isKept = draft != nil
    start = draft?.question
    startsAtReview = draft != nil && draft?.question == nil
    var held = answers
    if let draft {
      let kept = AnswerJSON.answers(draft: draft.answers, form, context.reading)
      for (name, answer) in kept.fields { held.fields[name] = answer }
      for (name, instances) in kept.repeats { held.repeats[name] = instances }
    }
    self.answers = held
    talk = Talk(session)
  }

  func run() throws -> Outcome {
    defer { talk.end() }
    var place = startsAtReview ? Place.review : .question(begin())
    var complaint: String?
    /// After one answer that was changed from the review, the review comes back.
    var returns = false
    while true {
      switch place {
      case .question(nil), .review:
        if let finding = evaluation.findings.first, let step = step(at: finding.path) {
          complaint = finding.message(session.language)
          place = .question(step.path)
          continue
        }
        switch try review() {
        case .save: return .saved(try save())
        case .leave: return .left(draft: kept)
        case .goTo(let path):
          returns = true
          place = .question(path)
        }
      case .question(let path?):
        let steps = steps()
        guard let number = steps.firstIndex(where: { $0.path == path }) else {
          place = .question(next(after: path))
          continue
        }
        let outcome = try ask(steps[number], number + 1, steps.count, complaint)
        complaint = nil
        switch outcome {
        case .answered(let given):
          take(given, steps[number])
          let following = next(after: path)
          place = returns ? .review : .question(following)
          try keep(at: returns ? nil : following)
        case .forward: place = returns ? .review : .question(next(after: path))
        case .back: place = .question(steps[max(0, number - 1)].path)
        case .goTo(let wanted):
          place = .question(steps[min(max(1, wanted), steps.count) - 1].path)
        case .editing, .cancelled: return .left(draft: kept)
        }
      }
    }
  }

  /// The draft, while there is one that was not saved.
  var kept: Bytes16? { isKept ? draft : nil }

  private enum Place {
    case question(FieldPath?)
    case review
  }

  // MARK: Questions

  private struct Step {
    let question: Forms.Question
    /// The notes that stand before it.
    let notes: [String]
    var path: FieldPath { question.path }
  }

  private var evaluation: Evaluation { form.evaluate(answers, context) }

  /// The questions that are asked now; notes come with the question that follows them.
  private func steps() -> [Step] {
    var notes: [String] = []
    var steps: [Step] = []
    for question in form.questions(answers, context) {
      if question.kind == .note {
        notes.append(question.field.label(session.language))
      } else {
        steps.append(Step(question: question, notes: notes))
        notes = []
      }
    }
    return steps
  }

  private func step(at path: FieldPath) -> Step? { steps().first { $0.path == path } }

  private func begin() -> FieldPath? {
    let steps = steps()
    if let start, let found = steps.first(where: { $0.path.description == start }) {
      return found.path
    }
    return steps.first?.path
  }

  private func next(after path: FieldPath) -> FieldPath? {
    var found = form.nextQuestion(after: path, answers, context)
    while let question = found, question.kind == .note {
      found = form.nextQuestion(after: question.path, answers, context)
    }
    return found?.path
  }

  private func ask(
    _ step: Step, _ number: Int, _ count: Int, _ complaint: String?
  ) throws -> PromptOutcome {
    let field = step.question.field
    let preface = (complaint.map { ["! " + $0] } ?? []) + step.notes
    let headings = step.question.headings.map { $0.label(session.language) }
    var screen = QuestionScreen(
      builder.prompt(step.question, evaluation.answers, preface: preface),
      title: ([form.title(session.language)] + headings).joined(separator: " · "), number: number,
      count: count,
      readers: step.question.kind == .oneMore
        ? nil : session.catalog.text("readers.\(field.sensitivity.name)"),
      catalog: session.catalog)
    return try talk.ask(&screen)
  }

  private func take(_ given: PromptAnswer, _ step: Step) {
    let path = step.path
    if step.question.kind == .oneMore {
      if given == .yes(true) { answers.repeats[path.name, default: []].append([:]) }
      return
    }
    let field = step.question.field
    let new = builder.answer(given, path, field)
    // A time is asked to the minute; leaving it as it is must not take its seconds away.
    if field.type == .datetime, let old = answers[path], let new, Self.sameMinute(old, new) {
      return
    }
    // Cleared rather than nothing, or a default would come back.
    answers[path] = new ?? .value(.cleared)
  }

  private static func sameMinute(_ old: Answer, _ new: Answer) -> Bool {
    guard case .value(.text(let a)) = old, case .value(.text(let b)) = new,
      let first = Instant(a), let second = Instant(b)
    else { return false }
    return second.seconds % 60 == 0 && first.seconds / 60 == second.seconds / 60
  }

  // MARK: Drafts, review, saving

  private func keep(at path: FieldPath?) throws {
    var record: RecordID?
    if case .edit(let edited) = purpose { record = edited }
    try replica.keep(
      Draft(
        id: draft, form: form.name, formVersion: UInt64(form.version), record: record,
        question: path?.description, updated: LocalClock.now(),
        answers: AnswerJSON.draft(answers, form)), files: files.named(by: answers))
    isKept = true
  }

  private enum Review {
    case save, leave
    case goTo(FieldPath)
  }

  private func review() throws -> Review {
    let shown = evaluation.answers
    let texts = AnswerText(form: form, catalog: session.catalog)
    let steps = steps()
    let items = steps.enumerated().filter { $0.element.question.kind == .answer }.map { at, step in
      ReviewPrompt.Item(
        number: at + 1, label: step.question.field.label(session.language),
        value: shown[step.path].flatMap {
          $0 == .value(.cleared) ? nil : texts.text($0, step.question.field)
        },
        readers: session.catalog.text("readers.\(step.question.field.sensitivity.name)"))
    }
    var prompt = ReviewPrompt(items, catalog: session.catalog)
    while true {
      switch try talk.ask(&prompt) {
      case .answered(.yes(true)): return .save
      case .answered, .cancelled: return .leave
      case .goTo(let number) where steps.indices.contains(number - 1):
        return .goTo(steps[number - 1].path)
      case .back: if let last = steps.last { return .goTo(last.path) }
      default: break
      }
    }
  }

  private func save() throws -> Saved {
    // Only those of questions that apply: what else was given goes with the draft.
    let given = files.named(by: evaluation.answers)
    let saved =
      switch purpose {
      case .new:
        try replica.record(form: form.name, answers: answers, draft: draft, files: given)
      case .edit(let record):
        try replica.edit(record, answers: answers, draft: draft, files: given)
      }
    isKept = false
    return saved
  }
}

/// The terminal's screen, or lines where there is none.
final class Talk {
  private let screen: TerminalScreen?
  private let lines: LineDialogue
  private let session: Session
  private var hasHint = false

  init(_ session: Session) {
    self.session = session
    screen = TerminalScreen(catalog: session.catalog)
    lines = LineDialogue(catalog: session.catalog)
  }

  func ask(_ prompt: inout some PromptModel) throws -> PromptOutcome {
    if let screen { return screen.ask(&prompt) }
    if !hasHint {
      hasHint = true
      session.output.note("prompt.line_hint")
    }
    return try lines.ask(&prompt)
  }

  func end() { screen?.leave() }
}
