import ArgumentParser
import Console
import Forms
import HubServer
import Identity
import SyncCore

struct FormsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forms", abstract: help("help.hub.forms"), subcommands: [Add.self])

  /// Checks a form as every device will, then has the authority sign it.
  struct Add: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", abstract: help("help.hub.forms.add"))

    @Argument(help: help("help.hub.argument.file", "file")) var file: String
    @OptionGroup var authority: AuthorityOption
    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      let bytes = try InputFile.bytes(file, bytesMax: FormLimits.specified.fileBytesMax)
      let control = try session.control()
      let rules = try ProgrammeRules(control)
      let name = file.split(separator: "/").last.map(String.init) ?? file
      let form = try rules.parse(bytes, fileName: name)
      if let held = try rules.formText(form.name), Self.isSame(held, bytes) {
        return try say(form, "unchanged", "hub.form_unchanged", session)
      }
      try check(form, against: rules)
      for violation in form.shippedRuleViolations() {
        session.output.note(
          "hub.form_warning", ["form": form.name, "why": violation.description])
      }
      let pair = try session.requireAuthority(authority)
        .unlock(session, for: session.status(control))
      try session.submit(
        Identity.Statement(
          .form(FormStatement(name: form.name, yaml: bytes)), version: UInt64(form.version)),
        signedBy: pair, to: control)
      try say(form, "added", "hub.form_added", session)
    }

    /// A shipped form has a line break of its own at the end.
    private static func isSame(_ held: [UInt8], _ offered: [UInt8]) -> Bool {
      func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        text[..<((text.lastIndex { $0 != 0x0A } ?? -1) + 1)]
      }
      return trimmed(held) == trimmed(offered)
    }

    /// - Throws: 65 with everything that keeps the form from following the one in force.
    private func check(_ form: Form, against rules: ProgrammeRules) throws {
      guard !form.name.hasPrefix(SystemForm.prefix) else {
        throw CommandFailure(.inputInvalid, "hub.form_reserved", ["form": form.name])
      }
      guard let old = try rules.form(form.name) else { return }
      let violations = form.upgradeViolations(from: old)
      guard violations.isEmpty else {
        let lines = violations.map(\.description).joined(separator: "\n")
        throw CommandFailure(
          .inputInvalid, .sentence("\(form.name) \(form.version):\n\(lines)"),
          next: Message("hub.form_refused.next"))
      }
    }

    private func say(
      _ form: Form, _ state: String, _ key: String, _ session: HubSession
    ) throws {
      try session.output.result(
        [
          "form": .string(form.name), "version": .integer(form.version), "state": .string(state),
          "fields": .integer(form.fields.count { $0.type.holdsAnswer }),
        ],
        text: [
          session.catalog.text(key, ["form": form.name, "version": "\(form.version)"])
        ])
    }
  }
}
