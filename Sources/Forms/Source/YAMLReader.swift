import Yams

/// Reads hostile YAML bytes into a ``YAMLNode`` (forms §1.1).
enum YAMLReader {
  static func read(_ bytes: [UInt8], limits: FormLimits) throws(FormError) -> YAMLNode {
    guard bytes.count <= limits.fileBytesMax else {
      throw FormError(
        .tooLarge, "The file is larger than \(limits.fileBytesMax) bytes; shorten or split it.")
    }
    try refuseAnchors(bytes)
    try refuseDepth(bytes, max: limits.yamlDepthMax)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormError(.notUTF8, "The file is not valid UTF-8; save it as UTF-8.")
    }
    do {
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      guard let root = try parser.singleRoot() else {
        throw FormError(.yaml, "The file is empty.")
      }
      return try convert(root, depth: 0, limits: limits)
    } catch let error as FormError {
      throw error
    } catch let error as YamlError {
      throw FormError(yaml: error)
    } catch {
      throw FormError(.yaml, "The file is not readable as YAML.")
    }
  }

  /// Without anchors there are no aliases, so nothing in the file can multiply.
  ///
  /// An anchor is refused wherever one could stand, quoted or not: the scanner that would tell the
  /// difference is the one that must not see it.
  private static func refuseAnchors(_ bytes: [UInt8]) throws(FormError) {
    var line = 1
    var column = 1
    var previous: UInt8 = 0x0A
    for (i, byte) in bytes.enumerated() {
      if byte == 0x26, !isWord(previous), i + 1 < bytes.count,
        isWord(bytes[i + 1]) || bytes[i + 1] == 0x2D
      {
        throw FormError(
          .anchor,
          "Anchors and aliases (&name, *name) are not read; write the value out, "
            + "and put a space after & in a text.", at: SourceMark(line: line, column: column))
      }
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
      previous = byte
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == 0x5F
  }

  /// The YAML parser recurses, so what can nest is counted first.
  ///
  /// Counts more than YAML would (quoted brackets too); `max` leaves room for that.
  private static func refuseDepth(_ bytes: [UInt8], max: Int) throws(FormError) {
    var open = 0
    var line = 1
    var indent = 0
    var indicators = 0
    var leading = true
    for byte in bytes {
      switch byte {
      case 0x0A, 0x0D:
        if byte == 0x0A { line += 1 }
        (indent, indicators, leading) = (0, 0, true)
      case 0x20, 0x09:
        if leading { indent += 1 }
      case 0x2D, 0x3F, 0x3A:
        if leading { indicators += 1 }
      case 0x5B, 0x7B:
        open += 1
        leading = false
      case 0x5D, 0x7D:
        open -= open > 0 ? 1 : 0
        leading = false
      default:
        leading = false
      }
      // A block level costs at least one column of indentation or one indicator.
      if open > 8 * max || indicators > max || indent > 8 * max {
        throw FormError(
          .tooDeep, "The file nests deeper than \(max) levels.",
          at: SourceMark(line: line, column: 1))
      }
    }
  }

  private static func convert(_ node: Node, depth: Int, limits: FormLimits) throws(FormError)
    -> YAMLNode
  {
    let mark = SourceMark(line: node.mark?.line ?? 0, column: node.mark?.column ?? 0)
    guard depth <= limits.yamlDepthMax else {
      throw FormError(
        .tooDeep, "The file nests deeper than \(limits.yamlDepthMax) levels.", at: mark)
    }
    switch node {
    case .scalar(let scalar):
      // Inside a block or folded text a column of the expression is not a column of the file.
      let offset: Int? =
        switch scalar.style {
        case .plain, .any: 0
        case .singleQuoted, .doubleQuoted: 1
        case .literal, .folded: nil
        }
      return .scalar(scalar.string, mark, inlineOffset: offset)
    case .sequence(let sequence):
      var items: [YAMLNode] = []
      items.reserveCapacity(sequence.count)
      for item in sequence { items.append(try convert(item, depth: depth + 1, limits: limits)) }
      return .list(items, mark)
    case .mapping(let mapping):
      var pairs: [YAMLNode.Pair] = []
      pairs.reserveCapacity(mapping.count)
      for (key, value) in mapping {
        guard case .scalar(let scalar) = key else {
          throw FormError(.wrongKind, "A key must be a plain word.", at: mark)
        }
        let keyMark = SourceMark(line: key.mark?.line ?? 0, column: key.mark?.column ?? 0)
        pairs.append(
          YAMLNode.Pair(
            key: scalar.string, mark: keyMark,
            value: try convert(value, depth: depth + 1, limits: limits)))
      }
      return .map(pairs, mark)
    case .alias:
      throw FormError(.anchor, "Aliases (*name) are not read; write the value out.", at: mark)
    }
  }
}

extension FormError {
  /// Keeps the parser's sentence and place; its excerpt of the file stays out.
  fileprivate init(yaml error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(
        .yaml, "This is not valid YAML: \(problem).",
        at: SourceMark(line: mark.line, column: mark.column))
    case .duplicatedKeysInMapping(let keys, let context):
      self.init(
        .duplicateName,
        "The key \(printable(keys.first ?? "")) stands twice in one map; remove one.",
        at: SourceMark(line: context.mark.line, column: context.mark.column))
    case .reader(let problem, _, _, _):
      self.init(.yaml, "The file holds a character that YAML forbids: \(problem).")
    default:
      self.init(.yaml, "The file is not readable as YAML.")
    }
  }
}
