import SyncCore
import Testbed
import Testing

@testable import Forms

@Suite struct LoadingTests {
  @Test func `the sample form loads with every attribute`() throws {
    let form = try SampleForm.form()
    #expect(form.name == "sample" && form.version == 2)
    #expect(form.place == .root(areaField: "district"))
    #expect(form.title("es-MX") == "Muestra" && form.title("fr") == "Sample")
    #expect(form.field("phone")?.sensitivity == .identity, "identity without a class")
    #expect(form.field("kind")?.merge == .set)
    #expect(form.field("status")?.merge == .review)
    #expect(form.field(aliased: "vic_Kind")?.name == "kind")
    #expect(
      form.field("safe")?.protectiveOrder
        == ["no", "unknown", "not_asked", "prefer_not_to_say", "yes"])
    #expect(form.label(ofCode: "no", in: form.field("safe")!, "fr") == "Non")
    #expect(form.label(ofCode: "unknown", in: form.field("safe")!, "es") == "Se desconoce")
  }

  @Test(arguments: [
    ("version: 2", "version: 0", FormError.Code.badVersion),
    ("version: 2", "version: 2\nsurprise: 1", .unknownKey),
    ("form: sample", "form: \"x'; DROP TABLE forms\"", .badName),
    ("form: sample", "form: ../../etc/passwd", .badName),
    ("name: persons", "name: \"a\\\" OR 1=1\"", .badName),
    ("name: persons", "name: Persons", .badName),
    ("name: responded", "name: received", .duplicateName),
    ("type: boolean", "type: bool", .unknownType),
    ("class: operational, default", "class: secret, default", .unknownClass),
    ("merge: protective", "merge: best", .unknownMerge),
    ("merge: protective", "merge: append", .mergeNotForType),
    ("order: [no, yes]", "order: [no]", .order),
    ("order: [no, yes], ", "", .order),
    ("choices: work", "choices: works", .unknownList),
    ("{code: farm", "{code: mine", .duplicateName),
    ("{code: farm", "{code: a farm", .badCode),
    ("'yes'\", required", "'yess'\", required", .unknownCode),
    ("${persons} > 0", "${person} > 0", .unknownField),
    ("count(${legs})", "concat(${country})", .unknownField),
    ("summary: [district", "summary: [nowhere", .unknownField),
    ("vic_Kind: kind", "vic_Kind: kinds", .unknownField),
    ("area: district", "area: status", .areaOrParent),
    ("area: district", "parent: report", .areaOrParent),
    ("title: {en: Sample, ", "title: {", .missingKey),
    ("title: {en: Sample, ", "title: {en: Sample, English: x, ", .badLanguage),
    ("type: note, ", "type: note, class: coded, ", .keyNotForType),
    ("relevant: \"count-selected(${kind}) > 0\"", "relevant: \"${work} = ''\"", .cycle),
    ("[0-9 ]{5,20}", "[0-9 ]{20,5}", .pattern),
    ("label: {en: Thanks}", "label: [en]", .wrongKind),
    ("label: {en: Thanks}", "label: {en: A, en: B}", .duplicateName),
    ("label: {en: Thanks}", "label: &a {en: A}", .anchor),
    ("label: {en: Thanks}", "label: *a", .yaml),
    ("title:", "title: {", .yaml),
  ])
  func `a wrong form is refused`(old: String, new: String, code: FormError.Code) {
    let error = #expect(throws: FormError.self) { try SampleForm.form(old, new) }
    #expect(error?.code == code, "\(error as Any)")
    #expect(error?.file == "sample.yaml" && (error?.line ?? 0) > 0, "\(error as Any)")
  }

  @Test func `codes that look like other YAML types stay text`() throws {
    let form = try SampleForm.form("{code: new,", "{code: 1e3, label: {en: N}}\n    - {code: null,")
    #expect(form.list("status")?.choices.map(\.code) == ["1e3", "null", "closed"])
    #expect(form.list("yes_no")?.choices.map(\.code) == ["no", "yes"])
  }

  @Test func `a billion laughs, a deep nest and a large file are refused before they cost`() {
    let laughs = "a: &a [x]\nb: &b [*a, *a]\n"
    let deep = String(repeating: "[", count: 100_000)
    let dashes = String(repeating: "- ", count: 90_000)
    let indented = (0..<600).map { String(repeating: " ", count: $0) + "a:" }
      .joined(separator: "\n")
    let cases: [(String, FormError.Code)] = [
      (laughs, .anchor), (deep, .tooDeep), (dashes, .tooDeep), (indented, .tooDeep),
      (String(repeating: "#", count: 200 << 10), .tooLarge), ("", .yaml), ("form: \u{0}", .yaml),
      ("a: 1\n---\nb: 2", .yaml),
    ]
    for (text, code) in cases {
      let error = #expect(throws: FormError.self) {
        try Form.parse(bytes: Array(text.utf8), fileName: "x")
      }
      #expect(error?.code == code, "\(error as Any)")
    }
    let error = #expect(throws: FormError.self) {
      try Form.parse(bytes: [0x66, 0xFF, 0xFE], fileName: "x")
    }
    #expect(error?.code == .notUTF8)
  }

  @Test func `every limit refuses what is one above it`() throws {
    let head = "form: f\nversion: 1\ntitle: {en: F}\narea: a\n"
    let area = "  - {name: a, type: select_one, choices: areas, class: coded, label: {en: A}}\n"
    func load(_ rest: String) throws -> Form {
      try Form.parse(bytes: Array((head + rest).utf8), fileName: "f", limits: .tiny)
    }
    let field = "type: text, label: {en: X}"
    #expect(throws: Never.self) {
      try load("fields:\n" + area + (1...3).map { "  - {name: x\($0), \(field)}\n" }.joined())
    }
    let tooMany = [
      "fields:\n" + area + (1...4).map { "  - {name: x\($0), \(field)}\n" }.joined(),
      "fields:\n" + area + "  - {name: x, type: text, label: {en: ElevenBytes}}\n",
      "fields:\n" + area + "  - {name: x, type: text, label: {en: X, es: X, fr: X}}\n",
      "fields:\n" + area + "  - {name: x, \(field), relevant: 1+1+1+1}\n",
      "fields:\n" + area + "  - {name: x, \(field), relevant: (((1)))}\n",
      "fields:\n" + area + "  - {name: x, \(field), constraint: \"regex(., 'a{21}')\"}\n",
      "lists:\n  l: [{code: a, label: {en: A}}, {code: b, label: {en: B}}, {code: c, label: {en: C}}]\n"
        + "fields:\n" + area,
      "lists:\n  l: [{code: a, label: {en: A}, p: x, q: y}]\nfields:\n" + area,
      "lists:\n  l: [{code: a, label: {en: A}}]\n  m: [{code: a, label: {en: A}}]\nfields:\n"
        + area,
    ]
    for text in tooMany { #expect(throws: FormError.self, "\(text)") { try load(text) } }
  }

  @Test func `a damaged form never traps`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("damage seed \(seed)")
    var generator = SplitMix64(seed: seed)
    let original = Array(SampleForm.yaml.utf8)
    var loaded = 0
    for _ in 0..<1_500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: at)
        case 2:
          bytes.insert(
            Array("{}[]:,-&*!|>'\"#%@`${}().\n ".utf8).randomElement(using: &generator)!, at: at)
        default:
          let end = min(bytes.count, at + Int.random(in: 0..<40, using: &generator))
          bytes.insert(
            contentsOf: bytes[at..<end], at: Int.random(in: 0..<bytes.count, using: &generator))
        }
      }
      do throws(FormError) {
        let form = try Form.parse(bytes: bytes, fileName: "x")
        _ = form.evaluate(Answers(), SampleForm.context)
        loaded += 1
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect(loaded > 0 && loaded < 1_500)
  }
}
