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

  private func sharedLists() throws -> [String: ChoiceList] {
    let file = try #require(FormLibrary.shippedFiles().first { $0.name == "lists.yaml" })
    return try FormLibrary.parseLists(bytes: file.bytes, fileName: file.name)
  }
}
