import ArgumentParser
import Console
import HubServer

/// A device's sync that was carried here by hand, and the answers that go back (bundle §4).
struct BundleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: help("help.hub.bundle"), subcommands: [Apply.self])

  struct Apply: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "apply", abstract: help("help.hub.bundle.apply"))

    @Argument(help: help("help.argument.bundle", "file")) var file: String
    @Option(name: .long, help: help("help.hub.option.bundle_out", "file")) var out: String?
    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      // The hub may run in another directory.
      let request = ControlRequest.takeBundle(
        path: HomePath.absolute(file), out: out.map { HomePath.absolute($0) })
      guard case .bundleTaken(let report) = try session.ask(request, session.control()) else {
        throw session.unexpectedAnswer
      }
      try show(report, session)
      if report.outcome == "refused" {
        throw CommandFailure(.inputInvalid, "hub.bundle_broken", next: "hub.bundle_broken.next")
      }
    }

    private func show(_ report: BundleReport, _ session: HubSession) throws {
      let words = [
        // Not every device has a label.
        "device": [String(report.origin.prefix(12)), report.label].filter { !$0.isEmpty }
          .joined(separator: " "),
        "entries": "\(report.entries)", "held": "\(report.held)", "path": report.out ?? "",
        "bytes": ByteCount.text(report.bytes),
      ]
      var text = [session.catalog.text("hub.bundle_taken", words)]
      if report.held > 0 { text.append(session.catalog.text("hub.bundle_held", words)) }
      if report.outcome != "done", report.outcome != "refused" {
        text.append(session.catalog.text("hub.bundle_\(report.outcome)", words))
      }
      if report.out != nil {
        text.append(session.catalog.text("hub.bundle_answers", words))
      }
      if report.isCutShort { text.append(session.catalog.text("hub.bundle_more", words)) }
      try session.output.result(
        [
          "origin": .string(report.origin), "label": .string(report.label),
          "requests": .integer(report.requests), "taken": .integer(report.taken),
          "entries": .integer(report.entries), "held": .integer(report.held),
          "outcome": .string(report.outcome), "answers": .integer(report.answers),
          "out": .optional(report.out), "bytes": .integer(report.bytes),
          "complete": .bool(!report.isCutShort),
        ], text: text)
      if report.out == nil { session.output.note("hub.bundle_no_out") }
    }
  }
}
