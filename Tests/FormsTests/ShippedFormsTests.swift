import Testing

@testable import Forms

@Suite struct ShippedFormsTests {
  @Test func `every shipped form loads, and keeps the rules for shipped forms`() throws {
    let files = FormLibrary.shippedFiles().filter { $0.name != "lists.yaml" }
    let shared = try sharedLists()
    #expect(files.count == 12)
    for file in files {
      do throws(FormError) {
        let form = try Form.parse(bytes: file.bytes, fileName: file.name, sharedLists: shared)
        #expect(form.name + ".yaml" == file.name)
        #expect(form.shippedRuleViolations() == [])
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test func `every label of the shipped forms is there in four languages`() throws {
    for form in try FormLibrary.parseShipped().names.compactMap(FormLibrary.shipped.newest) {
      for field in form.fields {
        let texts = [field.labels, field.hints, field.constraintMessages, field.requiredMessages]
        for text in texts.compactMap({ $0 }) where !text.translations.isEmpty {
          #expect(Set(text.languages).isSuperset(of: ["en", "es", "fr", "ar"]), "\(field.name)")
        }
        for choice in field.list?.choices ?? [] {
          #expect(
            Set(choice.labels.languages).isSuperset(of: ["en", "es", "fr", "ar"]),
            "\(field.name) \(choice.code)")
        }
      }
    }
  }

  @Test func `every parent of a shipped child form is shipped too`() throws {
    let library = try FormLibrary.parseShipped()
    for name in library.names {
      guard let form = library.newest(name), case .child(let parent, _) = form.place else {
        continue
      }
      #expect(library.newest(parent) != nil, "\(name) is a child of \(parent)")
    }
  }

  @Test(arguments: FormLibrary.shippedFiles().map(\.name))
  func `the reader of shipped files gives what the whole parser gives`(name: String) throws {
    let file = try #require(FormLibrary.shippedFiles().first { $0.name == name })
    let plain = try #require(PlainYAML.read(file.bytes))
    #expect("\(plain)" == "\(try YAMLReader.read(file.bytes, limits: .specified))")
  }

  @Test(arguments: [
    "a: 'b'", "a: \"b\\n\"", "a: |\n  b", "a: &b c", "a: *b", "a: !b c", "a: b\n  c", "a: b: c",
    "a: {b: c,\n  d: e}", "a: {b}", "a: [b: c]", "a:", "a: b\na: c", "a:\tb", "a: b\r\n", "a: - b",
    "- - a", "? a", "'a': b", "---\na: b", "a: b\n...", "a:\n    b: c\n  d: e", "a: @b", "a: b\n c: d",
    "- a\n - b", "a: \"b\"c", "a: [b]c", "", "a", "a: {b: c, b: d}", "a: {b: c:}", "a: #b",
  ])
  func `the reader of shipped files gives up on any other YAML`(text: String) {
    #expect(PlainYAML.read(Array(text.utf8)) == nil, "\(text)")
  }

  private func sharedLists() throws -> [String: ChoiceList] {
    let file = try #require(FormLibrary.shippedFiles().first { $0.name == "lists.yaml" })
    return try FormLibrary.parseLists(bytes: file.bytes, fileName: file.name)
  }
}
