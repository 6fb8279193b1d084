import Console
import Forms
import ReplicaStore
import SyncCore

/// Makes the prompt of one question of a form.
struct QuestionBuilder {
  let form: Form
  let context: EvaluationContext
  let session: Session
  let replica: Replica
  let files: FileBasket

  private var catalog: Catalog { session.catalog }
  private var language: String { catalog.language.code }

  /// - Parameters:
  ///   - answers: as they stand, defaults included.
  ///   - preface: notes of the form that stand before the question, and why it is asked again.
  func prompt(
    _ question: Forms.Question, _ answers: Answers, preface: [String]
  ) -> any PromptModel {
    let field = question.field
    if question.kind == .oneMore {
      let label = catalog.text(
        "prompt.one_more",
        ["name": field.label(language), "number": "\(question.path.instance + 1)"])
      return YesNoPrompt(Console.Question(label, catalog: catalog))
    }
    let current = answers[question.path]
    let asked = Console.Question(
      field.label(language), help: help(field, preface), isRequired: question.isRequired,
      catalog: catalog, constraint: constraint(question.path, field, answers))
    switch field.type {
    case .selectOne:
      return SelectOnePrompt(
        asked, choices: choices(question.path, answers), current: code(current),
        fold: SearchFolding.fold)
    case .selectMultiple:
      return SelectManyPrompt(
        asked, choices: choices(question.path, answers), current: codes(current),
        fold: SearchFolding.fold)
    case .boolean, .acknowledge:
      var flag: Bool?
      if case .value(.boolean(let value)) = current { flag = value }
      return YesNoPrompt(asked, current: flag)
    default:
      return EntryPrompt(asked, rule: rule(field, current), current: typed(current, field))
    }
  }

  /// What a prompt's answer means to the form; nil takes the answer away.
  func answer(_ given: PromptAnswer, _ path: FieldPath, _ field: Field) -> Answer? {
    let text: String
    switch given {
    case .skipped: return nil
    case .yes(let flag): return .value(.boolean(flag))
    case .choice(let code): return .value(.text(code))
    case .choices(let codes): return codes.isEmpty ? nil : .codes(codes)
    case .date(let date): text = date.iso
    case .text(let typed): text = typed
    case .number(let typed): text = typed
    }
    switch form.parseAnswer(field, text, context.reading, at: path) {
    case .success(let answer): return answer == .value(.cleared) ? nil : answer
    case .failure: return nil
    }
  }

  // MARK: Parts

  private func help(_ field: Field, _ preface: [String]) -> String? {
    let lines = preface + [field.hint(language)].compactMap { $0 }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  private func choices(_ path: FieldPath, _ answers: Answers) -> [Console.Choice] {
    form.choices(for: path, answers, context).map {
      Console.Choice(code: $0.code, label: $0.label(language))
    }
  }

  private func code(_ answer: Answer?) -> String? {
    if case .value(.text(let code)) = answer { code } else { nil }
  }

  private func codes(_ answer: Answer?) -> [String] {
    if case .codes(let codes) = answer { codes } else { [] }
  }

  /// The answer given before, as it would be typed.
  private func typed(_ answer: Answer?, _ field: Field) -> String {
    guard let answer else { return "" }
    if field.type == .datetime, case .value(.text(let text)) = answer,
      let instant = Instant(text),
      let day = CalendarDate(
        unixSeconds: instant.seconds, utcOffset: LocalClock.utcOffset(at: instant.seconds))
    {
      // The day without words, so that any language reads it back.
      let shown = AnswerText.moment(instant.seconds, catalog)
      return day.iso + " " + (shown.split(separator: " ").last.map(String.init) ?? "")
    }
    if field.type.isFile, case .value(.text(let text)) = answer,
      let file = AttachmentDescriptor(text)
    {
      return file.name.text
    }
    switch answer {
    case .value(.text(let text)): return text
    case .value(.integer(let number)): return "\(number)"
    case .value(.decimal(let number)): return number.description
    default: return ""
    }
  }

  private func rule(_ field: Field, _ current: Answer?) -> EntryRule {
    let reading = context.reading
    switch field.type {
    case .image, .file: return files.rule(current)
    case .text: return .text(bytesMax: form.limits.textAnswerBytesMax)
    case .integer: return .number(catalog: catalog)
    case .decimal: return .number(whole: false, catalog: catalog)
    case .date: return .date(today: LocalClock.today(), catalog: catalog)
    case .datetime:
      let now = context.now.seconds
      return .moment(now: now, utcOffset: LocalClock.utcOffset(at: now), catalog: catalog)
    case .record:
      let replica = replica
      let missing = catalog.text("prompt.record_missing")
      return EntryRule(bytesMax: 64, hint: catalog.text("prompt.record_hint")) { typed in
        guard let record = try? replica.find(id: typed) else { return .refused(missing) }
        return .accepted(.text(record.hex), echo: PublicCode(of: record).description)
      }
    default:
      let form = form
      let language = language
      return EntryRule { typed in
        switch form.parseAnswer(field, typed, reading) {
        case .success: .accepted(.text(typed), echo: nil)
        case .failure(let finding): .refused(finding.message(language))
        }
      }
    }
  }

  /// The form's own rules for this one answer beside the others.
  private func constraint(
    _ path: FieldPath, _ field: Field, _ answers: Answers
  ) -> @Sendable (PromptAnswer) -> String? {
    let builder = (form: form, context: context, language: language)
    let parse = { @Sendable (given: PromptAnswer) in
      Self.parsed(given, path, field, builder.form, builder.context)
    }
    return { given in
      var changed = answers
      switch parse(given) {
      case .failure(let finding): return finding.message(builder.language)
      case .success(let answer): changed[path] = answer
      }
      let evaluation = builder.form.evaluate(changed, builder.context)
      return evaluation.findings.first { $0.path == path }?.message(builder.language)
    }
  }

  private static func parsed(
    _ given: PromptAnswer, _ path: FieldPath, _ field: Field, _ form: Form,
    _ context: EvaluationContext
  ) -> AnswerReading {
    switch given {
    case .skipped: .success(.value(.cleared))
    case .yes(let flag): .success(.value(.boolean(flag)))
    case .choice(let code): .success(.value(.text(code)))
    case .choices(let codes): .success(.codes(codes))
    case .date(let date): form.parseAnswer(field, date.iso, context.reading, at: path)
    case .text(let typed), .number(let typed):
      form.parseAnswer(field, typed, context.reading, at: path)
    }
  }
}
