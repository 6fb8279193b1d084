import Console
import Forms
import SyncCore

/// Between answers and JSON: what `--from` takes, what `show --json` gives, what a draft holds.
enum AnswerJSON {
  static func value(_ answer: Answer) -> JSONValue {
    switch answer {
    case .codes(let codes): .strings(codes)
    case .value(let value): self.value(value)
    }
  }

  static func value(_ value: FieldValue) -> JSONValue {
    switch value {
    case .text(let text): .string(text)
    case .integer(let number): .integer(number)
    case .boolean(let flag): .bool(flag)
    case .decimal(let number): .number(number.description)
    case .bytes(let bytes): .string(bytes.hex)
    case .cleared: .null
    }
  }

  /// The answers in the order of the form; a repeat is a list of objects.
  static func object(_ answers: Answers, _ form: Form) -> JSONValue {
    .object(members(answers, form))
  }

  static func members(_ answers: Answers, _ form: Form) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    for field in form.fields where field.repeat == nil || field.type == .repeat {
      if field.type == .repeat {
        guard let instances = answers.repeats[field.name], !instances.isEmpty else { continue }
        let inner = form.fields.filter { $0.repeat == field.index && $0.type.holdsAnswer }
        members.append(
          .init(
            field.name,
            .array(
              instances.map { instance in
                .object(
                  inner.compactMap { field in
                    instance[field.name].map { .init(field.name, value($0)) }
                  })
              })))
      } else if let answer = answers.fields[field.name] {
        members.append(.init(field.name, value(answer)))
      }
    }
    return members
  }

  static func raw(_ value: JSONValue) -> RawAnswer {
    switch value {
    case .null: .null
    case .bool(let flag): .bool(flag)
    case .number(let text): .number(text)
    case .string(let text): .text(text)
    case .array(let values): .list(values.map(raw))
    case .object(let members):
      // The parser has refused a name that stands twice.
      .object(Dictionary(members.map { ($0.name, raw($0.value)) }) { first, _ in first })
    }
  }

  /// The answers that an object gives; nil when it is no object.
  static func read(
    _ value: JSONValue, _ form: Form, _ context: ReadingContext
  ) -> (answers: Answers, findings: [Finding])? {
    guard case .object(let members) = value else { return nil }
    return form.parseAnswers(members: members.map { ($0.name, raw($0.value)) }, context)
  }

  // MARK: Drafts

  /// What a draft holds: the JSON that `--from` takes.
  static func draft(_ answers: Answers, _ form: Form) -> [UInt8] {
    Array(object(answers, form).line.utf8)
  }

  /// The answers of a draft. What a newer version of the form no longer takes is left out.
  static func answers(draft bytes: [UInt8], _ form: Form, _ context: ReadingContext) -> Answers {
    guard let value = try? JSONParser.parse(bytes), let read = read(value, form, context) else {
      return Answers()
    }
    return read.answers
  }
}

extension EvaluationContext {
  /// How typed answers are read beside this context: the same areas, local times.
  var reading: ReadingContext {
    ReadingContext(
      areas: areas, utcOffsetMinutes: LocalClock.utcOffset(at: now.seconds) / 60)
  }
}
