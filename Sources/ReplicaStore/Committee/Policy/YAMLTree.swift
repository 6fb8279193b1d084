internal import Yams

/// A YAML document that the authority signed: texts, lists and maps (committee §2).
indirect enum YAMLTree: Sendable {
  case scalar(String)
  case sequence([YAMLTree])
  case mapping([Pair])

  struct Pair: Sendable {
    let key: String
    let value: YAMLTree
  }

  struct Keys: Sendable {
    let pairs: [Pair]

    subscript(_ key: String) -> YAMLTree? { pairs.first { $0.key == key }?.value }

    func require(_ key: String) throws(CommitteeError) -> YAMLTree {
      guard let node = self[key] else {
        throw CommitteeError(.policyMalformed, "the policy lacks \(key); add it")
      }
      return node
    }
  }

  static func read(_ bytes: [UInt8], bytesMax: Int) throws(CommitteeError) -> YAMLTree {
    let malformed = CommitteeError(
      .policyMalformed, "a signed text is not the YAML that committee §2 describes; correct it")
    guard bytes.count <= bytesMax, isHarmless(bytes),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw malformed }
    do {
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      guard let node = try parser.singleRoot() else { throw malformed }
      return try convert(node, depth: 0)
    } catch { throw malformed }
  }

  /// The parser recurses, and anchors multiply, so both are refused before it sees the bytes
  /// (forms §1.1).
  private static func isHarmless(_ bytes: [UInt8]) -> Bool {
    var open = 0
    var indent = 0
    var leading = true
    var previous: UInt8 = 0x0a
    for (i, byte) in bytes.enumerated() {
      switch byte {
      case 0x0a: (indent, leading) = (0, true)
      case 0x20 where leading, 0x09 where leading: indent += 1
      // An indicator opens a level of its own.
      case 0x2d where leading, 0x3f where leading, 0x3a where leading: indent += 8
      case 0x5b, 0x7b: open += 1
      case 0x5d, 0x7d: open = max(0, open - 1)
      default: leading = false
      }
      if byte == 0x26, !isWord(previous), i + 1 < bytes.count,
        isWord(bytes[i + 1]) || bytes[i + 1] == 0x2d
      {
        return false
      }
      guard open <= 256, indent <= 256 else { return false }
      previous = byte
    }
    return true
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
      || byte == 0x5f
  }

  private static func convert(_ node: Node, depth: Int) throws -> YAMLTree {
    guard depth < 32 else { throw CommitteeError(.policyMalformed, "the policy nests too deep") }
    switch node {
    case .scalar(let scalar): return .scalar(scalar.string)
    case .sequence(let sequence):
      return .sequence(try sequence.map { try convert($0, depth: depth + 1) })
    case .mapping(let mapping):
      return .mapping(
        try mapping.map { key, value in
          guard case .scalar(let scalar) = key else {
            throw CommitteeError(.policyMalformed, "a key of the policy is no word; correct it")
          }
          return Pair(key: scalar.string, value: try convert(value, depth: depth + 1))
        })
    case .alias: throw CommitteeError(.policyMalformed, "the policy uses an alias; write it out")
    }
  }

  /// The pairs of a map; nil for anything else.
  var keys: Keys? { if case .mapping(let pairs) = self { Keys(pairs: pairs) } else { nil } }

  /// A text; nil for anything else.
  var scalar: String? { if case .scalar(let text) = self { text } else { nil } }

  func text(_ what: String) throws(CommitteeError) -> String {
    guard case .scalar(let text) = self else {
      throw CommitteeError(.policyMalformed, "\(what) must hold text; correct the policy")
    }
    return text
  }

  func number(_ what: String) throws(CommitteeError) -> Int {
    let digits = try text(what)
    guard digits.utf8.count <= 7, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.utf8.first != 0x30 || digits.utf8.count == 1, let number = Int(digits)
    else { throw CommitteeError(.policyMalformed, "\(what) must be a number; correct the policy") }
    return number
  }

  func list(_ what: String) throws(CommitteeError) -> [YAMLTree] {
    guard case .sequence(let items) = self else {
      throw CommitteeError(.policyMalformed, "\(what) must be a list; correct the policy")
    }
    return items
  }

  func map(_ what: String, allowed: Set<String>? = nil) throws(CommitteeError) -> Keys {
    guard case .mapping(let pairs) = self else {
      throw CommitteeError(.policyMalformed, "\(what) must be a map; correct the policy")
    }
    if let allowed, !pairs.allSatisfy({ allowed.contains($0.key) }) {
      throw CommitteeError(.policyMalformed, "the policy has a key that is not known; remove it")
    }
    return Keys(pairs: pairs)
  }
}
