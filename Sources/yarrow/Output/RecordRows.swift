import Console
import Forms
import ReplicaStore
import SyncCore

/// The table of `list` and `find`, a row for each record.
struct RecordRows {
  private(set) var table = TextTable()
  private(set) var isEmpty = true
  private let session: Session
  private let forms: FormCatalog
  private let now = LocalClock.now()
  private var texts: [String: AnswerText] = [:]
  // Most cells of a long list stand in it many times, and many in the row above.
  private var titles = CellCache<String>()
  private var areas = CellCache<String>()
  private var ages = CellCache<Int64>()
  private var states = CellCache<Standing>()
  private var summaries = CellCache<Summary>()

  private struct Standing: Hashable {
    let state: RecordLine.State
    let isWithdrawn: Bool
  }
  private struct Summary: Hashable {
    let form: String
    let text: String
  }

  init(session: Session, forms: FormCatalog) {
    self.session = session
    self.forms = forms
  }

  mutating func append(_ line: RecordLine) {
    isEmpty = false
    table.append(table.cell(line.code))
    table.append(title(line.form))
    table.append(area(line.area))
    table.append(age(line.changed))
    table.append(state(Standing(state: line.state, isWithdrawn: line.isWithdrawn)))
    table.append(summary(Summary(form: line.form, text: line.summary)))
    table.endRow()
  }

  private mutating func title(_ form: String) -> TextTable.Cell {
    if let known = titles.find(form) { return known }
    let title = texts(of: form)?.form.title(session.language) ?? form
    return titles.keep(table.cell(title), form)
  }

  private mutating func area(_ area: String) -> TextTable.Cell {
    areas.find(area) ?? areas.keep(table.cell(area), area)
  }

  private mutating func age(_ changed: Int64) -> TextTable.Cell {
    if let known = ages.find(changed) { return known }
    let text = RelativeTime.ago(changed, now: now, in: session.catalog)
    return ages.keep(table.cell(text), changed)
  }

  private mutating func state(_ standing: Standing) -> TextTable.Cell {
    if let known = states.find(standing) { return known }
    let catalog = session.catalog
    var text = catalog.text("state.\(standing.state.rawValue)")
    if standing.isWithdrawn { text += ", " + catalog.text("state.withdrawn") }
    return states.keep(table.cell(text), standing)
  }

  private mutating func summary(_ summary: Summary) -> TextTable.Cell {
    if let known = summaries.find(summary) { return known }
    let text = texts(of: summary.form).map { labels(summary.text, $0) } ?? ""
    return summaries.keep(table.cell(text), summary)
  }

  private mutating func texts(of form: String) -> AnswerText? {
    if let known = texts[form] { return known }
    let made = forms.readable(form).map { AnswerText(form: $0, catalog: session.catalog) }
    texts[form] = made
    return made
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
private struct CellCache<Key: Hashable> {
  private var cells: [Key: TextTable.Cell] = [:]
  private var last: (key: Key, cell: TextTable.Cell)?

  mutating func find(_ key: Key) -> TextTable.Cell? {
    if let last, last.key == key { return last.cell }
    guard let cell = cells[key] else { return nil }
    last = (key, cell)
    return cell
  }

  mutating func keep(_ cell: TextTable.Cell, _ key: Key) -> TextTable.Cell {
    cells[key] = cell
    last = (key, cell)
    return cell
  }
}
