import Identity
import SyncCore
import Testing
import TransparencyLog

@testable import ReplicaStore

@Suite struct ShippedFormTests {
  @Test func `the line for a shipped form is the one that another implementation makes`() throws {
    let reference = ShippedFormReference(
      form: Array("form: a\n".utf8), lists: Array("lists: {}\n".utf8))
    // Made with Python's hashlib from forms §7.
    let line = "shipped: 9f510189365ac72ed1bc92a01f07cbe76b235b093fcedd6862fc97ff032dadad\n"
    #expect(reference.line == Array(line.utf8))
    #expect(ShippedFormReference(line: Array(line.utf8)) == reference)
    for wrong in [
      String(line.dropLast()), line + "\n", line.uppercased(), " " + line,
      line.replacing("9f", with: "9F"), line.replacing("\n", with: " "), "shipped: \n", "",
    ] {
      #expect(ShippedFormReference(line: Array(wrong.utf8)) == nil, "\(wrong)")
    }
  }

  @Test func `every shipped form is found again by the line that stands for it`() throws {
    #expect(ShippedForms.names.contains("report"))
    for name in ShippedForms.names {
      let line = try #require(ShippedForms.reference(name))
      let text = try #require(ShippedForms.source(name))
      #expect(try ShippedForms.text(name: name, statement: line) == text)
      #expect(FormClasses.read(text) != nil)
      let other = ShippedFormReference(form: text, lists: []).line
      #expect(throws: StoreError.self) { try ShippedForms.text(name: name, statement: other) }
    }
    #expect(ShippedForms.source("lists") == nil)
  }

  /// A release of one report, by a hub that carries these texts.
  private func release(
    _ fixture: inout CommitteeFixture, statement: [UInt8]? = nil,
    text: [UInt8]? = CommitteeFixture.shippedText("report"),
    lists: [UInt8]? = CommitteeFixture.lists
  ) throws -> ReleasePackage {
    var builder = try fixture.builder()
    try builder.add(
      ReleaseCandidate(try fixture.entry(operational: [("status", .assign(.text("new")))])))
    let signed = fixture.formStatement(
      "report", statement ?? CommitteeFixture.reference, version: 3)
    return try builder.release(
      programme: fixture.programme.id, number: 1, previous: nil,
      policyStatement: fixture.policyStatement(), formStatement: { _ in signed },
      shippedText: { _ in text }, sharedLists: lists)
  }

  @Test func `a release carries exactly the texts that its statements name`() throws {
    var fixture = try CommitteeFixture(seed: 51)
    let good = try release(&fixture)
    #expect(good.formTexts == [CommitteeFixture.shippedText("report")])
    #expect(good.sharedLists == CommitteeFixture.lists)
    let yaml = Array(CommitteeFixture.reportForm.utf8)
    let plain = try release(&fixture, statement: yaml)
    #expect(plain.formTexts == [nil])
    #expect(plain.sharedLists == nil)

    // Another form, other lists, none, a form that only begins like a reference, and one too long.
    let looser = Array(CommitteeFixture.reportForm.replacing("coded", with: "operational").utf8)
    let long = [UInt8](repeating: 0x20, count: ShippedFormReference.textBytesMax + 1)
    let refused: [(statement: [UInt8]?, text: [UInt8]?, lists: [UInt8]?)] = [
      (nil, looser, CommitteeFixture.lists), (nil, nil, CommitteeFixture.lists),
      (nil, yaml, Array("lists: {}".utf8)), (nil, yaml, nil),
      (Array("shipped: report\n".utf8), yaml, CommitteeFixture.lists),
      (ShippedFormReference(form: long, lists: []).line, long, []),
    ]
    for (statement, text, lists) in refused {
      #expect(throws: ReleaseError(.formText)) {
        try release(&fixture, statement: statement, text: text, lists: lists)
      }
    }
    // Nor may a text stand beside a statement that holds the form itself.
    for (texts, lists) in [([yaml], CommitteeFixture.lists), ([nil], []), ([], nil)]
      as [([[UInt8]?], [UInt8]?)]
    {
      #expect(throws: ReleaseError(.formText)) {
        try ReleasePackage(
          programme: plain.programme, number: 1, previous: nil, leaves: plain.leaves,
          entries: plain.entries, withheld: plain.withheld,
          policyStatement: plain.policyStatement, formStatements: plain.formStatements,
          formTexts: texts, sharedLists: lists)
      }
    }
  }

  @Test func `a form or list changed on the way is refused when the release is read`() throws {
    var fixture = try CommitteeFixture(seed: 52)
    let bytes = try release(&fixture).encoded
    for (word, other) in [("class: coded", "class: codex"), ("code: new", "code: old")] {
      let at = try #require(bytes.firstRange(of: Array(word.utf8)))
      let changed = bytes.replacingCharacters(at, with: Array(other.utf8))
      #expect(throws: ReleaseError(.formText)) { try ReleasePackage(encoded: changed) }
    }
    #expect(try ReleasePackage(encoded: bytes).sharedLists == CommitteeFixture.lists)
  }

  @Test(arguments: ["form", "lists"])
  func `a whole file made anew around another form or other lists is refused by both verifiers`(
    table: String
  ) throws {
    var fixture = try CommitteeFixture(seed: 54)
    let (release, history) = try fixture.release(reports: 3)
    let honest = try CommitteeTables(release, history: history).all()
    let forged = honest.map { content in
      guard content.name == table else { return content }
      return TableContent(
        name: table,
        rows: content.rows.map { row in
          TableRow(
            rowID: row.rowID,
            values: row.values.map { value in
              guard case .text(let text) = value else { return value }
              return .text(
                Array(
                  String(decoding: text, as: UTF8.self)
                    .replacing("class: coded", with: "class: operational")
                    .replacing("label: {en: New}", with: "label: {en: Old}").utf8))
            })
        })
    }
    for (content, ok) in [(honest, true), (forged, false)] {
      let bytes = DatabaseImage(schema: CommitteeSchema.items, content: content).bytes
      let ours = CommitteeFile.verify(bytes: bytes, trust: fixture.trust)
      let (theirs, _) = try IndependentVerifier.run(bytes, fixture)
      #expect(ours.ok == ok)
      #expect(theirs.ok == ok)
      // Every byte is where the format puts it, so only the hash in the statement can tell.
      #expect(ours.problems.map(\.table) == (ok ? [] : ["form", "lists"]))
      #expect(theirs.problems.map(\.table) == (ok ? [] : ["form", "lists"]))
    }
  }

  @Test func `the log binds what the authority signed, be it a form or a reference to one`() throws
  {
    var fixture = try CommitteeFixture(seed: 53)
    let one = try release(&fixture)
    let read = try ReleasePackage(encoded: one.encoded)
    #expect(read.head == one.head)
    var again = try CommitteeFixture(seed: 53)
    let plain = try release(&again, statement: Array(CommitteeFixture.reportForm.utf8))
    #expect(plain.leaves == one.leaves)
    #expect(plain.head.leaf != one.head.leaf)
  }
}

extension [UInt8] {
  fileprivate func replacingCharacters(_ range: Range<Int>, with part: [UInt8]) -> [UInt8] {
    self[..<range.lowerBound] + part + self[range.upperBound...]
  }
}
