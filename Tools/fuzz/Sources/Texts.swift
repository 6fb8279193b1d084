import Forms
import Identity
import TransparencyLog

@testable import Console
@testable import SyncCore

let textTargets = [
  // Everything short that a person types or a file names, read from one text.
  Target(name: "text") { input in
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    let read = [
      CivilDate(text).map { $0.description == text },
      Instant(text).map { $0.description.isEmpty || Instant($0.description) == $0 },
      Decimal64(text).map { Decimal64($0.description) == $0 || $0.exponent > 0 },
      HubAddress(text).map { $0.text == text },
      Words(text).map { Words($0.description) == $0 },
      PublicCode(text).map { PublicCode($0.description) == $0 },
      (try? LogOrigin(text)).map { $0.text == text },
      (try? NoteVerifierKey(text: text)).map { $0.text == text },
      RecordID(hex: text).map { RecordID(hex: $0.hex) == $0 },
      Digest32(hex: text).map { Digest32(hex: $0.hex) == $0 },
      ShippedFormReference(line: input).map { $0.line == input },
      ListenAddress(text).map { ListenAddress($0.description) == $0 },
      AttachmentDescriptor(text).map { $0.description.utf8.elementsEqual(input) },
      AttachmentName(canonical: text).map { $0.text.utf8.elementsEqual(input) },
      InstanceName(text).map(isWritten),
    ]
    let name = AttachmentName(ofPath: text).text
    check(AttachmentName(canonical: name)?.text == name, "a name of a file is none: \(input.hex)")
    check(!read.contains(false), "a text is not read as it is written: \(input.hex)")
    return read.contains(true)
  },

  // What a value can do to the screen that shows it.
  Target(name: "screen") { input in
    for newlines in [SafeText.Newlines.escape, .keep, .space] {
      let shown = SafeText.escape(bytes: input, newlines: newlines)
      for scalar in shown.unicodeScalars {
        let isAllowed =
          !SafeText.isUnsafe(scalar) || scalar.value == 0x200c || scalar.value == 0x200d
          || (newlines == .keep && scalar == "\n")
        check(isAllowed, "a screen is sent \(scalar.value)")
      }
      for columns in [2, 7, 40] {
        let lines =
          ColumnWidth.wrap(shown, to: columns) + [ColumnWidth.truncate(shown, to: columns)]
        check(
          lines.allSatisfy { ColumnWidth.of($0) <= columns },
          "more than \(columns) columns are shown")
      }
    }
    return !input.isEmpty
  },

  // What a terminal sends, whole and byte by byte.
  Target(name: "keys") { input in
    var whole = KeyDecoder()
    var pieces = KeyDecoder()
    let atOnce = whole.feed(input)
    let oneByOne = input.flatMap { pieces.feed([$0]) }
    check(atOnce == oneByOne, "the same bytes are other keys when they come one by one")
    for case .paste(let text) in atOnce {
      check(
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control },
        "a paste holds a control character")
    }
    var editor = LineEditor(bytesMax: 64)
    for key in atOnce where !editor.handle(key) {
      if case .paste(let text) = key { _ = editor.insert(text) }
      if case .character(let character) = key { _ = editor.insert(String(character)) }
    }
    check(editor.text.utf8.count <= 64, "a line is longer than it may be")
    _ = editor.render(width: 7)
    return !atOnce.isEmpty
  },
]

/// Whether a name that says who made its instance is written as it was read.
private func isWritten(_ name: InstanceName) -> Bool {
  guard name.creator != nil else { return true }
  let written = name.instance(in: .zero).name(of: name.field)
  guard let again = InstanceName(written) else { return false }
  return again.index == name.index && again.creator == name.creator
    && again.field.utf8.elementsEqual(name.field.utf8)
    && again.repeatName.utf8.elementsEqual(name.repeatName.utf8)
}
