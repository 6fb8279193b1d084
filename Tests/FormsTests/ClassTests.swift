import SyncCore
import Testing

@testable import Forms

@Suite struct ClassTests {
  private func refusal(_ old: String, _ new: String) -> FormError.Code? {
    do {
      _ = try SampleForm.form(old, new)
      return nil
    } catch {
      return (error as? FormError)?.code
    }
  }

  @Test(arguments: [
    // A calculation of a lower class.
    ("month(${received})", "string(${received})"),
    ("month(${received})", "month(if(${persons} = 1, ${received}, ${responded}))"),
    ("month(${received})", "month(${received} + ${persons})"),
    ("month(${received})", "concat(month(${received}), ${persons})"),
    ("month(${received})", "if(${safe} = 'yes', 'a', 'b')"),
    // Never from sensitive or identity.
    ("type: datetime, class: coded", "type: datetime, class: sensitive"),
    ("type: date, class: coded", "type: date, class: identity"),
    // A question's appearance tells.
    ("relevant: \"${persons} > 0\"", "relevant: \"${safe} = 'yes'\""),
    ("choice_filter: \"selected(${kind}, parent)\"", "choice_filter: \"parent = ${phone}\""),
    (
      "class: coded, label: {en: Received}",
      "class: coded, relevant: \"${persons} = 1\", label: {en: Received}"
    ),
    ("default: \"'new'\"", "default: \"if(${persons} > 3, 'new', 'closed')\""),
    (
      "class: sensitive, calculation: \"count(${legs})\"",
      "class: coded, calculation: \"count(${legs})\""
    ),
  ])
  func `a lower class cannot read a higher one`(old: String, new: String) {
    #expect(refusal(old, new) == .classRule)
  }

  @Test(arguments: [
    ("month(${received})", "month(${responded})"),
    ("constraint: \". <= ${persons}\"", "constraint: \"${phone} != ''\""),
    ("relevant: \"${persons} > 0\"", "relevant: \"${status} = 'new'\""),
    ("class: coded, label: {en: Persons}", "class: operational, label: {en: Persons}"),
  ])
  func `an equal or lower class, a coarser day and a constraint are read`(old: String, new: String)
  {
    #expect(refusal(old, new) == nil)
  }

  @Test func `a group's relevance counts for what it encloses`() {
    let old = "  - {name: thanks, type: note, label: {en: Thanks}}"
    func group(_ sensitivity: String) -> String {
      """
        - name: box
          type: group
          relevant: "${safe} = 'yes'"
          fields:
            - {name: inner, type: integer, class: \(sensitivity), label: {en: Inner}}
      """
    }
    #expect(refusal(old, group("sensitive")) == .classRule)
    #expect(refusal(old, group("identity")) == nil)
  }

  @Test func `free text below sensitive and days below coded are not shipped`() throws {
    #expect(try SampleForm.form().shippedRuleViolations() == [])
    let text = try SampleForm.form("type: text, class: sensitive", "type: text, class: coded")
    #expect(text.shippedRuleViolations().map(\.code) == [.freeTextBelowSensitive])
    let date = try SampleForm.form("type: date, class: coded", "type: date, class: operational")
    #expect(date.shippedRuleViolations().map(\.code) == [.exactDateBelowCoded])
  }

  @Test func `between versions a class only rises and a type stays`() throws {
    let old = try SampleForm.form("version: 2", "version: 1")
    #expect(try SampleForm.form().upgradeViolations(from: old) == [])
    #expect(try old.upgradeViolations(from: SampleForm.form()).map(\.code) == [.notNewer])
    func code(_ before: String, _ after: String) throws -> [FormViolation.Code] {
      try SampleForm.form(before, after).upgradeViolations(from: old).map(\.code)
    }
    #expect(try code("class: operational, default", "class: coded, default") == [])
    #expect(
      try code("class: coded, label: {en: Kind}", "class: operational, label: {en: Kind}") == [
        .classLowered
      ])
    #expect(try code("type: boolean", "type: integer") == [.typeChanged])
  }
}
