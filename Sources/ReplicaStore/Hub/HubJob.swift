internal import Foundation
internal import GRDB
internal import SyncCore
internal import Synchronization

/// A piece of work for the hub's one writer. Jobs that wait together share one transaction, one
/// fsync and one signature.
package final class HubJob: Sendable {
  let body: @Sendable (inout HubWriter) throws -> Void
  /// Nil until the job was committed or refused.
  let outcome = Mutex<Result<Void, any Error>?>(nil)

  package init(_ body: @escaping @Sendable (inout HubWriter) throws -> Void) { self.body = body }

  /// Throws what the job threw, or what made the whole batch fail.
  package func result() throws {
    guard let result = outcome.withLock({ $0 }) else {
      throw StoreError(.busy, "The hub did not get to this piece of work; try again.")
    }
    try result.get()
  }
}

extension HubStore {
  /// Runs one administrative piece of work and returns what it gave.
  package func run<T: Sendable>(
    _ body: @escaping @Sendable (inout HubWriter) throws -> T
  ) throws -> T {
    let box = Mutex<T?>(nil)
    let job = HubJob { writer in
      let value = try body(&writer)
      box.withLock { $0 = value }
    }
    try commit([job])
    try job.result()
    guard let value = box.withLock({ $0 }) else {
      throw StoreError(.busy, "The hub did not get to this piece of work; try again.")
    }
    return value
  }

  /// Commits jobs in one durable transaction, reads back what they added, and signs the tree.
  ///
  /// Call from one task at a time. A job that fails is undone alone. When this throws, nothing of
  /// the batch may be acknowledged.
  package func commit(_ jobs: [HubJob]) throws {
    do {
      let before = live.withLock { $0.readBack }
      var results: [Result<Void, any Error>] = []
      let writer = try db.write { db -> HubWriter in
        results = []
        var writer = try HubWriter(self, db)
        for job in jobs {
          let snapshot = writer
          var thrown: (any Error)?
          do {
            try db.inSavepoint {
              do {
                try job.body(&writer)
                return .commit
              } catch {
                thrown = error
                return .rollback
              }
            }
          } catch {
            // A disk that failed may have ended the transaction, and there is nothing to go back to;
            // what began it says what to do, and the end of it does not.
            throw thrown ?? error
          }
          if let thrown {
            // A full disk may have ended the transaction, and what came after would be kept apart
            // from what came before: the batch fails as one.
            if StorageFault(thrown) != nil { throw thrown }
            writer = snapshot
            results.append(.failure(thrown))
          } else {
            results.append(.success(()))
          }
        }
        try writer.finish()
        return writer
      }
      live.withLock { live in
        live.frontier = writer.frontier
        live.hubEpoch = writer.hubEpoch
        live.isRecovering = writer.isRecovering
        live.fileChanges = writer.fileChanges
        if writer.statementsChanged {
          live.book = writer.book
          live.catalog = FormCatalog(writer.book)
        }
      }
      try verifyLeaves(from: before, to: writer.frontier.end)
      live.withLock { $0.readBack = writer.frontier.end }
      try seal()
      for (job, result) in zip(jobs, results) { job.outcome.withLock { $0 = result } }
    } catch {
      for job in jobs { job.outcome.withLock { $0 = .failure(error) } }
      throw error
    }
  }
}
