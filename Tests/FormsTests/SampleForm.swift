import SyncCore

@testable import Forms

/// A small form with one of everything, and words to change in it.
enum SampleForm {
  static let yaml = """
    form: sample
    version: 2
    title: {en: Sample, es: Muestra}
    area: district
    summary: [district, status]
    lists:
      yes_no:
        - {code: no, label: {en: No, fr: Non}}
        - {code: yes, label: {en: Yes, fr: Oui}}
      status:
        - {code: new, label: {en: New}}
        - {code: closed, label: {en: Closed}}
      work:
        - {code: farm, label: {en: Farm}, parent: labour}
        - {code: mine, label: {en: Mine}, parent: labour}
        - {code: street, label: {en: Street}, parent: other}
      kind:
        - {code: labour, label: {en: Labour}}
        - {code: other, label: {en: Other}}
    fields:
      - {name: district, type: select_one, choices: areas, class: coded, required: true, label: {en: District}}
      - {name: status, type: select_one, choices: status, class: operational, default: "'new'", label: {en: Status}}
      - {name: kind, type: select_multiple, choices: kind, class: coded, label: {en: Kind}}
      - name: work
        type: select_one
        choices: work
        class: coded
        relevant: "count-selected(${kind}) > 0"
        choice_filter: "selected(${kind}, parent)"
        label: {en: Work}
      - {name: received, type: datetime, class: coded, label: {en: Received}, constraint: ". <= now()"}
      - {name: responded, type: date, class: coded, label: {en: Responded}}
      - {name: received_month, type: calculate, class: operational, calculation: "month(${received})"}
      - {name: response_days, type: calculate, result_type: integer, class: operational, calculation: "days-between(${received}, ${responded})"}
      - {name: persons, type: integer, class: coded, label: {en: Persons}, constraint: ". >= 0 and . <= 999", constraint_message: {en: Between 0 and 999., fr: Entre 0 et 999.}}
      - {name: children, type: integer, class: coded, label: {en: Children}, relevant: "${persons} > 0", constraint: ". <= ${persons}"}
      - {name: safe, type: select_one, choices: yes_no, class: identity, merge: protective, order: [no, yes], label: {en: Safe}}
      - {name: phone, type: text, label: {en: Phone}, relevant: "${safe} = 'yes'", required: "${safe} = 'yes'", constraint: "regex(., '\\\\+?[0-9 ]{5,20}')"}
      - {name: thanks, type: note, label: {en: Thanks}}
      - name: legs
        type: repeat
        label: {en: Legs}
        fields:
          - {name: country, type: text, class: sensitive, label: {en: Country}, required: true}
          - {name: border, type: boolean, class: sensitive, label: {en: Border}, relevant: "${country} != ''"}
          - {name: leg_text, type: calculate, class: sensitive, calculation: "concat(${country}, '/', ${status})"}
      - {name: leg_count, type: calculate, result_type: integer, class: sensitive, calculation: "count(${legs})"}
    aliases: {vic_Kind: kind}
    """

  static func form(_ replacing: String = "", _ with: String = "") throws -> Form {
    try Form.parse(
      bytes: Array(replaced(replacing, with).utf8), fileName: "sample.yaml")
  }

  static func replaced(_ old: String, _ new: String) -> String {
    guard !old.isEmpty else { return yaml }
    var text = yaml[...]
    var out = ""
    while !text.isEmpty {
      if text.hasPrefix(old) {
        out += new
        text = text.dropFirst(old.count)
      } else {
        out.append(text.removeFirst())
      }
    }
    precondition(out != yaml, "the sample form does not hold \(old)")
    return out
  }

  static let context = EvaluationContext(
    today: CivilDate(year: 2024, month: 5, day: 3)!,
    now: Instant("2024-05-03T09:00:00Z")!,
    areas: ChoiceList(
      name: "areas",
      choices: [
        Choice(code: "north", label: LocalizedText([])),
        Choice(code: "south", label: LocalizedText([])),
      ]))
}
