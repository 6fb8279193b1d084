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
    for field in form.fields {
      guard let name = field.choices, seen.insert(name).inserted, let list = form.list(name) else {
        continue
      }
      for choice in list.choices {
        let code = SearchWords.codeWord(choice.code)
        for language in ["en", "es", "fr", "ar"] {
          for word in SearchFolding.words(choice.label(language)) where word.utf8.count > 2 {
            statement.bind(word)
            statement.bind(code)
            try statement.run()
          }
        }
      }
    }
    try settings.set(SettingName.labelledForms, (done.union([key])).sorted().areaSetting)
  }
}
