internal import Forms
internal import GRDB

/// Words of choice labels in every language, so that a search finds codes by what people call them.
enum LabelWords {
  static func index(_ form: Form, _ db: Database) throws {
    let settings = SettingTable(db: db)
    let done = Set(try settings.text(SettingName.labelledForms)?.areaCodes ?? [])
    let key = "\(form.name)/\(form.version)"
    guard !done.contains(key) else { return }
    var statement = try BoundStatement(
      db, "INSERT INTO label_word(word, code) VALUES (?, ?) ON CONFLICT DO NOTHING")
    var seen: Set<String> = []
    var folded: [UInt8] = []
    for field in form.fields {
      guard let name = field.choices, seen.insert(name).inserted, let list = form.list(name) else {
        continue
      }
      for choice in list.choices {
        let code = SearchWords.codeWord(choice.code)
        // What is not translated is the same in every language.
        var labels: [String] = []
        for language in ["en", "es", "fr", "ar"] {
          let label = choice.label(language)
          guard !labels.contains(label) else { continue }
          labels.append(label)
          folded.removeAll(keepingCapacity: true)
          SearchFolding.fold(label, into: &folded)
          for word in folded.split(separator: UInt8(ascii: " ")) where word.count > 2 {
            statement.bind(utf8: Array(word))
            statement.bind(code)
            try statement.run()
          }
        }
      }
    }
    try settings.set(SettingName.labelledForms, (done.union([key])).sorted().areaSetting)
  }
}
