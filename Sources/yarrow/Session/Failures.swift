import Console
import Forms
import Identity
import ReplicaStore
import SyncClient
import SyncCore
import SyncWire

extension Session {
  /// What any error means to the person: a status, what happened, what to do next (cli.md, "exit").
  func failure(_ error: any Error) -> CommandFailure {
    switch error {
    case let error as CommandFailure: error
    case let error as StoreError: failure(error)
    case let error as AtRestError: failure(error)
    case let error as Replica.Refusal: failure(error)
    case let error as SyncFailure: failure(error)
    case let error as SyncRefusal: failure(error)
    case let error as IdentityError: failure(error)
    case let error as WireError: damagedCopy(error.description)
    case let error as JSONFailure: CommandFailure(.inputInvalid, error.message)
    case let error as CSVFailure: CommandFailure(.inputInvalid, error.message)
    case let error as FormError: CommandFailure(.versionMismatch, .sentence(error.description))
    case let error as CommitteeError: failure(error)
    default: unexpected(error)
    }
  }

  private func unexpected(_ error: any Error) -> CommandFailure {
    switch StorageFault(error) {
    case .disk: CommandFailure(.storageFailed, "failure.disk_full", ["path": home.path])
    case .busy: CommandFailure(.hubUnavailable, "store.busy")
    case .damaged: damagedHome
    case nil: CommandFailure(.storageFailed, "failure.unexpected")
    }
  }

  private func failure(_ error: StoreError) -> CommandFailure {
    let path = ["path": home.path]
    switch error.code {
    case .noHome:
      return CommandFailure(
        .notFound, Message("failure.home_missing", path),
        next: Message("failure.home_missing.next", ["program": "yarrow", "command": "join"]))
    case .homeExists: return CommandFailure(.alreadyExists, "failure.home_exists", path)
    case .newerHome: return CommandFailure(.versionMismatch, "failure.home_newer", path)
    case .otherProgramme: return CommandFailure(.alreadyExists, "store.other_programme", path)
    case .notFound, .ambiguous: return CommandFailure(.notFound, .sentence(error.description))
    case .invalidAnswers: return CommandFailure(.inputInvalid, .sentence(error.description))
    case .notAllowed: return CommandFailure(.refused, "failure.not_allowed")
    case .originClosed:
      return CommandFailure(.refused, "failure.closed", next: "failure.invite_used.next")
    case .notOpenable:
      return CommandFailure(.refused, "store.not_openable", next: "store.sync_next")
    case .alreadyOffered:
      return CommandFailure(
        .refused, "failure.undo_offered", next: "failure.undo_offered.next")
    case .notNewest:
      return CommandFailure(.refused, "store.not_newest", next: "failure.undo_offered.next")
    case .nothingToChange: return CommandFailure(.inputInvalid, "store.nothing_to_change")
    case .busy: return CommandFailure(.hubUnavailable, "store.busy")
    case .damaged: return CommandFailure(.checkFailed, .sentence(error.description))
    case .disk: return CommandFailure(.storageFailed, .sentence(error.description))
    case .refusedStatement: return CommandFailure(.checkFailed, .sentence(error.description))
    case .fileExists: return CommandFailure(.alreadyExists, .sentence(error.description))
    case .formRefused: return CommandFailure(.versionMismatch, .sentence(error.description))
    case .bundleRefused: return CommandFailure(.inputInvalid, .sentence(error.description))
    case .noBundleKey: return CommandFailure(.refused, "bundle.no_key", next: "bundle.no_key.next")
    }
  }

  private var damagedHome: CommandFailure {
    // Without its journal a half-written file looks whole, so the two belong together (at-rest §6.4).
    if (try? home.hasJournal) != false {
      return CommandFailure(
        .checkFailed, Message("store.damaged", ["path": home.path]),
        next: Message(
          "store.damaged_journal.next",
          ["file": home.databasePath, "journal": home.journalPath, "key": home.keyPath]))
    }
    return CommandFailure(
      .checkFailed, Message("store.damaged", ["path": home.path]),
      next: Message("store.damaged.next"))
  }

