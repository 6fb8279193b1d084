public import SyncCore

/// A file that is to be attached: cleaned, not yet sealed.
public struct AttachmentContent: Sendable, Hashable {
  public let bytes: [UInt8]
  /// As an answer holds it until the file is sealed: the address is the content's hash, under a
  /// domain that no sealed file has.
  public let descriptor: AttachmentDescriptor

  /// Why a file is not taken.
  public enum Refusal: Error, Sendable, Hashable {
    case empty
    /// Larger than `AttachmentLimits.bytesMax`, after cleaning.
    case tooLarge
    case media(MediaError)
  }

  /// - Parameters:
  ///   - file: its bytes.
  ///   - path: where the file was; only the name at its end is kept.
  ///   - keepsMetadata: takes the file as it is, of whatever kind.
  public init(
    _ file: [UInt8], path: String, keepsMetadata: Bool = false
  ) throws(Refusal) {
    guard !file.isEmpty else { throw .empty }
    let type: MediaType
    if keepsMetadata {
      bytes = file
      type = MediaType(of: file)
    } else {
      do throws(MediaError) {
        let stripped = try MediaStripper.strip(file)
        bytes = stripped.bytes
        type = stripped.type
      } catch { throw .media(error) }
    }
    guard
      let descriptor = AttachmentDescriptor(
        address: Hash.sha256(domain: "yarrow.attachment-draft/1", bytes), size: bytes.count,
        mediaType: type.rawValue, isStripped: !keepsMetadata, name: AttachmentName(ofPath: path))
    else { throw bytes.isEmpty ? .empty : .tooLarge }
    self.descriptor = descriptor
  }

  /// What was kept of a draft's file; nil when bytes and descriptor don't belong together.
  public init?(bytes: [UInt8], descriptor: AttachmentDescriptor) {
    guard bytes.count == descriptor.size,
      Hash.sha256(domain: "yarrow.attachment-draft/1", bytes) == descriptor.address
    else { return nil }
    self.bytes = bytes
    self.descriptor = descriptor
  }

  /// The answer that stands for it.
  public var answer: Answer { .value(.text(descriptor.description)) }
}
