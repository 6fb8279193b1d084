import Testing

@testable import Console

struct CatalogTests {
  @Test func `every language has every key with the same placeholders, and no faults`() {
    let english = Catalog.english
    #expect(Language.available.map(\.code) == ["en", "es", "fr", "ar"])
    for language in Language.available {
      var problems: [CatalogFile.Problem] = []
      let texts = CatalogFile.parse(ShippedLanguages.file(language.code)!, problems: &problems)
      #expect(problems.isEmpty, "\(language.code): \(problems)")
      #expect(
        Set(texts.keys).symmetricDifference(english.keys).isEmpty, "\(language.code)")
      for (key, text) in texts where key != "date.pattern" {
        #expect(
          CatalogFile.placeholders(text) == CatalogFile.placeholders(english.text(key)),
          "\(language.code) \(key)")
        #expect(SafeText.escape(text, newlines: .keep) == text, "\(language.code) \(key)")
      }
    }
  }

  @Test func `the checker of language files finds planted faults`() {
    var problems: [CatalogFile.Problem] = []
    let file = "# c\na = 1\na = 2\nno equals\nb =\n\nc = x = y\\n{n}\n"
    let texts = CatalogFile.parse(Array(file.utf8), problems: &problems)
    #expect(problems.map(\.line) == [3, 4, 5])
    #expect(texts["c"] == "x = y\n{n}")
    #expect(CatalogFile.placeholders("{a} and {b} {a}") == ["a", "b"])
  }

  @Test func `every status, code and class of failure has its sentence`() {
    var keys = ExitStatus.allCases.map(\.key)
    keys += JSONFailure.Code.allCases.map { "json.\($0.rawValue)" }
    keys += CSVFailure.Code.allCases.map { "csv.\($0.rawValue)" }
    for key in keys { #expect(Catalog.english.keys.contains(key), "\(key)") }
  }

  @Test func `the language comes from the option, then the locale variables in their order`() {
    func negotiate(_ arguments: [String], _ variables: [String: String]) -> String {
      Language.negotiate(arguments: ["yarrow"] + arguments) { variables[$0] }.code
    }
    let locale = ["LC_ALL": "", "LC_MESSAGES": "fr_CD.UTF-8", "LANG": "es_CO"]
    #expect(negotiate([], locale) == "fr")
    #expect(negotiate(["list", "--lang", "ar"], locale) == "ar")
    #expect(negotiate(["--lang=es"], locale) == "es")
    #expect(negotiate(["--", "--lang", "ar"], locale) == "fr")
    #expect(negotiate([], ["LC_ALL": "de_DE", "LANG": "fr"]) == "en")
    #expect(negotiate([], ["LANG": "C.UTF-8"]) == "en")
    #expect(negotiate(["--lang"], [:]) == "en")
  }

  @Test func `a missing text falls back to its key, and arguments are made safe`() {
    let french = Catalog(Language("fr")!)
    #expect(french.text("no.such.key") == "no.such.key")
    #expect(
      french.text("failure.file_missing", ["path": "a\u{1B}b{path}"])
        == "Le fichier a\\u{1b}b{path} n'existe pas.")
  }

  @Test func `a failure says what happened and what to do, in the person's language`() {
    let failure = CommandFailure(
      .refused, "failure.invite_used", next: "failure.invite_used.next")
    let spanish = failure.lines(program: "yarrow", in: Catalog(Language("es")!))
    #expect(
      spanish == [
        "yarrow: Esta invitación ya se usó o ha caducado.",
        "Qué hacer: Pida una invitación nueva a la persona que dirige el programa.",
      ])
    let plain = CommandFailure(.hubUnavailable, .sentence("no\u{1B} route"))
    #expect(
      plain.lines(program: "yarrow", in: .english) == [
        "yarrow: no\\u{1b} route",
        "What to do: Nothing is lost. Run the command again later.",
      ])
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 64, 65, 66, 69, 73, 74, 76, 77, 78])
  }
}
