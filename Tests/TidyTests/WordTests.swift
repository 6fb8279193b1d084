import Testing

/// Words that the project doesn't say.
struct ForbiddenWord {
  let pattern: Pattern
  let advice: String
  var applies: (TextFile) -> Bool = { _ in true }

  static var all: [ForbiddenWord] {
    [
      ForbiddenWord(
        pattern: Pattern(#"(?<![\w.~-])/(?:work|root|Users|home/\w+)/[\w.-]+|/tmp/pkg\b"#),
        advice: "a path of one machine: take it as an argument or find it from #filePath"),
      // HTCDS has codes such as `potential_victim`; whatever is joined to more is one of them.
      ForbiddenWord(
        pattern: Pattern(#"(?i)(?<![\w`-])victims?(?![\w`-])"#),
        advice: "say person, or survivor where they say it themselves",
        applies: { !$0.path.hasPrefix("Sources/ShippedData/forms/") }),
    ]
  }

  func findings(in file: TextFile) -> [Finding] {
    guard applies(file) else { return [] }
    return pattern.matches(in: file.text).map { Finding(file, at: $0.location, advice) }
  }
}

@Suite struct WordTests {
  @Test func `no file holds a path of one machine or a name that people don't use of themselves`() {
    for word in ForbiddenWord.all { #expect(Repository.texts.flatMap(word.findings) == []) }
  }

  @Test(arguments: [
    ("see /work/main/Sources", 1), ("cp /tmp/pkg /x", 1), ("/home/ana/yarrow", 1),
    ("the Victim's name", 1), ("victims of", 1), ("case/work/list", 0),
    ("`PotentialVictimOfTrafficking`", 0), ("victim_status", 0), ("/tmp/yarrow-XXXXXX", 0),
  ]) func `a planted word is found`(_ text: String, _ count: Int) {
    let file = TextFile(path: "Protocol/entry.md", text: text)
    #expect(ForbiddenWord.all.flatMap { $0.findings(in: file) }.count == count)
  }
}
