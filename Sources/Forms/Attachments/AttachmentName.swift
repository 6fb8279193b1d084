/// The name of a file, without a way to it (attachments §2): nothing that a directory, a shell or a
/// terminal would take for something else.
public struct AttachmentName: Sendable, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }

  private static let bytesMax = 120
  /// What has a meaning to some file system, or to a shell.
  private static let refused = Set("/\\:*?\"<>|`$".unicodeScalars)

  /// Takes a name that is already as names are; nil for any other.
  public init?(canonical text: String) {
    guard (1...Self.bytesMax).contains(text.utf8.count), text == Self.clean(text) else {
      return nil
    }
    self.text = text
  }

  /// Makes a name of whatever a path ends in: what may not stand in it becomes `_`.
  public init(ofPath path: String) {
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    text = Self.clean(last)
  }

  private static func clean(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      out.append(isAllowed(scalar) ? scalar : "_")
    }
    var scalars = Array(out)
    // A leading dot hides, a leading hyphen is an option, a trailing dot or space is lost on some.
    while let first = scalars.first, ". -".unicodeScalars.contains(first) { scalars.removeFirst() }
    while let last = scalars.last, ". ".unicodeScalars.contains(last) { scalars.removeLast() }
    scalars = shortened(scalars)
    guard !scalars.isEmpty else { return "file" }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Controls, marks of direction, what has no width, spaces but the plain one, private use. By
  /// number, since every machine must decide alike.
  private static let unseen: [ClosedRange<UInt32>] = [
    0x00...0x1F, 0x7F...0xA0, 0xAD...0xAD, 0x034F...0x034F, 0x061C...0x061C, 0x115F...0x1160,
    0x1680...0x1680, 0x17B4...0x17B5, 0x180B...0x180F, 0x2000...0x200F, 0x2028...0x202F,
    0x205F...0x206F, 0x3000...0x3000, 0x3164...0x3164, 0xE000...0xF8FF, 0xFE00...0xFE0F,
    0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0xFFFE...0xFFFF, 0xE0000...0x10FFFF,
  ]

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    !refused.contains(scalar) && !unseen.contains { $0.contains(scalar.value) }
  }

  /// Cut at the front of the ending, so that `.jpg` stays.
  private static func shortened(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    func bytes(_ part: some Sequence<Unicode.Scalar>) -> Int {
      part.reduce(0) { $0 + UTF8.width($1) }
    }
    guard bytes(scalars) > bytesMax else { return scalars }
    let dot = scalars.lastIndex(of: ".") ?? scalars.count
    let ending = scalars.count - dot <= 10 ? Array(scalars[dot...]) : []
    var stem = Array(scalars[..<(scalars.count - ending.count)])
    while bytes(stem) + bytes(ending) > bytesMax { stem.removeLast() }
    while let last = stem.last, ". ".unicodeScalars.contains(last) { stem.removeLast() }
    return stem + ending
  }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { String(scalar).utf8.count }
}
