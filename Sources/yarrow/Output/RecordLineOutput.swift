import Console
import Forms
import ReplicaStore
import SyncCore

/// Lines of `list` and `find`, for programs and for people.
struct RecordLineOutput {
  let session: Session
  let replica: Replica

  func write(_ lines: [RecordLine]) throws {
    let stream = session.output.stream()
    if session.output.isJSON {
      for line in lines { try stream.line(Self.json(line)) }
    } else {
      if lines.isEmpty { session.output.note("list.none") }
      for line in try table(lines) { try stream.line(line) }
    }
    try stream.finish()
  }

  // MARK: JSON

  /// One object; written by hand, since everything but the summary is hexadecimal, a word or a
  /// number.
  static func json(_ line: RecordLine) -> String {
    var out = "{\"record\":\"" + line.record.hex + "\",\"code\":\"" + line.code + "\",\"form\":"
    out += JSONValue.string(line.form).line + ",\"state\":\"" + line.state.rawValue
    out += "\",\"area\":" + JSONValue.string(line.area).line + ",\"created\":\(line.created)"
    out += ",\"changed\":\(line.changed),\"received\":\(line.isReceived),\"own\":\(line.isOwn)"
    out += ",\"conflicts\":\(line.conflicts),\"withdrawn\":\(line.isWithdrawn)"
    return out + ",\"unopened\":\(line.unopened),\"summary\":" + summary(line.summary) + "}"
  }

  /// The stored object, unless it holds what must not reach a terminal as it is.
  private static func summary(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    return (try? JSONParser.parse(Array(text.utf8)))?.line ?? "{}"
  }

  // MARK: Text

  private func table(_ lines: [RecordLine]) throws -> [String] {
    var table = TextTable()
    var forms: [String: AnswerText?] = [:]
    let now = LocalClock.now()
    let states = Dictionary(
      uniqueKeysWithValues: ["saved", "received", "quarantined", "conflict"].map {
        ($0, session.catalog.text("state.\($0)"))
      })
    for line in lines {
      let texts: AnswerText?
      if let known = forms[line.form] {
        texts = known
      } else {
        texts = try replica.forms().newest(line.form).map {
          AnswerText(form: $0, catalog: session.catalog)
        }
        forms[line.form] = texts
      }
      var state = states[line.state.rawValue] ?? line.state.rawValue
      if line.isWithdrawn { state += ", " + session.catalog.text("state.withdrawn") }
      table.append([
        line.code, texts?.form.title(session.language) ?? line.form, line.area,
        RelativeTime.ago(line.changed, now: now, in: session.catalog), state,
        texts.map { labels(line.summary, $0) } ?? "",
      ])
    }
    return table.lines(width: session.output.columns)
  }

  /// The summary's codes by their labels.
  private func labels(_ summary: String, _ texts: AnswerText) -> String {
    guard case .object(let members) = try? JSONParser.parse(Array(summary.utf8)) else { return "" }
    return members.compactMap { member -> String? in
      guard case .string(let text) = member.value, let field = texts.form.field(member.name),
        !field.choosesArea
      else { return nil }
      if field.type == .selectMultiple {
        return text.split(separator: " ").map {
          texts.form.label(ofCode: String($0), in: field, session.language)
        }.joined(separator: ", ")
      }
      return texts.text(.text(text), field)
    }.joined(separator: " · ")
  }
}
