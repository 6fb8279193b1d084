import ArgumentParser
import Foundation
import SyncClient
import SyncCore
import Testing

@testable import Console
@testable import yarrow

/// What a person is told when a hub's answer cannot be right, in each language (sync §5).
@Suite struct FailureTests {
  private static let alarms: [SyncAlarm] = [
    .epochWentBack(from: 2, to: 1), .hubLostAcknowledged(held: 1, acknowledged: 2),
    .ownLogDiffers(seq: 3), .ownLogAhead(held: 2, here: 1), .logShrank(from: 9, to: 8),
    .logRewritten(size: 9), .streamRewritten(.programme),
  ]

  private static let refusals: [SyncRefusal] = [
    .checkpointSignature, .growth(MerkleError(.rootMismatch)), .segmentSignature, .segmentRoot,
    .brokenChain, .unaskedStream, .unknownOwnEntry, .inconsistent, .olderStatement, .loosenedForm,
    .unusableForm("It comes with another version of this program."),
    .storage("full"),
  ]

  private static let failures: [SyncFailure.Code] = [
    .unreachable(retryAfter: nil), .unreachable(retryAfter: 9), .wrongPin, .notMember, .revoked,
    .refusedByHub(status: 400), .badAnswer, .noProgress, .badAddress,
  ]

  private func session() throws -> yarrow.Session {
    try yarrow.Session(
      ConsoleOptions.parse(["--home", NSTemporaryDirectory() + "nowhere-\(UUID().uuidString)"]))
  }

  /// Exit status and the key of the sentence; the compiler asks for every case.
  private func expected(_ alarm: SyncAlarm) -> (Console.ExitStatus, String) {
    switch alarm {
    case .ownLogAhead: (.checkFailed, "check.home_copied")
    case .epochWentBack, .hubLostAcknowledged, .ownLogDiffers, .logShrank, .logRewritten,
      .streamRewritten:
      (.checkFailed, "check.two_histories")
    }
  }

  private func expected(_ refusal: SyncRefusal) -> (Console.ExitStatus, String) {
    switch refusal {
    case .alarm(let alarm): expected(alarm)
    case .storage: (.storageFailed, "failure.disk_full")
    case .unusableForm(let why): (.versionMismatch, Message.sentence(why).key)
    case .checkpointSignature, .growth, .segmentSignature, .segmentRoot, .brokenChain,
      .unaskedStream, .unknownOwnEntry, .inconsistent, .olderStatement, .loosenedForm:
      (.checkFailed, "check.damaged")
    }
  }

  private func expected(_ code: SyncFailure.Code) -> (Console.ExitStatus, String) {
    switch code {
    case .unreachable(retryAfter: nil): (.hubUnavailable, "failure.hub_silent")
    case .unreachable: (.hubUnavailable, "failure.hub_busy")
    case .wrongPin: (.checkFailed, "failure.hub_pin")
    case .notMember: (.refused, "failure.not_member")
    case .revoked: (.refused, "failure.revoked")
    case .refusedByHub: (.checkFailed, "failure.hub_refused")
    case .badAnswer: (.checkFailed, "check.damaged")
    case .noProgress: (.checkFailed, "failure.hub_no_progress")
    case .badAddress: (.inputInvalid, "failure.hub_address")
    }
  }

  private func expect(_ failure: CommandFailure, _ wanted: (Console.ExitStatus, String), _ what: String) {
    #expect(failure.status == wanted.0, "\(what)")
    #expect(failure.what.key == wanted.1, "\(what)")
    var seen: Set<[String]> = []
    for language in Language.available {
      let catalog = Catalog(language)
      let lines = failure.lines(program: "yarrow", in: catalog)
      #expect(lines.count == 2, "\(what) \(language.code)")
      #expect(lines[0] == "yarrow: " + failure.what.text(in: catalog))
      for line in lines {
        #expect(!line.contains("{") && !line.contains("failure.") && !line.contains("check."), "\(line)")
      }
      #expect(seen.insert(lines).inserted, "\(what) is the same in two languages")
    }
  }

  @Test func `every alarm has its status and its sentences`() throws {
    let session = try session()
    #expect(Set(Self.alarms.map(\.code)).count == 7)
    for alarm in Self.alarms {
      expect(session.failure(alarm), expected(alarm), alarm.code)
      expect(session.failure(SyncRefusal.alarm(alarm)), expected(alarm), alarm.code)
    }
  }

  @Test func `every refusal of an answer has its status and its sentences`() throws {
    let session = try session()
    for refusal in Self.refusals {
      expect(session.failure(refusal), expected(refusal), "\(refusal)")
    }
    // The word for the programme's makers tells the refusals apart; a full disk and a form of
    // another program have sentences of their own.
    let details = Self.refusals.compactMap { session.failure($0).what.arguments["detail"] }
    #expect(details.count == Self.refusals.count - 2 && Set(details).count == details.count)
  }

  @Test func `every way of not reaching the hub has its status and its sentences`() throws {
    let session = try session()
    for code in Self.failures {
      expect(session.failure(SyncFailure(code)), expected(code), "\(code)")
    }
  }

  @Test func `the first screen and status tell of each alarm in the person's language`() throws {
    let runner = try CommandRunner()
    let home = try YarrowHome.make(in: runner.directory)
    runner.environment["YARROW_HOME"] = home.path
    runner.environment["YARROW_PASSPHRASE_FILE"] = home.passphraseFile
    let codes = Self.alarms.map(\.code) + ["hub-restored"]
    try home.raise(alarms: codes)
    for language in Language.available {
      let catalog = Catalog(language)
      for words in [["yarrow"], ["yarrow", "status"]] {
        let shown = try runner.run(words + ["--lang", language.code]).out
        #expect(shown.contains(catalog.text("glance.alarms", ["count": "\(codes.count)"])))
        for (key, count) in [("alarm.rollback", 4), ("alarm.fork", 3), ("failure.restored", 1)] {
          let found = shown.components(separatedBy: catalog.text(key)).count - 1
          #expect(found == count, "\(language.code) \(key)")
        }
      }
    }
    let told = JSONLines.objects(try runner.run(["yarrow", "status", "--json"]).out).first
    #expect((told?["alarms"] as? [[String: Any]])?.map { $0["code"] as? String } == codes)
  }
}
