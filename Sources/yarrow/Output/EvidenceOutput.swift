import Console
import Identity
import ReplicaStore
import SyncCore

/// What an evidence file proves (cli `verify --evidence`). Needs no home and no hub.
struct EvidenceOutput {
  private let path: String
  private let evidence: Evidence

  init(_ path: String) throws {
    self.path = path
    let bytes = try InputFile.bytes(path, bytesMax: Evidence.bytesMax)
    do { evidence = try Evidence(encoded: bytes) } catch {
      throw CommandFailure(.inputInvalid, "evidence.malformed", ["path": path])
    }
  }

  func show(_ session: Session) throws {
    let catalog = session.catalog
    switch evidence.verdict() {
    case .fork(let programme, let origin, let seq):
      try session.output.result(
        [
          "kind": "fork", "programme": .string(programme.hex), "origin": .string(origin.hex),
          "seq": .integer(seq), "ok": true,
        ],
        text: [
          catalog.text(
            "evidence.fork", ["origin": String(origin.hex.prefix(12)), "seq": "\(seq)"]),
          catalog.text("evidence.no_content"),
        ])
    case .hub(let programme, let alarm, let epoch, let size):
      try session.output.result(
        [
          "kind": "log", "programme": .string(programme.id.hex), "alarm": .string(alarm),
          "hub_epoch": .integer(epoch), "size": .integer(size),
          "words": .string(programme.words.description), "ok": true,
        ],
        text: [
          catalog.text(
            "evidence.log", ["alarm": alarm, "size": "\(size)", "epoch": "\(epoch)"]),
          catalog.text("evidence.words", ["words": programme.words.description]),
          catalog.text("evidence.no_content"),
        ])
    case .nothing:
      throw CommandFailure(
        .checkFailed, "evidence.false", ["path": path], next: "evidence.false.next")
    }
  }
}
