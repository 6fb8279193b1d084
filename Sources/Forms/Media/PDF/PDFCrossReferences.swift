/// Where the objects of a PDF file are (ISO 32000-1 §7.5.4 and §7.5.8).
///
/// A file that was changed has a table for each change, the newest at its end, and each says where
/// the one before it is. Whatever a newer one names, or says is free, is not looked up in an older.
extension PDFDocument {
  private static let sectionsMax = 64
  private static let numberMax = 8_388_607
  private static let endBytes = 1_024

  func readCrossReferences() throws(MediaFault) {
    var next = [(try start(), isBeside: false)]
    var seen: Set<Int> = []
    while let (offset, isBeside) = next.popLast() {
      guard seen.insert(offset).inserted else { throw .damaged }
      guard seen.count <= Self.sectionsMax else { throw .unusual }
      let own = try section(at: offset)
      guard own["Encrypt"] == nil else { throw .unusual }
      if trailer.isEmpty { trailer = own }
      // A table for programs of before 2003 may have a stream at its side, which comes before the
      // older ones.
      for key in isBeside ? [] : ["Prev", "XRefStm"] {
        guard let value = own[key] else { continue }
        guard let offset = value.integer else { throw .damaged }
        next.append((offset, isBeside: key == "XRefStm"))
      }
    }
  }

  /// The number between the last `startxref` and the end.
  private func start() throws(MediaFault) -> Int {
    let word = Array("startxref".utf8)
    let from = max(0, bytes.count - Self.endBytes)
    var at = bytes.count - word.count
    while at >= from, !bytes[at...].starts(with: word) { at -= 1 }
    guard at >= from else { throw .damaged }
    var lexer = PDFLexer(bytes, at: at + word.count)
    return try lexer.count()
  }

  private func section(at offset: Int) throws(MediaFault) -> PDFDictionary {
    var parser = try parser(at: offset)
    guard try parser.lexer.next() == .word("xref") else { return try stream(at: offset) }
    while true {
      let token = try parser.lexer.next()
      if token == .word("trailer") { break }
      guard case .number(let number) = token, let first = number.integer else { throw .damaged }
      let count = try parser.lexer.count()
      guard first >= 0, first <= Self.numberMax, count <= Self.numberMax - first + 1 else {
        throw .damaged
      }
      for number in first..<(first + count) {
        let offset = try parser.lexer.count()
        guard let generation = UInt32(exactly: try parser.lexer.count()) else { throw .damaged }
        switch try parser.lexer.next() {
        case .word("n"): try add(number, .at(offset, generation: generation))
        case .word("f"): try add(number, .free)
        default: throw .damaged
        }
      }
    }
    guard let own = try parser.object().dictionary else { throw .damaged }
    try take(parser, from: offset)
    return own
  }

  /// The same in a stream: rows of three numbers of a few bytes each.
  private func stream(at offset: Int) throws(MediaFault) -> PDFDictionary {
    guard let stream = try indirect(at: offset).object.stream else { throw .damaged }
    let own = stream.dictionary
    guard own["Type"] == .name("XRef"), let widths = own["W"]?.array, widths.count == 3,
      let size = own["Size"]?.integer
    else { throw .damaged }
    var columns: [Int] = []
    for width in widths {
      guard let width = width.integer, (0...7).contains(width) else { throw .damaged }
      columns.append(width)
    }
    guard columns.reduce(0, +) > 0 else { throw .damaged }
    let index = own["Index"] ?? .array([.integer(0), .integer(size)])
    guard let runs = index.array, runs.count % 2 == 0 else { throw .damaged }
    var reader = MediaReader(try content(of: stream))
    for run in stride(from: 0, to: runs.count, by: 2) {
      guard let first = runs[run].integer, let count = runs[run + 1].integer, first >= 0,
        first <= Self.numberMax, count >= 0, count <= Self.numberMax - first + 1
      else { throw .damaged }
      for number in first..<(first + count) {
        let kind = columns[0] == 0 ? 1 : try reader.number(bytes: columns[0])
        let second = try reader.number(bytes: columns[1])
        let third = try reader.number(bytes: columns[2])
        switch kind {
        case 1:
          guard let generation = UInt32(exactly: third) else { throw .damaged }
          try add(number, .at(second, generation: generation))
        case 2:
          guard let container = UInt32(exactly: second) else { throw .damaged }
          try add(number, .inside(stream: container, index: third))
        default: try add(number, .free)
        }
      }
    }
    return own
  }

  private func add(_ number: Int, _ place: Place) throws(MediaFault) {
    guard let number = UInt32(exactly: number) else { throw .damaged }
    guard places[number] == nil else { return }
    guard places.count < Self.objectsMax else { throw .unusual }
    places[number] = place
  }
}

extension MediaReader {
  /// A number of up to seven bytes, the highest first.
  fileprivate mutating func number(bytes count: Int) throws(MediaFault) -> Int {
    try take(count).reduce(0) { $0 << 8 | Int($1) }
  }
}
