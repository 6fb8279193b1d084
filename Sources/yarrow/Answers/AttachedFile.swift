import Console
import Forms
import SyncCore

/// A file on this machine that is to be attached.
enum AttachedFile {
  /// Before cleaning a file may be larger than after.
  private static let bytesMax = 2 * AttachmentLimits.bytesMax

  /// Reads it and takes its metadata out; says so where that was left in.
  static func read(
    _ path: String, keepsMetadata: Bool, _ session: Session
  ) throws(CommandFailure) -> AttachmentContent {
    let content = try read(path, keepsMetadata: keepsMetadata)
    if keepsMetadata { session.output.note("attach.whole", ["path": path]) }
    return content
  }

  static func read(
    _ path: String, keepsMetadata: Bool
  ) throws(CommandFailure) -> AttachmentContent {
    let bytes = try InputFile.bytes(path, bytesMax: bytesMax)
    do throws(AttachmentContent.Refusal) {
      return try AttachmentContent(bytes, path: path, keepsMetadata: keepsMetadata)
    } catch {
      switch error {
      case .empty: throw CommandFailure(.inputInvalid, "attach.empty", ["path": path])
      case .tooLarge:
        throw CommandFailure(
          .inputInvalid, "failure.file_large",
          ["path": path, "limit": ByteCount.text(AttachmentLimits.bytesMax)])
      case .media(let fault):
        let key =
          switch fault.code {
          case .notStrippable: "attach.not_strippable"
          case .damaged: "attach.damaged"
          case .unusual: "attach.unusual"
          }
        throw CommandFailure(
          .inputInvalid, Message(key, ["path": path, "type": fault.type ?? "?"]),
          next: Message("attach.not_strippable.next"))
      }
    }
  }
}

/// A file as people are told of it.
enum AttachmentText {
  static func text(_ file: AttachmentDescriptor, _ catalog: Catalog) -> String {
    catalog.text(
      file.isStripped ? "attachment.text" : "attachment.text_whole",
      [
        "name": file.name.text, "size": ByteCount.text(file.size), "type": file.mediaType,
      ])
  }
}
