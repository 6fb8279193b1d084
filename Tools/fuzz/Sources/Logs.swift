import Identity
import SyncCore

@testable import TransparencyLog

let logTargets = [
  Target(name: "note") { input in
    guard let note = try? SignedNote(bytes: input) else { return false }
    checkRoundTrip(note.bytes, input, "note")
    let keys = [Keys.log.logKey, Keys.log.cosignerKey]
    if (try? note.verify(with: keys)) != nil {
      check(note.body == Seeds.checkpoint.body, "a note that nobody signed is valid")
    }
    // Whoever holds the log key signs what became of the text.
    guard let checkpoint = try? Checkpoint(body: note.body), checkpoint.origin == Keys.origin,
      let signed = try? Keys.seal(checkpoint).note(of: Keys.log, countersignatures: note.signatures)
    else { return true }
    let verified = try? VerifiedCheckpoint(note: signed, of: Keys.log)
    if let verified {
      check(verified.checkpoint == checkpoint, "another checkpoint than the one that was signed")
    }
    return true
  },

  Target(name: "checkpoint") { input in
    if let signed = try? SignedCheckpoint(bytes: input, origin: Keys.origin) {
      checkRoundTrip(signed.bytes, input, "binary checkpoint")
      check((try? signed.verify(as: Keys.log)) == nil, "a checkpoint that nobody signed is valid")
      return true
    }
    guard let checkpoint = try? Checkpoint(body: input) else { return false }
    checkRoundTrip(checkpoint.body, input, "checkpoint")
    return true
  },

  proofTarget,

  Target(name: "release") { input in
    guard let release = try? ReleasePackage(encoded: input) else { return false }
    checkRoundTrip(release.encoded, input, "release")
    let policy = try! DisclosurePolicy(
      threshold: 10, bands: [5, 10], disclose: ["report": ["status", "received_month"]])
    _ = release.bandedCounts(policy)
    guard let logged = Seeds.logged(release) else { return true }
    check(
      (try? ReleasePackage(encoded: logged.encoded)) == logged, "a logged release is not read back")
    return true
  },
]
