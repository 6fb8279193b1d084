/// One instance of a repeat, named by the entry that created it (merge §2).
public struct RepeatInstance: Sendable, Hashable {
  public let repeatName: String
  public let creator: EntryHash
  /// Which of the instances that `creator` made, from 0.
  public let index: Int

  public init(repeatName: String, creator: EntryHash, index: Int) {
    self.repeatName = repeatName
    self.creator = creator
    self.index = index
  }

  /// The name of one of its fields, as any entry but the creating one writes it.
  public func name(of field: String) -> String { "\(repeatName)#\(index)@\(creator.hex).\(field)" }
}

/// `repeat#n.field` or `repeat#n@hash.field`, taken apart (entry §1.3).
struct InstanceName {
  let repeatName: String
  let index: Int
  /// Nil when the entry that bears the name created the instance.
  let creator: EntryHash?
  let field: String

  /// Nil for a field outside repeats, and for a name that only looks like one of an instance.
  init?(_ name: String) {
    let text = name.utf8
    guard let mark = text.firstIndex(of: 0x23), mark != text.startIndex else { return nil }
    var rest = text[text.index(after: mark)...]
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard (1...9).contains(digits.count), digits.count == 1 || digits.first != 0x30,
      let index = Int(Substring(digits))
    else { return nil }
    rest = rest.dropFirst(digits.count)
    if rest.first == 0x40 {
      let hash = rest.dropFirst().prefix(64)
      guard let creator = EntryHash(hex: Substring(hash)) else { return nil }
      self.creator = creator
      rest = rest.dropFirst(65)
    } else {
      creator = nil
    }
    guard rest.first == 0x2e, rest.count > 1 else { return nil }
    repeatName = String(Substring(text[..<mark]))
    self.index = index
    field = String(Substring(rest.dropFirst()))
  }

  func instance(in entry: EntryHash) -> RepeatInstance {
    RepeatInstance(repeatName: repeatName, creator: creator ?? entry, index: index)
  }
}

/// Three-way comparison in canonical key order; equal only when every byte is.
///
/// `String` equality follows Unicode equivalence, which is not what the protocol compares.
func compareKeys(_ a: String, _ b: String) -> Int {
  let (x, y) = (a.utf8, b.utf8)
  if x.count != y.count { return x.count < y.count ? -1 : 1 }
  var other = y.makeIterator()
  for byte in x {
    guard let next = other.next() else { return 1 }
    if byte != next { return byte < next ? -1 : 1 }
  }
  return 0
}
