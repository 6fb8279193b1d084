/// Why a file cannot be attached as it is (attachments §3). Says what kind of file, never what is in
/// it.
public struct MediaError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// What may lie in such a file beside the picture or the sound is not known well enough to be
    /// taken out.
    case notStrippable
    /// The file contradicts its own format, or ends early.
    case damaged
    /// Of a kind that can be cleaned, but with parts that cannot: a film in a sound file, say.
    case unusual
  }

  public let code: Code
  /// The media type that the first bytes announce; nil for one that is not known.
  public let type: String?

  public init(_ code: Code, _ type: String?) {
    self.code = code
    self.type = type
  }

  public var description: String {
    switch code {
    case .notStrippable: "metadata cannot be taken out of this kind of file"
    case .damaged: "the file is damaged or cut short"
    case .unusual: "the file has parts that cannot be cleaned"
    }
  }
}
