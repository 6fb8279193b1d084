import Console
import Identity
import SyncCore

/// What travels between a hub and the machine that holds the authority's key: a statement to be
/// signed, or one that was.
///
/// ```
/// yarrow admission request 1      yarrow admission signed 1
/// programme WORDS                 programme WORDS
/// statement HEX of the payload    statement HEX of the signed statement
/// ```
///
/// Nothing in it is secret. What the signer is shown is read from the payload itself.
enum AdmissionFile {
  struct Request {
    /// The words of the programme's fingerprint.
    let programme: String
    let statement: Identity.Statement
    let reader: ReaderStatement
  }

  case request(Request)
  case signed(programme: String, encoded: [UInt8])

  private static let bytesMax = 1 << 20
  private static let requestHead = "yarrow admission request 1"
  private static let signedHead = "yarrow admission signed 1"

  var text: String {
    let (head, programme, bytes) =
      switch self {
      case .request(let request):
        (Self.requestHead, request.programme, request.statement.payload)
      case .signed(let programme, let encoded): (Self.signedHead, programme, encoded)
      }
    return "\(head)\nprogramme \(programme)\nstatement \(bytes.hex)\n"
  }

  /// - Throws: 66 without the file, 65 for anything else than the format above.
  init(reading path: String) throws {
    let malformed = CommandFailure(
      .inputInvalid, "hub.admission_malformed", ["path": path], next: "hub.admission_malformed.next"
    )
    let bytes = try InputFile.bytes(path, bytesMax: Self.bytesMax)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard lines.count == 3, lines[1].hasPrefix("programme "), lines[2].hasPrefix("statement "),
      let words = Words(lines[1].dropFirst(10)),
      let content = [UInt8](hex: String(lines[2].dropFirst(10)))
    else { throw malformed }
    switch lines[0] {
    case Self.requestHead[...]:
      guard let statement = try? Identity.Statement(payload: content),
        case .reader(let reader) = statement.body, reader.state == .active
      else { throw malformed }
      self = .request(
        Request(programme: words.description, statement: statement, reader: reader))
    case Self.signedHead[...]: self = .signed(programme: words.description, encoded: content)
    default: throw malformed
    }
  }

  init(_ request: Request) { self = .request(request) }
  init(programme: String, signed encoded: [UInt8]) {
    self = .signed(programme: programme, encoded: encoded)
  }

  /// - Throws: 73 when the file exists.
  func write(to path: String) throws(CommandFailure) {
    let file = try OutputFile(path)
    try file.write(text)
    try file.finish()
  }
}
