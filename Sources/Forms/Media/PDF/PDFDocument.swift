/// The objects of a PDF file, each read when it is asked for, and once (ISO 32000-1 §7.5).
///
/// No part of a file belongs to two objects: all of them together are no longer than the file.
final class PDFDocument {
  /// Where the newest table says that an object is.
  enum Place: Equatable {
    case free
    case at(Int, generation: UInt32)
    case inside(stream: UInt32, index: Int)
  }

  /// Objects that lie one behind the other in a stream.
  private struct Container {
    let content: [UInt8]
    let objects: [(number: UInt32, at: Int)]
    var room: Int
  }

  static let objectsMax = 65_536
  static let decodedMax = 1 << 26
  static let valuesMax = 1 << 21
  private static let referencesMax = 32

  let bytes: [UInt8]
  var places: [UInt32: Place] = [:]
  var trailer: PDFDictionary = [:]
  /// Bytes of the file that no object has taken yet.
  private(set) var room: Int
  private(set) var decodedLeft = decodedMax
  private(set) var valuesLeft = valuesMax
  private var loaded: [UInt32: PDFObject] = [:]
  private var loading: Set<UInt32> = []
  private var containers: [UInt32: Container] = [:]

  init(_ bytes: [UInt8]) throws(MediaFault) {
    self.bytes = bytes
    room = bytes.count
    try readCrossReferences()
  }

  // MARK: Asking

  /// What a reference leads to, and the last reference on the way. Where there is no object, null.
  func target(
    _ object: PDFObject?
  ) throws(MediaFault) -> (reference: PDFReference?, value: PDFObject) {
    var object = object ?? .null
    var last: PDFReference?
    for _ in 0..<Self.referencesMax {
      guard case .reference(let reference) = object else { return (last, object) }
      last = reference
      object = try load(reference)
    }
    throw .damaged
  }

  func value(_ object: PDFObject?) throws(MediaFault) -> PDFObject { try target(object).value }

  func integer(_ object: PDFObject?) throws(MediaFault) -> Int? { try one(object, \.integer) }

  func dictionary(_ object: PDFObject?) throws(MediaFault) -> PDFDictionary? {
    try one(object, \.dictionary)
  }

  func array(_ object: PDFObject?) throws(MediaFault) -> [PDFObject]? { try one(object, \.array) }

  func name(_ object: PDFObject?) throws(MediaFault) -> String? { try one(object, \.name) }

  /// Nil where there is none.
  ///
  /// - Throws: `damaged` for an object of another kind.
  private func one<Value>(
    _ object: PDFObject?, _ kind: (PDFObject) -> Value?
  ) throws(MediaFault) -> Value? {
    let value = try value(object)
    if case .null = value { return nil }
    guard let found = kind(value) else { throw .damaged }
    return found
  }

  /// - Throws: `unusual` for more of them, which are not looked at: many may ask for the same.
  func numbers(_ object: PDFObject?, max: Int) throws(MediaFault) -> [PDFNumber]? {
    guard let array = try array(object) else { return nil }
    guard array.count <= max else { throw .unusual }
    var numbers: [PDFNumber] = []
    for item in array {
      guard let number = try value(item).number else { throw .damaged }
      numbers.append(number)
    }
    return numbers
  }

  /// What is decoded is bounded for the whole file: a small one may stand for a large one.
  func countDecoded(_ count: Int) throws(MediaFault) {
    guard count <= decodedLeft else { throw .unusual }
    decodedLeft -= count
  }

  // MARK: Reading

  private func load(_ reference: PDFReference) throws(MediaFault) -> PDFObject {
    let number = reference.number
    if let known = loaded[number] {
      return reference.generation == generation(number) ? known : .null
    }
    guard let place = places[number], reference.generation == generation(number) else {
      return .null
    }
    guard loading.insert(number).inserted else { throw .damaged }
    defer { loading.remove(number) }
    let object: PDFObject
    switch place {
    case .free: return .null
    case .at(let offset, _):
      let found = try indirect(at: offset)
      guard found.reference == reference else { throw .damaged }
      object = found.object
    case .inside(let stream, let index): object = try contained(number, stream, index)
    }
    loaded[number] = object
    return object
  }

  private func generation(_ number: UInt32) -> UInt32 {
    if case .at(_, let generation) = places[number] { generation } else { 0 }
  }

