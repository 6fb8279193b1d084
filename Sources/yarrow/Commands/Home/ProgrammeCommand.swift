import ArgumentParser
import Console
import Identity
import ReplicaStore
import SyncCore

/// What the authority of the programme has said: who may read sealed answers, which forms there are.
struct ProgrammeCommand: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "programme", abstract: help("help.yarrow.programme"))

  @Option(name: .long, help: ArgumentHelp(help("help.option.out_statements"), valueName: "file"))
  var out: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let status = try replica.status()
    let book = try replica.statements()
    if let out {
      let file = try OutputFile(out)
      try file.write(StatementFile(book).encoded)
      try file.finish()
    }
    let readers = book.statements.compactMap { signed -> ReaderStatement? in
      guard case .reader(let reader) = signed.statement.body else { return nil }
      return reader
    }
    try session.output.result(
      json(status, book, readers), text: text(status, book, readers, session.catalog))
  }

  private func json(
    _ status: ReplicaStatus, _ book: StatementBook, _ readers: [ReaderStatement]
  ) -> JSONValue {
    [
      "programme": .string(status.programmeName), "words": .string(status.words.description),
      "hub": .string(status.hub), "hub_epoch": .integer(status.hubEpoch),
      "readers": .array(
        readers.map { reader in
          [
            "origin": .string(reader.keys.origin.hex), "words": .string(reader.keys.words.description),
            "state": .string(reader.state == .active ? "active" : "revoked"),
            "areas": .strings(reader.areas),
          ]
        }),
      "recovery": .bool(book.recoveryKey != nil),
      "forms": .array(
        book.formNames.map { name in
          ["form": .string(name), "version": .integer(book.form(name)?.version ?? 0)]
        }),
      "policy_version": book.policy.map { .integer($0.version) } ?? .null,
      "statements": .integer(book.statements.count), "file": .optional(out),
    ]
  }

  private func text(
    _ status: ReplicaStatus, _ book: StatementBook, _ readers: [ReaderStatement],
    _ catalog: Catalog
  ) -> [String] {
    var lines = [status.programmeName]
    var table = TextTable()
    table.append([catalog.text("status.words"), status.words.description])
    table.append([catalog.text("status.hub"), status.hub])
    table.append(["", catalog.text("programme.epoch", ["epoch": "\(status.hubEpoch)"])])
    lines += table.lines()
    lines.append(catalog.text("sync.readers"))
    for reader in readers {
      let state = reader.state == .active ? "" : "  " + catalog.text("programme.revoked")
      lines.append(
        "  \(reader.keys.words)  " + reader.areas.joined(separator: ", ") + state)
    }
    if book.recoveryKey != nil { lines.append("  " + catalog.text("sync.recovery")) }
    if let out { lines.append(catalog.text("programme.written", ["path": out])) }
    return lines
  }
}
