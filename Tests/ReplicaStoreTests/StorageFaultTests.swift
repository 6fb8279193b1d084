import GRDB
import Testing

@testable import ReplicaStore

@Suite struct StorageFaultTests {
  private func fault(_ code: Int32) -> StorageFault? {
    StorageFault(DatabaseError(resultCode: ResultCode(rawValue: code)))
  }

  @Test func `a read that the disk refused is not called damage`() {
    // SQLITE_IOERR_READ, and SQLITE_IOERR_CORRUPTFS, which SQLite makes of EIO.
    #expect(fault(266) == .disk)
    #expect(fault(8458) == .disk)
  }

  @Test func `a page that does not authenticate is damage`() {
    // SQLITE_IOERR_DATA, SQLITE_CORRUPT and SQLITE_NOTADB.
    for code: Int32 in [8202, 11, 26] { #expect(fault(code) == .damaged) }
  }
}
