/// PDF (ISO 32000-1): numbered objects that refer to one another, and a tree of pages in them.
///
///     Root -> Pages -> page: boxes, content, and the pictures and colours that the content names
///
/// Names, dates, programs, forms, notes, files and earlier versions of every page each have their
/// place beside this, and there are more of them with each version of the format. So the tree is
/// walked, what is on the lists is taken, and a new file is written of it.
enum PDF {
  private static let pagesMax = 4_096
  private static let depthMax = 32

  /// What a page has from the nodes above it, unless it has its own.
  private static let inherited = ["Resources", "MediaBox", "CropBox", "Rotate"]

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    let document = try PDFDocument(bytes)
    let root = try catalog(of: document)
    let pages = try pages(root["Pages"], of: document)
    let cleaner = PDFCleaner(document)
    return try cleaner.file(pages)
  }

  private static func catalog(of document: PDFDocument) throws(MediaFault) -> PDFDictionary {
    guard let root = try document.dictionary(document.trailer["Root"]),
      try document.name(root["Type"]) == "Catalog"
    else { throw .damaged }
    // What one sees of these is no page.
    guard root["Collection"] == nil else { throw .unusual }
    if let form = try document.dictionary(root["AcroForm"]), form["XFA"] != nil { throw .unusual }
    return root
  }

  /// The pages in their order, each with what it has from above.
  private static func pages(
    _ top: PDFObject?, of document: PDFDocument
  ) throws(MediaFault) -> [PDFDictionary] {
    var pages: [PDFDictionary] = []
    var seen: Set<PDFReference> = []
    var next: [(node: PDFObject, above: PDFDictionary, depth: Int)] = [(top ?? .null, [:], 0)]
    while let (node, above, depth) = next.popLast() {
      let (reference, value) = try document.target(node)
      guard let reference, seen.insert(reference).inserted, var page = value.dictionary else {
        throw .damaged
      }
      guard depth <= depthMax else { throw .unusual }
      for key in inherited where page[key] == nil { page[key] = above[key] }
      switch try document.name(page["Type"]) ?? (page["Kids"] == nil ? "Page" : "Pages") {
      case "Page":
        guard pages.count < pagesMax else { throw .unusual }
        pages.append(page)
      case "Pages":
        guard let kids = try document.array(page["Kids"]) else { throw .damaged }
        let own = page.filter { inherited.contains($0.key) }
        for kid in kids.reversed() { next.append((kid, own, depth + 1)) }
      default: throw .damaged
      }
    }
    guard !pages.isEmpty else { throw .damaged }
    return pages
  }
}
