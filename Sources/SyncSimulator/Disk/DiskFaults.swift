/// How a node's disk misbehaves while the faults of a run are on (simulation §3.2).
package struct DiskFaults: Sendable {
  /// Operations of ten thousand that fail with EIO.
  package var errorsPerTenThousand = 0
  /// How many syncs in a row fail with EIO after the next ``goodSyncs``, and nothing else does.
  package var failingSyncs = 0
  package var goodSyncs = 0
  /// How many reads in a row fail with EIO after the next ``goodReads``, and nothing else does.
  package var failingReads = 0
  package var goodReads = 0
  /// Whether the disk is full: a write that makes a file longer fails with ENOSPC.
  package var isFull = false
  /// Whether unsynced writes are remembered, so that a crash can lose them.
  package var canCrash = false
  /// A disk that says it has synced and has not: no program can keep a promise on it. For showing
  /// that the checkers notice.
  package var ignoresSync = false

  package init() {}
}

/// What a power failure did to writes that were not synced (simulation §3.2).
package enum CrashLoss: Int, Sendable, CaseIterable {
  case keepsAll, losesAll, keepsPrefix, keepsAnySubset
}

/// The content of a disk at one moment, by file name.
package struct DiskImage: Sendable {
  package var files: [(name: String, bytes: [UInt8])]

  package init(files: [(name: String, bytes: [UInt8])] = []) { self.files = files }
}
