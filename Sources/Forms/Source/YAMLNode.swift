/// A YAML document as forms use it: text, lists and maps, nothing else (forms §1.1).
///
/// Every scalar is text, so `no` stays `no` and `1` stays `1`.
indirect enum YAMLNode: Sendable {
  case scalar(String, SourceMark, inlineOffset: Int?)
  case list([YAMLNode], SourceMark)
  case map([Pair], SourceMark)

  struct Pair: Sendable {
    let key: String
    let mark: SourceMark
    let value: YAMLNode
  }

  var mark: SourceMark {
    switch self {
    case .scalar(_, let mark, _), .list(_, let mark), .map(_, let mark): mark
    }
  }

  func text(_ what: String) throws(FormError) -> String {
    guard case .scalar(let text, _, _) = self, !text.isEmpty else {
      throw FormError(.wrongKind, "\(what) must be a text; write it on this line.", at: mark)
    }
    return text
  }

  func items(_ what: String) throws(FormError) -> [YAMLNode] {
    guard case .list(let items, _) = self else {
      throw FormError(.wrongKind, "\(what) must be a list.", at: mark)
    }
    return items
  }

  func pairs(_ what: String) throws(FormError) -> [Pair] {
    guard case .map(let pairs, _) = self else {
      throw FormError(.wrongKind, "\(what) must be a map of keys and values.", at: mark)
    }
    return pairs
  }

  /// Reads the pairs of a map whose keys are all in `allowed`.
  func keyed(_ what: String, allowed: Set<String>) throws(FormError) -> YAMLKeys {
    let pairs = try pairs(what)
    for pair in pairs where !allowed.contains(pair.key) {
      throw FormError(
        .unknownKey,
        "\(what) has no key named \(printable(pair.key)); use one of: "
          + allowed.sorted().joined(separator: ", ") + ".", at: pair.mark)
    }
    return YAMLKeys(what: what, mark: mark, pairs: pairs)
  }
}

/// The known keys of one map.
struct YAMLKeys: Sendable {
  let what: String
  let mark: SourceMark
  let pairs: [YAMLNode.Pair]

  subscript(_ key: String) -> YAMLNode? { pairs.first { $0.key == key }?.value }

  func require(_ key: String) throws(FormError) -> YAMLNode {
    guard let value = self[key] else {
      throw FormError(.missingKey, "\(what) needs the key \(key).", at: mark)
    }
    return value
  }
}

/// Makes a text of the file safe to print in an error: short, and plain ASCII.
func printable(_ text: String) -> String {
  var out = "\""
  for (n, scalar) in text.unicodeScalars.enumerated() {
    if n == 48 {
      out += "…"
      break
    }
    if (0x20..<0x7F).contains(scalar.value), scalar != "\"", scalar != "\\" {
      out.unicodeScalars.append(scalar)
    } else {
      out += "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
  return out + "\""
}
