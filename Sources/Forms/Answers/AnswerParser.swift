import SyncCore

extension Form {
  /// Reads what a person typed or a CSV cell holds into the field's one form (forms §3.4).
  ///
  /// Codes of a select_multiple stand between spaces, commas or semicolons; labels in any language
  /// stand between semicolons. An empty text takes the answer away.
  public func parseAnswer(
    _ field: Field, _ text: String, _ context: ReadingContext = ReadingContext(),
    at path: FieldPath? = nil
  ) -> AnswerReading {
    AnswerParser(form: self, field: field, context: context).read(text, path)
  }

  /// Reads a JSON-like value; a text is read as if typed.
  public func parseAnswer(
    _ field: Field, _ raw: RawAnswer, _ context: ReadingContext = ReadingContext(),
    at path: FieldPath? = nil
  ) -> AnswerReading {
    AnswerParser(form: self, field: field, context: context).read(raw, path)
  }

  /// Reads a whole JSON-like object: fields by name or alias, a repeat as a list of objects.
  ///
  /// - Returns: what could be read, and a finding for everything else.
  public func parseAnswers(
    _ object: [String: RawAnswer], _ context: ReadingContext = ReadingContext()
  ) -> (answers: Answers, findings: [Finding]) {
    parseAnswers(members: object.map { (name: $0.key, value: $0.value) }, context)
  }

  /// The same of members in any order, each name once.
  public func parseAnswers(
    members: [(name: String, value: RawAnswer)], _ context: ReadingContext = ReadingContext()
  ) -> (answers: Answers, findings: [Finding]) {
    var answers = Answers()
    answers.fields.reserveCapacity(members.count)
    var findings: [Finding] = []
    for (key, raw) in members.sorted(by: { utf8Less($0.name, $1.name) }) {
      guard let field = field(aliased: key), field.repeat == nil else {
        findings.append(Finding(.unknownField, FieldPath(key)))
        continue
      }
      if field.type == .repeat {
        parseRepeat(field, raw, context, into: &answers, &findings)
      } else {
        switch parseAnswer(field, raw, context, at: FieldPath(field.name)) {
        case .success(let answer): answers.fields[field.name] = answer
        case .failure(let finding): findings.append(finding)
        }
      }
    }
    return (answers, findings)
  }

  private func parseRepeat(
    _ field: Field, _ raw: RawAnswer, _ context: ReadingContext, into answers: inout Answers,
    _ findings: inout [Finding]
  ) {
    guard case .list(let items) = raw else {
      findings.append(Finding(.type, FieldPath(field.name)))
      return
    }
    guard items.count <= limits.instancesPerRepeatMax else {
      findings.append(Finding(.tooLong, FieldPath(field.name)))
      return
    }
    for (n, item) in items.enumerated() {
      guard case .object(let members) = item else {
        findings.append(Finding(.type, FieldPath(field.name, in: field.name, instance: n)))
        continue
      }
      answers.repeats[field.name, default: []].append([:])
      for (key, raw) in members.sorted(by: { utf8Less($0.key, $1.key) }) {
        let path = FieldPath(aliases[key] ?? key, in: field.name, instance: n)
        guard let inner = self.field(path.name), inner.repeat == field.index else {
          findings.append(Finding(.unknownField, path))
          continue
        }
        switch parseAnswer(inner, raw, context, at: path) {
        case .success(let answer): answers[path] = answer
        case .failure(let finding): findings.append(finding)
        }
      }
    }
  }
}

/// Reads the answer to one field.
struct AnswerParser {
  let form: Form
  let field: Field
  let context: ReadingContext

  private var list: ChoiceList? { field.choosesArea ? context.areas : field.list }

  func read(_ raw: RawAnswer, _ path: FieldPath?) -> AnswerReading {
    switch raw {
    case .text(let text): return read(text, path)
    case .null: return .success(.value(.cleared))
    case .bool(let flag) where field.resultType == .boolean || field.resultType == .acknowledge:
      return .success(.value(.boolean(flag)))
    case .number(let text) where field.resultType != .text: return read(text, path)
    case .list(let items) where field.type == .selectMultiple:
      var codes: [String] = []
      for item in items {
        guard case .text(let text) = item, let code = code(text) else {
          return failure(.codeUnknown, path)
        }
        codes.append(code)
      }
      return checked(.codes(sorted(codes)), path)
    default: return failure(.type, path)
    }
  }

  func read(_ text: String, _ path: FieldPath?) -> AnswerReading {
    guard field.type.holdsAnswer else { return failure(.unknownField, path) }
    guard text.utf8.count <= form.limits.textAnswerBytesMax else { return failure(.tooLong, path) }
    let trimmed = trim(text)
    if trimmed.isEmpty { return .success(.value(.cleared)) }
    guard let answer = answer(trimmed) else {
      return failure(field.type.isSelect ? .codeUnknown : .type, path)
    }
    // A code that was found in the list need not be looked up there again.
    if field.resultType == .selectOne { return .success(answer) }
    return checked(answer, path)
  }

