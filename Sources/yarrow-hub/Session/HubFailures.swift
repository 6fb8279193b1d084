import Console
import Forms
import HubServer
import Identity
import ReplicaStore

extension HubSession {
  /// What any error means to the operator: a status, what happened, what to do next (cli.md, "exit").
  func failure(_ error: any Error) -> CommandFailure {
    switch error {
    case let error as CommandFailure: error
    case let error as HubServerError: failure(error)
    case let error as StoreError: failure(storeCode: "\(error.code)", error.description)
    case let error as AtRestError: failure(error)
    case let error as IdentityError: failure(storeCode: "\(error.code)", error.description)
    case let error as FormError: CommandFailure(.inputInvalid, .sentence(error.description))
    case let error as CommitteeError: failure(error)
    default: unexpected(error)
    }
  }

  private func unexpected(_ error: any Error) -> CommandFailure { failure(StorageFault(error)) }

  private func failure(_ fault: StorageFault?) -> CommandFailure {
    switch fault {
    case .disk: CommandFailure(.storageFailed, "failure.disk_full", ["path": home.path])
    case .busy: CommandFailure(.hubUnavailable, "hub.busy")
    case .damaged:
      CommandFailure(
        .checkFailed, "hub.damaged", ["path": home.path], next: "hub.damaged.next")
    case nil: CommandFailure(.storageFailed, "failure.unexpected")
    }
  }

  private func failure(_ error: HubServerError) -> CommandFailure {
    switch error.code {
    case .refused: return failure(storeCode: error.storeCode ?? "", error.description)
    case .storage:
      return error.storeCode.flatMap(StorageFault.init(rawValue:)).map { failure($0) }
        ?? CommandFailure(.storageFailed, .sentence(error.description))
    case .badCertificate: return CommandFailure(.checkFailed, .sentence(error.description))
    case .badAddress, .homeInUse, .control, .busy, .stopping:
      return CommandFailure(.hubUnavailable, .sentence(error.description))
    }
  }

  /// The store's refusals come over the control channel by the names of their codes.
  private func failure(storeCode: String, _ sentence: String) -> CommandFailure {
    let path = ["path": home.path]
    switch storeCode {
    case "noHome":
      return CommandFailure(
        .notFound, Message("failure.home_missing", path),
        next: Message("failure.home_missing.next", ["program": "yarrow-hub", "command": "init"]))
    case "homeExists": return CommandFailure(.alreadyExists, "failure.home_exists", path)
    case "newerHome": return CommandFailure(.versionMismatch, "failure.home_newer", path)
    default:
      return CommandFailure(Self.status(ofStoreCode: storeCode), .sentence(sentence))
    }
  }

  private static func status(ofStoreCode code: String) -> ExitStatus {
    switch code {
    case "notFound", "ambiguous": .notFound
    case "invalidAnswers", "nothingToChange", "formRefused", "inviteName", "inviteURL",
      "bundleRefused", "bundleTooLong", "bundleVersion", "bundleLength", "bundleMalformed":
      .inputInvalid
    case "notAllowed", "notOpenable": .refused
    case "fileExists", "otherProgramme": .alreadyExists
    case "busy": .hubUnavailable
    case "disk": .storageFailed
    default: .checkFailed
    }
  }

  private func failure(_ error: AtRestError) -> CommandFailure {
    switch error.code {
    case .wrongPassphrase:
      CommandFailure(.refused, "failure.passphrase_wrong", next: "failure.passphrase_wrong.next")
    case .passphraseEmpty: CommandFailure(.inputInvalid, "passphrase.empty")
    case .keyFileMissing: CommandFailure(.notFound, .sentence(error.message))
    case .keyFileExists: CommandFailure(.alreadyExists, .sentence(error.message))
    case .keyFileMalformed: CommandFailure(.inputInvalid, .sentence(error.message))
    case .unsupportedFormat: CommandFailure(.versionMismatch, .sentence(error.message))
    case .wrongKey:
      CommandFailure(
        .refused, "hub.store_key_wrong", ["path": storeKey.path], next: "hub.store_key_missing.next"
      )
    case .notSealed, .damaged: CommandFailure(.checkFailed, .sentence(error.message))
    case .database:
      if let underlying = error.underlying, StorageFault(underlying) != nil {
        unexpected(underlying)
      } else {
        CommandFailure(.storageFailed, .sentence(error.message))
      }
    case .inputOutput, .settingRefused, .keyConflict, .pathInvalid, .engineUnavailable, .secretSize:
      CommandFailure(.storageFailed, .sentence(error.description))
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