  private func failure(_ error: AtRestError) -> CommandFailure {
    let path = ["path": home.path]
    switch error.code {
    case .wrongPassphrase:
      return CommandFailure(
        .refused, "failure.passphrase_wrong", next: "failure.passphrase_wrong.next")
    case .passphraseEmpty: return CommandFailure(.inputInvalid, "passphrase.empty")
    case .keyFileMissing: return failure(StoreError(.noHome, ""))
    case .keyFileExists: return CommandFailure(.alreadyExists, "failure.home_exists", path)
    case .unsupportedFormat: return CommandFailure(.versionMismatch, "failure.home_newer", path)
    case .wrongKey, .notSealed, .damaged, .keyFileMalformed: return damagedHome
    case .database:
      if let underlying = error.underlying, StorageFault(underlying) != nil {
        return unexpected(underlying)
      }
      return CommandFailure(.storageFailed, .sentence(error.description))
    case .inputOutput, .settingRefused, .keyConflict, .pathInvalid, .engineUnavailable,
      .secretSize:
      return CommandFailure(.storageFailed, .sentence(error.description))
    }
  }

  private func failure(_ error: Replica.Refusal) -> CommandFailure {
    let lines = error.findings.map { "\($0.path): \($0.message(language))" }
    return CommandFailure(.inputInvalid, .sentence(lines.joined(separator: "\n")))
  }

  // MARK: Checks that failed: one of three plain outcomes (cli.md, 76)

  func damagedCopy(_ detail: String) -> CommandFailure {
    CommandFailure(
      .checkFailed, Message("check.damaged", ["detail": detail]),
      next: Message("check.damaged.next"))
  }

  func failure(_ alarm: SyncAlarm) -> CommandFailure {
    // Without a file of its own the evidence is inside the home, sealed.
    let next = Message(
      "failure.evidence",
      [
        "path": home.evidence(of: alarm.code).first ?? home.path,
        "who": catalog.text("check.whom"),
      ])
    switch alarm {
    case .ownLogAhead:
      return CommandFailure(.checkFailed, Message("check.home_copied"), next: next)
    case .epochWentBack, .hubLostAcknowledged, .logShrank, .ownLogDiffers, .logRewritten,
      .streamRewritten:
      return CommandFailure(
        .checkFailed, Message("check.two_histories", ["alarm": alarm.code]), next: next)
    }
  }

  func failure(_ error: SyncRefusal) -> CommandFailure {
    switch error {
    case .alarm(let alarm): failure(alarm)
    case .storage: CommandFailure(.storageFailed, "failure.disk_full", ["path": home.path])
    case .checkpointSignature: damagedCopy("checkpoint-signature")
    case .growth: damagedCopy("log-growth")
    case .segmentSignature: damagedCopy("segment-signature")
    case .segmentRoot: damagedCopy("segment-root")
    case .brokenChain: damagedCopy("chain")
    case .unaskedStream: damagedCopy("stream")
    case .unknownOwnEntry: damagedCopy("own-entry")
    case .inconsistent: damagedCopy("inconsistent")
    case .olderStatement: damagedCopy("older-statement")
    case .loosenedForm: damagedCopy("loosened-form")
    case .unusableForm(let why): CommandFailure(.versionMismatch, .sentence(why))
    }
  }

  private func failure(_ error: IdentityError) -> CommandFailure {
    switch error.code {
    case .inviteNotOne, .inviteTooLong, .inviteTruncated, .inviteAltered, .inviteMalformed,
      .inviteName, .inviteURL:
      CommandFailure(
        .inputInvalid, Message("failure.invite_invalid", ["why": error.description]),
        next: Message("failure.invite_invalid.next"))
    case .inviteVersion, .inviteRole:
      CommandFailure(.versionMismatch, .sentence(error.description))
    case .bundleTooLong, .bundleVersion, .bundleLength, .bundleMalformed:
      CommandFailure(.inputInvalid, "bundle.not_one", next: "bundle.not_one.next")
    case .bundleNotOpened, .bundlePadding:
      CommandFailure(.checkFailed, "bundle.not_opened", next: "bundle.not_opened.next")
    default: damagedCopy(error.code.rawValue)
    }
  }

  private func failure(_ error: CommitteeError) -> CommandFailure {
    let status: ExitStatus =
      switch error.code {
      case .fileExists: .alreadyExists
      case .fileMissing: .notFound
      case .inputOutput: .storageFailed
      case .releaseUnusable: .checkFailed
      case .fileUnusable, .policyMalformed, .policyRefused: .inputInvalid
      }
    return CommandFailure(status, .sentence(error.description))
  }
}