  /// An object with its number in front.
  ///
  ///     number generation obj | object | endobj
  ///     number generation obj | dictionary | stream | data | endstream | endobj
  func indirect(
    at offset: Int
  ) throws(MediaFault) -> (reference: PDFReference, object: PDFObject) {
    var parser = try parser(at: offset)
    guard let number = UInt32(exactly: try parser.lexer.count()),
      let generation = UInt32(exactly: try parser.lexer.count()),
      try parser.lexer.next() == .word("obj")
    else { throw .damaged }
    var object = try parser.object()
    let keyword = try parser.lexer.next()
    try take(parser, from: offset)
    let reference = PDFReference(number: number, generation: generation)
    if keyword == .word("endobj") { return (reference, object) }
    guard keyword == .word("stream"), let dictionary = object.dictionary else { throw .damaged }
    let start = try dataStart(behind: parser.lexer.at)
    guard let length = try integer(dictionary["Length"]), length >= 0,
      length <= bytes.count - start, length <= room
    else { throw .damaged }
    room -= length
    let end = start + length
    object = .stream(PDFStream(dictionary: dictionary, data: bytes[start..<end]))
    var behind = try self.parser(at: end)
    guard try behind.lexer.next() == .word("endstream"),
      try behind.lexer.next() == .word("endobj")
    else { throw .damaged }
    try take(behind, from: end)
    return (reference, object)
  }

  func parser(at offset: Int) throws(MediaFault) -> PDFParser {
    guard offset >= 0, offset <= bytes.count else { throw .damaged }
    let end = offset + min(room, bytes.count - offset)
    return PDFParser(PDFLexer(bytes, at: offset, end: end), valuesLeft: valuesLeft)
  }

  func take(_ parser: PDFParser, from offset: Int) throws(MediaFault) {
    valuesLeft = parser.valuesLeft
    room -= parser.lexer.at - offset
    guard room >= 0 else { throw .damaged }
  }

  private func dataStart(behind at: Int) throws(MediaFault) -> Int {
    guard at < bytes.count else { throw .damaged }
    if bytes[at] == 10 { return at + 1 }
    guard bytes[at] == 13 else { throw .damaged }
    return at + 1 < bytes.count && bytes[at + 1] == 10 ? at + 2 : at + 1
  }

  // MARK: Objects in streams

  private func contained(
    _ number: UInt32, _ stream: UInt32, _ index: Int
  ) throws(MediaFault) -> PDFObject {
    var container: Container
    if let known = containers[stream] {
      container = known
    } else {
      container = try self.container(stream)
    }
    guard container.objects.indices.contains(index), container.objects[index].number == number
    else { throw .damaged }
    let start = container.objects[index].at
    guard start < container.content.count else { throw .damaged }
    let end = start + min(container.room, container.content.count - start)
    var parser = PDFParser(
      PDFLexer(container.content, at: start, end: end), valuesLeft: valuesLeft)
    let object = try parser.object()
    valuesLeft = parser.valuesLeft
    container.room -= parser.lexer.at - start
    guard container.room >= 0 else { throw .damaged }
    containers[stream] = container
    return object
  }

  private func container(_ number: UInt32) throws(MediaFault) -> Container {
    // One container does not lie in another.
    guard case .at(_, let generation)? = places[number] else { throw .damaged }
    let object = try load(PDFReference(number: number, generation: generation))
    guard let stream = object.stream, try name(stream.dictionary["Type"]) == "ObjStm",
      let count = try integer(stream.dictionary["N"]),
      let first = try integer(stream.dictionary["First"])
    else { throw .damaged }
    let content = try self.content(of: stream)
    guard count >= 0, (0...content.count).contains(first) else { throw .damaged }
    guard count <= Self.objectsMax else { throw .unusual }
    var lexer = PDFLexer(content, at: 0, end: first)
    var objects: [(number: UInt32, at: Int)] = []
    for _ in 0..<count {
      guard let number = UInt32(exactly: try lexer.count()) else { throw .damaged }
      let (at, isOver) = first.addingReportingOverflow(try lexer.count())
      guard !isOver else { throw .damaged }
      objects.append((number, at))
    }
    return Container(content: content, objects: objects, room: content.count)
  }
}
