import Console
import Forms
import ReplicaStore
import SyncCore

/// Lines of `list` and `find`, for programs and for people.
struct RecordLineOutput {
  let session: Session
  let replica: Replica

  /// Writes what `records` hands on, which reads a state of the replica: nothing is sent before it
  /// returns, so that a reader who pauses keeps nobody from writing.
  func write(_ records: ((RecordLine) throws -> Void) throws -> Void) throws {
    let stream = session.output.stream()
    let isWhole = try session.noteGathering(replica)
    if session.output.isJSON {
      var lines: [RecordLine] = []
      try records { lines.append($0) }
      for line in lines { try stream.line(Self.json(line, isWhole: isWhole)) }
    } else {
      var rows = RecordRows(session: session, forms: try replica.forms())
      try records { rows.append($0) }
      if rows.isEmpty { session.output.note("list.none") }
      try rows.table.write(to: stream, width: session.output.columns)
    }
    try stream.finish()
  }

  // MARK: JSON

  /// One object; written by hand, since everything but the summary is hexadecimal, a word or a
  /// number.
  ///
  /// - Parameter isWhole: false for a replica in which others may be missing, which each line then says.
  static func json(_ line: RecordLine, isWhole: Bool = true) -> String {
    var out = ""
    out.reserveCapacity(256 + line.summary.utf8.count)
    out += "{\"record\":\""
    out += line.record.hex
    out += "\",\"code\":\""
    out += line.code
    out += "\",\"form\":"
    out += string(line.form)
    out += ",\"state\":\""
    out += line.state.rawValue
    out += "\",\"area\":"
    out += string(line.area)
    out += ",\"created\":"
    out += String(line.created)
    out += ",\"changed\":"
    out += String(line.changed)
    out += line.isReceived ? ",\"received\":true" : ",\"received\":false"
    out += line.isOwn ? ",\"own\":true" : ",\"own\":false"
    out += ",\"conflicts\":"
    out += String(line.conflicts)
    out += line.isWithdrawn ? ",\"withdrawn\":true" : ",\"withdrawn\":false"
    out += ",\"unopened\":"
    out += String(line.unopened)
    out += ",\"summary\":"
    out += summary(line.summary)
    out += isWhole ? "}" : ",\"whole\":false}"
    return out
  }

  /// Names of forms and areas are codes, which nothing has to be escaped in.
  private static func string(_ text: String) -> String {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F }
      ? "\"" + text + "\"" : JSONValue.string(text).line
  }

  /// The stored object, unless it holds what must not reach a terminal as it is.
  private static func summary(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    return (try? JSONParser.parse(Array(text.utf8)))?.line ?? "{}"
  }
}
