import Testing

/// Pages of the specification, the numbers of their headings, and whether citations meet them.
struct Citations {
  let headings: [String: Set<String>]

  /// Headings, and paragraphs that begin with a number of their own.
  private static let heading = Pattern(#"^(?:##+ (\d+[a-z]?(?:\.\d+)?)\.? |(\d+\.\d+) (?=[A-Z*]))"#)
  /// `§2.1`, `§2.1 and §3`, `§2.1–2.3`. The gap may be a line's end and the next line's comment sign.
  private static let gap = #"(?: |\n[ \t]*(?:///?|#|\*)?[ \t]*)"#
  private static let list =
    #"§ ?\d+[a-z]?(?:\.\d+)?(?:(?:, | and | to |–|-|, and )§\d+(?:\.\d+)?|–\d+(?:\.\d+)?)*"#
  private static let named = Pattern(#"\b([a-z][a-z-]*)(?:\.md)?`?"# + gap + "(" + list + ")")
  private static let bare = Pattern(#"(?:(\d)"# + gap + ")?(" + list + ")")
  private static let number = Pattern(#"\d+[a-z]?(?:\.\d+)?"#)

  /// Notes that the work began with and that are no part of the repository.
  private static let unpublished: Set = ["design", "domain", "style", "stack", "cli"]

  init(pages: [TextFile]) {
    headings = Dictionary(
      uniqueKeysWithValues: pages.map { page in
        (
          Self.name(page),
          Set(Self.heading.matches(in: page.text).map { $0.groups[1] ?? $0.groups[2]! })
        )
      })
  }

  private static func name(_ page: TextFile) -> String {
    String(page.path.split(separator: "/").last!.dropLast(".md".count))
  }

  func findings(in file: TextFile) -> [Finding] {
    guard file.text.contains("§") else { return [] }
    var found: [Finding] = []
    func check(_ page: String, _ sections: String, at location: Int) {
      for number in Self.number.matches(in: sections).map({ $0.groups[0]! })
      where headings[page]?.contains(number) != true {
        let advice = "\(page) §\(number) is no heading of Protocol: cite the section that says it"
        found.append(Finding(file, at: location, advice))
      }
    }
    var cited: Set<Int> = []
    for match in Self.named.matches(in: file.text) {
      let page = match.groups[1]!
      guard headings[page] != nil || Self.unpublished.contains(page) else { continue }
      cited.insert(match.location + match.groups[0]!.utf16.count)
      check(page, match.groups[2]!, at: match.location)
    }
    // On a page of the specification a section without a name is its own. Behind a number it is
    // another standard's, as in RFC 8949 §4.2.1.
    guard file.path.hasPrefix("Protocol/"), file.path.split(separator: "/").count == 2,
      let own = headings[Self.name(file)], !own.isEmpty
    else { return found }
    for match in Self.bare.matches(in: file.text)
    where match.groups[1] == nil
      && !cited.contains(match.location + match.groups[0]!.utf16.count)
    { check(Self.name(file), match.groups[2]!, at: match.location) }
    return found
  }
}

@Suite struct CitationTests {
  static let pages = Repository.texts.filter {
    $0.path.hasPrefix("Protocol/") && $0.path.split(separator: "/").count == 2
      && $0.path.hasSuffix(".md")
  }

  @Test func `every cited section of the specification exists`() {
    let citations = Citations(pages: Self.pages)
    #expect(citations.headings["entry"]?.contains("2.1") == true)
    #expect(citations.headings.values.count { !$0.isEmpty } >= 10)
    #expect(Repository.texts.flatMap(citations.findings) == [])
  }

  @Test func `no page numbers two sections alike, and none is skipped`() {
    for page in Self.pages { #expect(Self.gaps(in: page) == [], "\(page.path)") }
    let planted = TextFile(path: "Protocol/a.md", text: "## 1. A\n### 1.1 B\n### 1.3 C\n## 1. D\n")
    #expect(Self.gaps(in: planted) == ["1.3", "1"])
  }

  @Test(arguments: [
    ("/// The envelope (entry §9.9).", 1), ("// entry §1 and §7", 1), ("// see entry §1–3", 1),
    ("/// Long line that ends with entry\n/// §7.", 1), ("# design §2", 1), ("// entry §1.1", 0),
    ("// entry §1, §1.2", 0), ("// RFC 8949 §4.2.1", 0), ("// other §12", 0),
  ]) func `a planted dead citation is found`(_ text: String, _ count: Int) {
    let pages = [
      TextFile(path: "Protocol/entry.md", text: "# Entry\n\n## 1. A\n\n### 1.1 B\n\n1.2 **C** d.\n")
    ]
    let file = TextFile(path: "Sources/SyncCore/A.swift", text: text + "\n")
    #expect(Citations(pages: pages).findings(in: file).count == count)
  }

  @Test func `a section without a name on a page is its own`() {
    let text = "## 1. A\n\nAs §1 says, with RFC 1 §5 and merge §1, but not §4.\n"
    let page = TextFile(path: "Protocol/entry.md", text: text)
    let other = TextFile(path: "Protocol/merge.md", text: "## 1. A\n")
    let found = Citations(pages: [page, other]).findings(in: page)
    #expect(found.map(\.place) == ["Protocol/entry.md:3"])
  }

  /// Headings that don't follow the one before: 2 after 1, 1.1 after 1, 1.2 after 1.1.
  static func gaps(in page: TextFile) -> [String] {
    var last = (0, 0)
    return Pattern(#"^##+ (\d+)(?:\.(\d+))?\.? "#).matches(in: page.text).compactMap { match in
      let here = (Int(match.groups[1]!)!, match.groups[2].flatMap { Int($0) } ?? 0)
      let follows =
        here.1 == 0 ? here.0 == last.0 + 1 : here.0 == last.0 && here.1 == last.1 + 1
      last = here
      return follows ? nil : "\(here.0)" + (here.1 == 0 ? "" : ".\(here.1)")
    }
  }
}
