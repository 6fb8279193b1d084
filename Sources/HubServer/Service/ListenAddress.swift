public import Identity

/// Where the hub listens: `ADDR:PORT`, `[IPV6]:PORT`, `:PORT` or `PORT`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  public let host: String
  /// 0 lets the system choose.
  public let port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Every interface, at the port of the hub's address.
  public init(portOf address: HubAddress) { self.init(host: "0.0.0.0", port: address.port) }

  /// Nil for anything else.
  public init?(_ text: String) {
    let hostText: Substring
    let portText: Substring
    if let colon = text.lastIndex(of: ":") {
      hostText = text[..<colon]
      portText = text[text.index(after: colon)...]
    } else {
      hostText = ""
      portText = text[...]
    }
    guard (1...5).contains(portText.utf8.count),
      portText.utf8.allSatisfy({ (48...57).contains($0) }),
      let port = Int(portText), port <= 65_535
    else { return nil }
    if hostText.isEmpty {
      host = "0.0.0.0"
    } else if hostText.first == "[", hostText.last == "]", hostText.count > 2 {
      host = String(hostText.dropFirst().dropLast())
      guard host.contains(":"), !host.contains(where: { "[]".contains($0) }) else { return nil }
    } else {
      guard !hostText.contains(where: { ":[]".contains($0) }) else { return nil }
      host = String(hostText)
    }
    self.port = port
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
