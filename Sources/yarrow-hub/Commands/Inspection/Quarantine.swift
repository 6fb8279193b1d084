import ArgumentParser
import Console
import HubServer

struct QuarantineCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "quarantine", abstract: help("help.hub.quarantine"))

  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let stream = session.output.stream()
    var count = 0
    for case .held(let held) in try session.control().send(.quarantine) {
      count += 1
      let remedy = Self.remedy(held.reason, session.catalog)
      if session.output.isJSON {
        try stream.line(Self.json(held).line)
      } else {
        try stream.line(
          session.catalog.text(
            "hub.held",
            [
              "record": String(held.record.prefix(12)), "form": held.form, "reason": held.reason,
              "origin": String(held.origin.prefix(12)), "seq": "\(held.seq)",
            ]))
        try stream.line("  " + remedy)
      }
    }
    try stream.finish()
    if count == 0, !session.output.isJSON { session.output.note("hub.held_none") }
  }

  /// What the operator can do about a reason; forms decide most of it (forms §6).
  private static func remedy(_ reason: String, _ catalog: Catalog) -> String {
    catalog.optional("hub.remedy.\(reason)") ?? catalog.text("hub.remedy.other")
  }

  private static func json(_ held: QuarantineReport) -> JSONValue {
    [
      "record": .string(held.record), "form": .string(held.form), "reason": .string(held.reason),
      "remedy": .string(remedy(held.reason, .english)), "origin": .string(held.origin),
      "seq": .integer(held.seq), "hash": .string(held.hash),
    ]
  }
}
