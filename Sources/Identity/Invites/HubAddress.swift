/// The address of a hub: `https://host`, with a port if need be, and nothing more (identity §4).
///
/// Who wrote the invite decides where a device connects, so the address may hold nothing that reads
/// differently to a person and to a program: no user, path, query, fragment or letter beyond ASCII.
public struct HubAddress: Sendable, Hashable {
  /// As it stands in the invite.
  public let text: String
  /// A name, an IPv4 address, or an IPv6 address without its brackets.
  public let host: String
  public let port: Int

  public static let byteCountMax = 255
  public static let defaultPort = 443

  /// Nil for anything else.
  public init?(_ text: String) {
    let scheme = "https://"
    guard text.utf8.count <= Self.byteCountMax, text.hasPrefix(scheme) else { return nil }
    var rest = Substring(text.dropFirst(scheme.count))
    if rest.last == "/" { rest.removeLast() }
    let hostPart: Substring
    let portPart: Substring?
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      hostPart = rest[rest.index(after: rest.startIndex)..<end]
      let after = rest[rest.index(after: end)...]
      guard after.isEmpty || after.first == ":" else { return nil }
      portPart = after.isEmpty ? nil : after.dropFirst()
      guard Self.isIPv6(hostPart) else { return nil }
    } else {
      let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      hostPart = parts.first ?? ""
      portPart = parts.count == 2 ? parts[1] : nil
      guard Self.isName(hostPart) else { return nil }
    }
    guard let port = portPart.map(Self.port) ?? Self.defaultPort else { return nil }
    self.text = text
    host = String(hostPart)
    self.port = port
  }

  /// Labels of lower-case letters, digits and inner hyphens, joined by dots.
  private static func isName(_ host: Substring) -> Bool {
    host.utf8.split(separator: 0x2e, omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.count) && label.first != 0x2d && label.last != 0x2d
        && label.allSatisfy {
          (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
        }
    }
  }

  /// Only the letters are checked here; what they mean is for whoever connects.
  private static func isIPv6(_ host: Substring) -> Bool {
    (2...45).contains(host.utf8.count) && host.utf8.contains(0x3a)
      && host.utf8.allSatisfy {
        (0x30...0x3a).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2e
      }
  }

  private static func port(_ digits: Substring) -> Int? {
    guard (1...5).contains(digits.utf8.count), digits.first != "0",
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
      port <= 65_535
    else { return nil }
    return port
  }
}
