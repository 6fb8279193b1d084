import ArgumentParser
import Console
import Identity
import ReplicaStore
import SyncClient
import SyncCore
import SyncWire

struct Join: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: help("help.yarrow.join"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.invite"))) var invite: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let invite = try readInvite(session)
    let isNew = try !session.home.exists
    let replica = try home(for: invite, session)
    let wasMember = try replica.isMember()
    if wasMember, try replica.isNews(invite) { return try await follow(invite, replica, session) }
    try await HubLine.with(replica) { client in
      if !wasMember, let refusal = try await client.join() {
        // Nothing was recorded in it yet, and its keys are good for nothing.
        if isNew, refusal != .recovering { try session.home.wipe() }
        throw Self.failure(refusal)
      }
      // The forms come with the first sync. Without it nothing can be recorded yet, but the device
      // is a member all the same.
      do { _ = try await client.sync() } catch let failure as SyncFailure {
        guard case .unreachable = failure.code else { throw failure }
        session.output.note("join.no_forms")
      }
    }
    try show(replica, session, again: wasMember)
  }

  /// A member with another invite: to its hub, or to the one that follows a hub that was lost. Nothing
  /// of the invite counts until that hub shows the authority's signature (sync §10).
  private func follow(_ invite: Invite, _ replica: Replica, _ session: Session) async throws {
    let before = try replica.status()
    let role = Membership.Role(rawValue: invite.role.rawValue)?.name ?? "none"
    guard before.role == role else {
      throw CommandFailure(
        .refused, "join.other_role", ["role": session.catalog.text("role.\(role)")],
        next: "join.other_role.next")
    }
    if let refusal = try await HubLine.with(invite, replica, { try await $0.join(with: invite) }) {
      throw Self.failure(refusal)
    }
    let now = try replica.status()
    if now.hubEpoch > before.hubEpoch {
      session.output.note("join.followed", ["words": now.words.description])
    }
    let report = try await HubLine.with(replica) { try await $0.sync() }
    try show(replica, session, again: now.hubEpoch == before.hubEpoch)
    try session.requireSound(report)
  }

  /// The invite as an argument, in a file, or pasted; it is used once, so its place in a shell's
  /// history is worth little.
  private func readInvite(_ session: Session) throws -> Invite {
    let text: String
    if let invite, invite.first == "@" {
      text = try InputFile.text(String(invite.dropFirst()), bytesMax: Invite.textBytesMax)
    } else if let invite {
      text = invite
    } else {
      text = try session.askText("join.ask_invite", bytesMax: Invite.textBytesMax)
    }
    return try Invite(text: text)
  }

  /// A new home with keys of its own, or the one that an interrupted join began.
  private func home(for invite: Invite, _ session: Session) throws -> Replica {
    let home = session.home
    if try home.exists {
      if let key = home.keyring.key(),
        let replica = try? Replica.create(in: home, key: key, invite: invite)
      {
        return replica
      }
      return try Replica.create(in: home, key: try session.unlock(), invite: invite)
    }
    let key = try session.withBytes(of: try session.newPassphrase()) {
      try home.create(passphrase: $0)
    }
    return try Replica.create(in: home, key: key, invite: invite)
  }

  private func show(_ replica: Replica, _ session: Session, again: Bool) throws {
    let status = try replica.status()
    let catalog = session.catalog
    let role = catalog.text("role.\(status.role ?? "none")")
    var text = [
      again
        ? catalog.text("join.again")
        : catalog.text("join.joined", ["programme": status.programmeName, "role": role])
    ]
    if status.isWaiting {
      text.append(catalog.text("join.waiting", ["words": status.ownWords.description]))
    }
    text += [catalog.text("passphrase.no_reset"), catalog.text("join.never_copy")]
    try session.output.result(
      [
        "programme": .string(status.programmeName), "hub": .string(status.hub),
        "role": .optional(status.role), "areas": .strings(status.areas),
        "origin": .string(status.origin.hex),
        "state": .string(status.isWaiting ? "waiting" : "member"),
        "words": .string((status.isWaiting ? status.ownWords : status.words).description),
      ], text: text)
  }

  private static func failure(_ refusal: JoinResponse.Refusal) -> CommandFailure {
    switch refusal {
    case .unknownInvite, .inviteUsed, .inviteExpired:
      CommandFailure(.refused, "failure.invite_used", next: "failure.invite_used.next")
    case .revoked: CommandFailure(.refused, "failure.revoked")
    case .recovering: CommandFailure(.hubUnavailable, "failure.hub_recovering")
    }
  }
}
