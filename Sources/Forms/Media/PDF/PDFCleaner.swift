/// Takes what is on the lists out of one file and puts it into another (attachments §3).
///
/// An object that is used twice is taken once. Its number is its place in the order in which pages
/// and what they show are met, so a file that was cleaned comes out the same again.
final class PDFCleaner {
  /// What an object is taken as: the same one may be asked for as two things.
  enum Role: Hashable {
    case image, mask, globals, colours, function, state, form, pattern, shading, content
    case font, descendant, fontDescriptor, fontProgram, characterMap, meaning, glyphNumbers
  }

  private struct Key: Hashable {
    let reference: PDFReference
    let role: Role
  }

  private static let depthMax = 32

  let document: PDFDocument
  private var writer: PDFWriter
  private var taken: [Key: PDFReference] = [:]
  private var open: Set<Key> = []
  private var depth = 0
  /// Marks of fonts that are not whole, by what they were.
  var fontTags: [String: String] = [:]
  /// Colour spaces that are objects of the file, once they are known.
  var colours: [PDFReference: PDFColours] = [:]
  private var notesLeft = 1 << 20
  var contentLeft = PDFOperator.Count.max
  var writtenContentLeft = PDFOperator.Count.max
  /// What is written is read again within the limits that it was read with.
  private var writtenLeft = PDFDocument.decodedMax
  /// Samples that were gone through to find their end: more than are ever held at once.
  var samplesLeft = 1 << 30

  init(_ document: PDFDocument) {
    self.document = document
    writer = PDFWriter(inputBytes: document.bytes.count)
  }

  /// An object of its own in the new file.
  ///
  /// - Parameter make: what to write, of what was found.
  func object(
    _ source: PDFObject, as role: Role,
    _ make: (PDFObject) throws(MediaFault) -> PDFObject
  ) throws(MediaFault) -> PDFObject {
    let (reference, value) = try document.target(source)
    let key = reference.map { Key(reference: $0, role: role) }
    if let key, let known = taken[key] {
      // What is made of itself has no end.
      guard !open.contains(key) else { throw .damaged }
      return .reference(known)
    }
    guard depth < Self.depthMax else { throw .unusual }
    let number = try writer.reserve()
    depth += 1
    if let key {
      taken[key] = number
      open.insert(key)
    }
    try writer.set(number, try make(value))
    if let key { open.remove(key) }
    depth -= 1
    return .reference(number)
  }

  /// A stream whose data is coded anew, so that nothing stands behind its end.
  func stream(
    _ dictionary: PDFDictionary, _ content: ArraySlice<UInt8>
  ) throws(MediaFault) -> PDFObject {
    try countWritten(content.count)
    return try flate(dictionary, content)
  }

  func countWritten(_ count: Int) throws(MediaFault) {
    guard count <= writtenLeft else { throw .unusual }
    writtenLeft -= count
  }

  func flate(
    _ dictionary: PDFDictionary, _ content: ArraySlice<UInt8>
  ) throws(MediaFault) -> PDFObject {
    var dictionary = dictionary
    dictionary["Filter"] = .name("FlateDecode")
    return .stream(PDFStream(dictionary: dictionary, data: try Flate.compress(content)[...]))
  }

  // MARK: Pages

  func file(_ pages: [PDFDictionary]) throws(MediaFault) -> [UInt8] {
    let root = try writer.reserve()
    let tree = try writer.reserve()
    var kids: [PDFObject] = []
    for page in pages {
      let number = try writer.reserve()
      kids.append(.reference(number))
      try writer.set(number, .dictionary(try self.page(page, in: tree)))
    }
    let node: PDFDictionary = [
      "Type": .name("Pages"), "Count": .integer(kids.count), "Kids": .array(kids),
    ]
    try writer.set(tree, .dictionary(node))
    try writer.set(root, .dictionary(["Type": .name("Catalog"), "Pages": .reference(tree)]))
    return writer.bytes(root: root)
  }

  private func page(
    _ source: PDFDictionary, in tree: PDFReference
  ) throws(MediaFault) -> PDFDictionary {
    try checkNotes(source["Annots"])
    var page = try document.taken(source, PDFShapes.page)
    guard page["MediaBox"] != nil else { throw .damaged }
    page["Type"] = .name("Page")
    page["Parent"] = .reference(tree)
    if let turn = page["Rotate"]?.integer {
      guard turn % 90 == 0 else { throw .damaged }
      let turned = (turn % 360 + 360) % 360
      page["Rotate"] = turned == 0 ? nil : .integer(turned)
    }
    if let group = try document.dictionary(source["Group"]) {
      page["Group"] = .dictionary(try transparencyGroup(group))
    }
    let names = PDFNames(try document.dictionary(source["Resources"]) ?? [:])
    let content = try content(of: source["Contents"])
    let clean = try PDFContent.strip(content, names, self, .page)
    if !clean.isEmpty {
      page["Contents"] = try object(.null, as: .content) { (_) throws(MediaFault) in
        try self.stream([:], clean[...])
      }
    }
    page["Resources"] = .dictionary(names.dictionary)
    return page
  }

  /// The pieces of a page's content, as if they were one.
  private func content(of source: PDFObject?) throws(MediaFault) -> [UInt8] {
    switch try document.value(source) {
    case .null:
      // A page that names a content and has none would come out empty.
      guard source == nil else { throw .damaged }
      return []
    case .stream(let stream): return try document.content(of: stream)
    case .array(let pieces):
      var content: [UInt8] = []
      for piece in pieces {
        guard let stream = try document.value(piece).stream else { throw .damaged }
        content += try document.content(of: stream)
        try document.countDecoded(1)
        // Words don't go on from one piece to the next.
        content.append(10)
      }
      return content
    default: throw .damaged
    }
  }

  /// Links go. Whatever else lies on a page is seen on it, and would be lost.
  private func checkNotes(_ source: PDFObject?) throws(MediaFault) {
    let notes = try document.array(source) ?? []
    // Pages may have them in common.
    guard notes.count <= notesLeft else { throw .unusual }
    notesLeft -= notes.count
    for note in notes {
      guard let note = try document.dictionary(note) else { continue }
      guard ["Link", "Popup"].contains(try document.name(note["Subtype"])) else { throw .unusual }
    }
  }

  func transparencyGroup(_ source: PDFDictionary) throws(MediaFault) -> PDFDictionary {
    guard try document.name(source["S"]) == "Transparency" else { throw .unusual }
    var group = try document.taken(source, PDFShapes.group)
    group["S"] = .name("Transparency")
    if let space = source["CS"] { group["CS"] = try colours(space).written }
    return group
  }
}
