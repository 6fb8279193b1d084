import Console
import Forms
import ReplicaStore
import SyncCore

/// Answers as people read them: labels for codes, months in words, local times.
struct AnswerText {
  let form: Form
  let catalog: Catalog

  private var language: String { catalog.language.code }

  /// One line or, for a narrative, several; not made safe yet.
  func text(_ answer: Answer, _ field: Field) -> String {
    switch answer {
    case .codes(let codes):
      codes.map { form.label(ofCode: $0, in: field, language) }.joined(separator: ", ")
    case .value(let value): text(value, field)
    }
  }

  func text(_ value: FieldValue, _ field: Field) -> String {
    switch value {
    case .text(let text): self.text(text, field)
    case .integer(let number): "\(number)"
    case .boolean(let flag): catalog.text(flag ? "prompt.yes" : "prompt.no")
    case .decimal(let number): number.description
    case .bytes(let bytes): bytes.hex
    case .cleared: catalog.text("prompt.unanswered")
    }
  }

  private func text(_ text: String, _ field: Field) -> String {
    switch field.resultType {
    case .selectOne, .selectMultiple: return form.label(ofCode: text, in: field, language)
    case .date:
      guard let date = CivilDate(text),
        let day = CalendarDate(year: date.year, month: date.month, day: date.day)
      else { return text }
      return DateWords(catalog).text(day)
    case .datetime:
      guard let instant = Instant(text) else { return text }
      return Self.moment(instant.seconds, catalog)
    case .image, .file:
      return AttachmentDescriptor(text).map { AttachmentText.text($0, catalog) } ?? text
    case .record:
      return RecordID(hex: text).map { PublicCode(of: $0).description } ?? text
    default: return text
    }
  }

  /// A moment by this machine's clock.
  static func moment(_ seconds: Int64, _ catalog: Catalog) -> String {
    MomentReader.text(seconds, LocalClock.utcOffset(at: seconds), DateWords(catalog))
  }
}
