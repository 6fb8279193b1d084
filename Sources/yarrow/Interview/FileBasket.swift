import Console
import Forms
import SyncCore
import Synchronization

/// The files that were named in an interview, read and cleaned once each.
final class FileBasket: Sendable {
  private let session: Session
  private let files: Mutex<[String: AttachmentContent]>
  /// What the last path came to: a prompt asks again whenever it is drawn.
  private let last = Mutex<(path: String, reading: EntryReading)?>(nil)

  init(_ files: [AttachmentContent], _ session: Session) {
    self.session = session
    self.files = Mutex(
      Dictionary(files.map { ($0.descriptor.description, $0) }) { first, _ in first })
  }

  /// Those that answers name.
  func named(by answers: Answers) -> [AttachmentContent] {
    let all = [answers.fields] + answers.repeats.values.joined()
    let texts = all.flatMap { $0.values }.compactMap { answer -> String? in
      if case .value(.text(let text)) = answer { text } else { nil }
    }
    return files.withLock { files in Set(texts).compactMap { files[$0] } }
  }

  /// A way to a file. The name of the one that is there already leaves it.
  func rule(_ current: Answer?) -> EntryRule {
    var held: AttachmentDescriptor?
    if case .value(.text(let text)) = current { held = AttachmentDescriptor(text) }
    let catalog = session.catalog
    return EntryRule(bytesMax: 4_096, hint: catalog.text("prompt.file_hint")) { [held] typed in
      if let held, typed == held.name.text {
        return .accepted(
          .text(held.description), echo: AttachmentText.text(held, catalog))
      }
      return self.read(Self.path(typed))
    }
  }

  private func read(_ path: String) -> EntryReading {
    if let known = last.withLock({ $0 }), known.path == path { return known.reading }
    let reading: EntryReading
    do throws(CommandFailure) {
      let content = try AttachedFile.read(path, keepsMetadata: false)
      let text = content.descriptor.description
      files.withLock { $0[text] = content }
      reading = .accepted(
        .text(text), echo: AttachmentText.text(content.descriptor, session.catalog))
    } catch {
      let sentences = [error.what] + (error.next.map { [$0] } ?? [])
      reading = .refused(sentences.map { $0.text(in: session.catalog) }.joined(separator: " "))
    }
    last.withLock { $0 = (path, reading) }
    return reading
  }

  /// As a person types it, or a desktop drops it.
  private static func path(_ typed: String) -> String {
    var path = typed
    for quote in ["'", "\""] where path.count > 2 && path.hasPrefix(quote) && path.hasSuffix(quote)
    {
      path = String(path.dropFirst().dropLast())
    }
    if path.hasPrefix("~/"), let home = HomePath.variable("HOME") {
      path = home + path.dropFirst()
    }
    return path
  }
}
