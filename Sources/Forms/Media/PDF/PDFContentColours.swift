/// Colours that a content sets, by number or by the name of a pattern.
extension PDFContent {
  private static let componentsMax = 32

  /// - Returns: what they are called now.
  func colours(_ name: String) throws(MediaFault) -> String {
    if name == "Pattern" || PDFColours(device: name) != nil { return name }
    let found = try colours(named: name)
    if let device = found.written.name { return device }
    return try names.take(name, in: .colours, cleaner.document) { (_) throws(MediaFault) in
      found.written
    }
  }

  func colours(named name: String) throws(MediaFault) -> PDFColours {
    if let known = names.colours[name] { return known }
    let found = try cleaner.colours(try names.source(of: name, in: .colours, cleaner.document))
    names.colours[name] = found
    return found
  }

  mutating func setColour(_ word: String) throws(MediaFault) {
    var colour = operands
    let pattern = colour.last?.name
    if pattern != nil { colour.removeLast() }
    guard colour.count <= Self.componentsMax, pattern != nil || !colour.isEmpty,
      colour.allSatisfy({ $0.number != nil })
    else { throw .damaged }
    if let pattern {
      let new = try names.take(pattern, in: .pattern, cleaner.document, cleaner.pattern)
      colour.append(.name(new))
    }
    put(word, colour)
  }
}
