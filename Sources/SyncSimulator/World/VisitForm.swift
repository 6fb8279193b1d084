/// A small form of the simulated programme, with a field of every class and of the merge policies
/// that can collide; the second version adds a field and raises a class.
enum VisitForm {
  static let name = "visit"

  static func yaml(version: Int) -> [UInt8] {
    let statusClass = version < 2 ? "operational" : "coded"
    let added = """

        - name: outcome
          type: select_one
          choices: state
          class: coded
          label: {en: Outcome}
      """
    return Array(
      """
      form: visit
      version: \(version)
      title: {en: Visit}
      area: district
      summary: [status]
      lists:
        state:
          - {code: new, label: {en: New}}
          - {code: seen, label: {en: Seen}}
          - {code: helped, label: {en: Helped}}
          - {code: closed, label: {en: Closed}}
        level:
          - {code: high, label: {en: High}}
          - {code: medium, label: {en: Medium}}
          - {code: low, label: {en: Low}}
        need:
          - {code: shelter, label: {en: Shelter}}
          - {code: food, label: {en: Food}}
          - {code: doctor, label: {en: Doctor}}
          - {code: lawyer, label: {en: Lawyer}}
      fields:
        - name: district
          type: select_one
          choices: areas
          class: coded
          required: true
          label: {en: District}
        - name: status
          type: select_one
          choices: state
          class: \(statusClass)
          merge: review
          label: {en: Status}
        - name: urgency
          type: select_one
          choices: level
          class: coded
          label: {en: Urgency}
        - name: needs
          type: select_multiple
          choices: need
          class: coded
          merge: set
          label: {en: Needs}
        - name: words
          type: text
          class: sensitive
          label: {en: Words}
        - name: person
          type: text
          class: identity
          label: {en: Person}\(version < 2 ? "" : added)

      """.utf8)
  }

  static let states = ["new", "seen", "helped", "closed"]
  static let levels = ["high", "medium", "low"]
  static let needs = ["doctor", "food", "lawyer", "shelter"]
}
