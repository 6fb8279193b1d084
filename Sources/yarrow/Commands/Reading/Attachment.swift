import ArgumentParser
import Console
import Forms
import ReplicaStore
import SyncCore

/// The files of records: which there are, and getting one out.
struct AttachmentCommand: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "attachment", abstract: help("help.yarrow.attachment"),
    subcommands: [List.self, Get.self], defaultSubcommand: List.self)

  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {}

  struct List: YarrowCommand {
    static let configuration = CommandConfiguration(abstract: help("help.yarrow.attachment.list"))

    @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String?
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      let replica = try session.open()
      let record = try record.map { try session.record($0, in: replica) }
      let lines = try replica.attachments(of: record)
      if lines.isEmpty, !session.output.isJSON { session.output.note("attachment.none") }
      for line in lines {
        try session.output.result(
          AttachmentJSON.value(line), text: [AttachmentLineText(session.catalog).text(line)])
      }
    }
  }

  struct Get: YarrowCommand {
    static let configuration = CommandConfiguration(abstract: help("help.yarrow.attachment.get"))

    @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
    @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.attachment")))
    var file: String?
    @Option(name: .long, help: ArgumentHelp(help("help.option.out_folder"), valueName: "dir"))
    var out: String
    @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.reason")))
    var reason: String?
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      if let reason { try Reason.check(reason) }
      let replica = try session.open()
      let record = try session.record(record, in: replica)
      let line = try chosen(try replica.attachments(of: record))
      guard line.state != .missing else {
        throw CommandFailure(
          .notFound,
          Message(
            "attachment.missing",
            [
              "file": line.descriptor.name.text, "here": "\(line.chunksHere)",
              "chunks": "\(line.chunks)",
            ]), next: Message("store.sync_next"))
      }
      // Before the file is opened: a folder that cannot take it leaves no trace in the log.
      let folder = try OutputFolder(out)
      let bytes = try replica.content(of: line, reason: reason)
      let path = try folder.write(bytes, as: line.descriptor.name.text)
      session.output.note("export.plaintext", ["path": path])
      try session.output.result(
        [
          "file": .string(path), "bytes": .integer(bytes.count),
          "type": .string(line.descriptor.mediaType),
          "stripped": .bool(line.descriptor.isStripped), "encrypted": false,
        ], text: [session.catalog.text("export.done", ["path": path])])
    }

    /// By field or by the first digits of an address; the only one needs no name.
    private func chosen(_ lines: [AttachmentLine]) throws -> AttachmentLine {
      let found = lines.filter { line in
        guard let file else { return true }
        return line.field == file
          || (file.utf8.count >= 4 && line.descriptor.address.hex.hasPrefix(file.lowercased()))
      }
      guard let first = found.first else {
        throw CommandFailure(.notFound, "attachment.none")
      }
      guard Set(found.map(\.descriptor)).count == 1 else {
        throw CommandFailure(
          .notFound, Message("attachment.ambiguous", ["count": "\(found.count)"]),
          next: Message("attachment.ambiguous.next"))
      }
      return first
    }
  }
}

/// One file for programs.
enum AttachmentJSON {
  static func value(_ line: AttachmentLine) -> JSONValue {
    [
      "record": .string(line.record.hex), "code": .string(line.code), "field": .string(line.field),
      "address": .string(line.descriptor.address.hex),
      "name": .string(line.descriptor.name.text), "type": .string(line.descriptor.mediaType),
      "size": .integer(line.descriptor.size), "stripped": .bool(line.descriptor.isStripped),
      "state": .string(line.state.rawValue), "own": .bool(line.isOwn),
      "chunks": .integer(line.chunks), "chunks_here": .integer(line.chunksHere),
      "refused": .optional(line.refused),
    ]
  }
}

/// One file for a person.
struct AttachmentLineText {
  let catalog: Catalog

  init(_ catalog: Catalog) { self.catalog = catalog }

  func text(_ line: AttachmentLine) -> String {
    "\(line.code)  \(line.descriptor.address.hex.prefix(8))  "
      + "\(SafeText.escape(AttachmentText.text(line.descriptor, catalog)))  \(state(line))"
  }

  func state(_ line: AttachmentLine) -> String {
    var text = catalog.text(
      line.state == .missing ? "attachment.state_missing" : "state.\(line.state.rawValue)",
      ["here": "\(line.chunksHere)", "chunks": "\(line.chunks)"])
    if let refused = line.refused, line.state != .received {
      text += ", " + catalog.text("attachment.refused", ["why": SafeText.escape(refused)])
    }
    return text
  }
}
