import Console
import Crypto
import Dispatch
import Glibc
import HubServer
import Logging
import ReplicaStore

/// Makes a release every so often while the hub serves (cli.md, `serve --release-every`).
///
/// When the last one was due stands in a file of the home, so that a restart neither skips a
/// release nor makes one early.
struct ReleaseSchedule: Sendable {
  let home: HubHome
  /// Seconds.
  let period: Int64
  let logger: Logger

  private var path: String { home.path + "/release.clock" }
  private static let retrySeconds: Int64 = 600

  /// Runs until the surrounding task is cancelled.
  func run() async {
    var due = (lastDue() ?? remember(LocalClock.now())) + period
    while !Task.isCancelled {
      let wait = due - LocalClock.now()
      if wait > 0 {
        // In steps, since a laptop's clock may be set while it waits.
        try? await Task.sleep(for: .seconds(min(wait, 3_600)))
        continue
      }
      if await makeRelease() {
        due = remember(LocalClock.now()) + period
      } else {
        due = LocalClock.now() + Self.retrySeconds
      }
    }
  }

  /// True when there is nothing left to do before the next one is due.
  private func makeRelease() async -> Bool {
    await withCheckedContinuation { done in
      DispatchQueue.global().async { done.resume(returning: self.askForRelease()) }
    }
  }

  /// Asks over the hub's own socket, so that the hub's one writer makes it.
  private func askForRelease() -> Bool {
    do {
      let control = try HubControl(home: home) { throw HubServerError(.stopping, "The hub stops.") }
      guard case .released(let number, let entries, _, _)? = try control.send(.release).first else {
        return false
      }
      logger.info("release made", metadata: ["number": "\(number)", "entries": "\(entries)"])
      return true
    } catch let error as HubServerError where error.storeCode == "nothingToChange" {
      return true
    } catch let error as HubServerError {
      logger.warning("no release", metadata: ["code": "\(error.storeCode ?? error.code.rawValue)"])
      return false
    } catch {
      logger.warning("no release", metadata: ["code": "\(type(of: error))"])
      return false
    }
  }

  private func lastDue() -> Int64? {
    guard let bytes = try? InputFile.bytes(path, bytesMax: 32) else { return nil }
    return Int64(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
  }

  /// Losing this line only moves the next release.
  private func remember(_ moment: Int64) -> Int64 {
    let next = path + ".new"
    unlink(next)
    if let file = try? OutputFile(next), (try? file.write("\(moment)\n")) != nil,
      (try? file.finish()) != nil
    {
      rename(next, path)
    }
    return moment
  }
}
