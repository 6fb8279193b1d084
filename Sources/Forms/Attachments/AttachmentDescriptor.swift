public import SyncCore

/// What an answer to an image or file question says (forms §3.2): which sealed file, and what to
/// expect of it before it is here.
///
///     address size type stripped|whole name
public struct AttachmentDescriptor: Sendable, Hashable, CustomStringConvertible {
  /// Of the sealed file (attachments §5).
  public let address: Digest32
  /// Bytes of the file itself.
  public let size: Int
  /// `image/jpeg` and the like: as whoever attached it found, and no promise.
  public let mediaType: String
  /// Whether metadata was taken out before sealing.
  public let isStripped: Bool
  public let name: AttachmentName

  public init?(
    address: Digest32, size: Int, mediaType: String, isStripped: Bool, name: AttachmentName
  ) {
    guard (1...AttachmentLimits.bytesMax).contains(size), Self.isMediaType(mediaType) else {
      return nil
    }
    self.address = address
    self.size = size
    self.mediaType = mediaType
    self.isStripped = isStripped
    self.name = name
  }

  /// Reads the one form; nil for any other text.
  public init?(_ text: String) {
    guard text.utf8.count <= 512 else { return nil }
    // By bytes: a space may be one character with what follows it.
    let parts = text.utf8.split(separator: 0x20, maxSplits: 4, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    guard parts.count == 5, AnswerShape.isLowerHex(parts[0], count: 64),
      let address = [UInt8](hex: parts[0]).flatMap({ Digest32($0) }),
      let size = Int(parts[1]), String(size) == parts[1], let isStripped = Self.words[parts[3]],
      let name = AttachmentName(canonical: parts[4])
    else { return nil }
    self.init(
      address: address, size: size, mediaType: parts[2], isStripped: isStripped, name: name)
  }

  public var description: String {
    "\(address.hex) \(size) \(mediaType) \(isStripped ? "stripped" : "whole") \(name)"
  }

  /// The same file under the address that sealing gave it.
  public func sealed(as address: Digest32) -> AttachmentDescriptor {
    AttachmentDescriptor(self, address: address)
  }

  private init(_ other: AttachmentDescriptor, address: Digest32) {
    self.address = address
    size = other.size
    mediaType = other.mediaType
    isStripped = other.isStripped
    name = other.name
  }

  private static let words = ["stripped": true, "whole": false]

  private static func isMediaType(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return text.utf8.count <= 64 && parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
              || [0x2B, 0x2D, 0x2E].contains($0)
          }
      }
  }
}
