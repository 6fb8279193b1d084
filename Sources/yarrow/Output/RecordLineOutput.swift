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
      try table(lines).each(width: session.output.columns) { try stream.line($0) }
    }
    try stream.finish()
  }

  // MARK: JSON

  /// One object; written by hand, since everything but the summary is hexadecimal, a word or a
  /// number.
  static func json(_ line: RecordLine) -> String {
    var out = ""
    out.reserveCapacity(256 + line.summary.utf8.count)
    out += "{\"record\":\""
    out += line.record.hex
    out += "\",\"code\":\""
    out += line.code
    out += "\",\"form\":"
    out += string(line.form)
    out += ",\"state\":\""
    out += line.state.rawValue
    out += "\",\"area\":"
    out += string(line.area)
    out += ",\"created\":"
    out += String(line.created)
    out += ",\"changed\":"
    out += String(line.changed)
    out += line.isReceived ? ",\"received\":true" : ",\"received\":false"
    out += line.isOwn ? ",\"own\":true" : ",\"own\":false"
    out += ",\"conflicts\":"
    out += String(line.conflicts)
    out += line.isWithdrawn ? ",\"withdrawn\":true" : ",\"withdrawn\":false"
    out += ",\"unopened\":"
    out += String(line.unopened)
    out += ",\"summary\":"
    out += summary(line.summary)
    out += "}"
    return out
  }

  /// Names of forms and areas are codes, which nothing has to be escaped in.
  private static func string(_ text: String) -> String {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F }
      ? "\"" + text + "\"" : JSONValue.string(text).line
  }

  /// The stored object, unless it holds what must not reach a terminal as it is.
  private static func summary(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    return (try? JSONParser.parse(Array(text.utf8)))?.line ?? "{}"
  }

  // MARK: Text

  private func table(_ lines: [RecordLine]) throws -> TextTable {
    var table = TextTable()
    var texts: [String: AnswerText] = [:]
    // Most cells of a long list stand in it many times.
    var cells = CellCache()
    let catalog = session.catalog
    let now = LocalClock.now()
    let forms = try replica.forms()
    for line in lines {
      if texts[line.form] == nil, let form = forms.readable(line.form) {
        texts[line.form] = AnswerText(form: form, catalog: catalog)
      }
      let known = texts[line.form]
      table.append([
        TextTable.Cell(line.code),
        cells[.form, line.form] { known?.form.title(session.language) ?? line.form },
        cells[.area, line.area] { line.area },
        cells.age(line.changed) { RelativeTime.ago(line.changed, now: now, in: catalog) },
        cells[line.isWithdrawn ? .withdrawn : .state, line.state.rawValue] {
          let state = catalog.text("state.\(line.state.rawValue)")
          return line.isWithdrawn ? state + ", " + catalog.text("state.withdrawn") : state
        },
        cells[.summary(line.form), line.summary] {
          known.map { labels(line.summary, $0) } ?? ""
        },
      ])
    }
    return table
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

/// Cells by what they show, so that each is worked out once.
private struct CellCache {
  enum Kind: Hashable {
    case form, area, state, withdrawn
    case summary(String)
  }
  private struct Key: Hashable {
    let kind: Kind
    let text: String
  }
  private var cells: [Key: TextTable.Cell] = [:]
  private var ages: [Int64: TextTable.Cell] = [:]

  subscript(kind: Kind, text: String, make: () -> String) -> TextTable.Cell {
    mutating get {
      let key = Key(kind: kind, text: text)
      if let known = cells[key] { return known }
      let cell = TextTable.Cell(make())
      cells[key] = cell
      return cell
    }
  }

  mutating func age(_ changed: Int64, _ make: () -> String) -> TextTable.Cell {
    if let known = ages[changed] { return known }
    let cell = TextTable.Cell(make())
    ages[changed] = cell
    return cell
  }
}