  private func answer(_ text: String) -> Answer? {
    switch field.resultType {
    case .text: .text(text)
    case .integer: integer(westernDigits(text)).map { .value(.integer($0)) }
    case .decimal: Decimal64(plain(westernDigits(text))).map { .value(.decimal($0)) }
    case .boolean, .acknowledge: Self.boolean(text).map { .value(.boolean($0)) }
    case .date: CivilDate(westernDigits(text)).map { .text($0.description) }
    case .datetime: instant(westernDigits(text)).map { .text($0.description) }
    case .selectOne: code(text).map { .text($0) }
    case .selectMultiple: codes(text).map { .codes($0) }
    case .geopoint: Geopoint(westernDigits(text)).map { .text($0.description) }
    case .record: .text(text.lowercased())
    case .image, .file: .text(text)
    case .calculate, .note, .group, .repeat: nil
    }
  }

  private func checked(_ answer: Answer, _ path: FieldPath?) -> AnswerReading {
    do throws(AnswerShape.Fault) {
      _ = try AnswerShape.value(answer, type: field.resultType, list: list, limits: form.limits)
      return .success(answer)
    } catch {
      switch error {
      case .type: return failure(.type, path)
      case .tooLong: return failure(.tooLong, path)
      case .codeUnknown: return failure(.codeUnknown, path)
      }
    }
  }

  private func failure(_ code: Finding.Code, _ path: FieldPath?) -> AnswerReading {
    let inside = field.repeat.map { form.fields[$0].name }
    return .failure(Finding(code, path ?? FieldPath(field.name, in: inside)))
  }

  // MARK: Selects

  /// A code as it is, or a label in any language, whatever its case.
  private func code(_ text: String) -> String? {
    let wanted = trim(text)
    guard let list else {
      return Choice.isCode(wanted) ? wanted : nil
    }
    if list.contains(wanted) { return wanted }
    let folded = wanted.lowercased()
    let found = (list.choices + Choice.universal).filter { choice in
      choice.labels.translations.contains { $0.text.lowercased() == folded }
    }
    return found.count == 1 ? found[0].code : nil
  }

  private func codes(_ text: String) -> [String]? {
    let byLabel = text.split { $0 == ";" || $0 == "؛" }.map { code(String($0)) }
    if !byLabel.contains(nil) { return sorted(byLabel.compactMap { $0 }) }
    let parts = text.split { $0 == " " || $0 == ";" || $0 == "," || $0 == "؛" || $0 == "،" }
    let each = parts.map { code(String($0)) }
    return each.contains(nil) ? nil : sorted(each.compactMap { $0 })
  }

  private func sorted(_ codes: [String]) -> [String] {
    codes.count > 1 ? Set(codes).sorted(by: utf8Less) : codes
  }

  // MARK: Numbers and times

  private func integer(_ text: String) -> Int64? {
    let digits = text.utf8.first == 0x2D ? text.utf8.dropFirst() : text.utf8[...]
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  /// The Arabic decimal separator as a point; a comma stays, since it may group thousands.
  private func plain(_ text: String) -> String {
    text.contains("٫") ? String(text.map { $0 == "٫" ? "." : $0 }) : text
  }

  private func instant(_ text: String) -> Instant? {
    context.utcOffsetMinutes.map { Instant(text, offsetMinutes: $0) } ?? Instant(text)
  }

  /// Eastern Arabic and Persian digits as `0` to `9`.
  private func westernDigits(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x660...0x669: out.append(Unicode.Scalar(UInt8(scalar.value - 0x660 + 0x30)))
      case 0x6F0...0x6F9: out.append(Unicode.Scalar(UInt8(scalar.value - 0x6F0 + 0x30)))
      default: out.append(scalar)
      }
    }
    return String(out)
  }

  private static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "y", "1", "ok", "sí", "si", "oui", "نعم": true
    case "false", "no", "n", "0", "non", "لا": false
    default: nil
    }
  }

  private func trim(_ text: String) -> String {
    // Nearly every answer begins and ends with a printed ASCII character, joined to nothing.
    let printed: ClosedRange<UInt8> = 0x21...0x7E
    if let first = text.utf8.first, let last = text.utf8.last, printed.contains(first),
      printed.contains(last)
    {
      return text
    }
    let isSpace = { (c: Character) in c.isWhitespace }
    guard let first = text.first, let last = text.last, isSpace(first) || isSpace(last) else {
      return text
    }
    return String(
      text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
