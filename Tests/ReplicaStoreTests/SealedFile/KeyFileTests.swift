import Crypto
import Foundation
import Testing

@testable import ReplicaStore

@Suite struct KeyFileTests {
  let directory: ScratchDirectory
  let passphrase = Array("olive lantern seven rivers".utf8)

  init() throws { directory = try ScratchDirectory() }

  private func create(_ name: String) throws {
    try KeyFile.create(
      at: directory.file(name), wrapping: testKey, passphrase: passphrase, purpose: .database,
      cost: .tiny)
  }

  private func unlock(
    _ name: String, _ passphrase: [UInt8], _ purpose: KeyFile.Purpose = .database
  ) throws -> SymmetricKey {
    try KeyFile.unlock(directory.file(name), passphrase: passphrase, purpose: purpose)
  }

  @Test func `the passphrase opens the file, and only that one, and only for its purpose`() throws {
    try create("key")
    #expect(try unlock("key", passphrase) == testKey)
    #expect(code { _ = try unlock("key", passphrase + [32]) } == .wrongPassphrase)
    #expect(code { _ = try unlock("key", passphrase, .authority) } == .wrongPassphrase)
    #expect(code { _ = try unlock("key", []) } == .passphraseEmpty)
    #expect(code { _ = try unlock("none", passphrase) } == .keyFileMissing)
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("key"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try directory.bytes("key").count == 96)
  }

  @Test func `the specified cost is what the design says and works`() throws {
    try KeyFile.create(
      at: directory.file("key"), wrapping: testKey, passphrase: passphrase, purpose: .database)
    #expect(try Array(directory.bytes("key")[16..<20]) == [17, 8, 1, 32])
    #expect(try unlock("key", passphrase) == testKey)
  }

  @Test func `every altered byte and every cut is refused`() throws {
    try create("key")
    let file = try directory.bytes("key")
    for offset in file.indices {
      var altered = file
      altered[offset] ^= 1
      try directory.write(altered, to: "bad")
      #expect(code { _ = try unlock("bad", passphrase) } != nil, "byte \(offset)")
    }
    for length in 0..<file.count {
      try directory.write(file.prefix(length), to: "bad")
      #expect(code { _ = try unlock("bad", passphrase) } == .keyFileMalformed)
    }
    try directory.write(file + Data(count: 4_096), to: "bad")
    #expect(code { _ = try unlock("bad", passphrase) } == .keyFileMalformed)
  }

  @Test(arguments: [
    (0, 8, 1), (21, 8, 1), (255, 255, 255), (17, 0, 1), (17, 17, 1), (17, 8, 0), (17, 8, 5),
    (18, 16, 1), (20, 8, 1), (16, 1, 1),
  ])
  func `a cost outside the caps is refused before it is paid`(_ log2: Int, _ r: Int, _ p: Int)
    throws
  {
    try create("key")
    var file = try directory.bytes("key")
    file.replaceSubrange(16..<19, with: [UInt8(log2), UInt8(r), UInt8(p)])
    try directory.write(file, to: "bad")
    #expect(code { _ = try unlock("bad", passphrase) } == .keyFileMalformed)
  }

  @Test func `a newer version says so`() throws {
    try create("key")
    var file = try directory.bytes("key")
    file[0] = 2
    try directory.write(file, to: "bad")
    #expect(code { _ = try unlock("bad", passphrase) } == .unsupportedFormat)
  }

  @Test func `an existing file is never replaced by create`() throws {
    try create("key")
    let before = try directory.bytes("key")
    #expect(code { try create("key") } == .keyFileExists)
    #expect(try directory.bytes("key") == before)
  }

  @Test func `a key has its name only when it is whole, and the rest of an earlier attempt is written over`()
    throws
  {
    try directory.write(Data(repeating: 1, count: 5_000), to: "key.new")
    let home = DeviceHome(directory.path)
    #expect(try !home.exists && home.hasRemains)
    try create("key")
    #expect(try directory.bytes("key").count == 96)
    #expect(try unlock("key", passphrase) == testKey)
    #expect(try directory.names == ["key"])
  }

  @Test func `of two who make a key the second is told, and the first goes on`() throws {
    let path = directory.file("key.new")
    let running = open(path, O_WRONLY | O_CREAT, 0o600)
    try #require(running >= 0 && flock(running, LOCK_EX) == 0)
    #expect(code { try create("key") } == .keyFileExists)
    #expect(try directory.names == ["key.new"])
    close(running)
    try create("key")
    #expect(try directory.names == ["key"])
  }

  @Test func `changing the passphrase keeps the secret and drops the old passphrase`() throws {
    try create("key")
    // What a change that was cut short leaves behind.
    try directory.write(Data("junk".utf8), to: "key.new")
    let new = Array("new".utf8)
    let path = directory.file("key")
    #expect(
      code {
        try KeyFile.changePassphrase(of: path, from: new, to: new, purpose: .database, cost: .tiny)
      } == .wrongPassphrase)
    try KeyFile.changePassphrase(
      of: path, from: passphrase, to: new, purpose: .database, cost: .tiny)
    #expect(try unlock("key", new) == testKey)
    #expect(code { _ = try unlock("key", passphrase) } == .wrongPassphrase)
    #expect(try directory.names == ["key"])
  }

  @Test func `destroying overwrites before it unlinks, and refuses other files`() throws {
    try create("key")
    let before = try directory.bytes("key")
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory.file("key")))
    try KeyFile.destroy(directory.file("key"))
    #expect(!directory.exists("key"))
    let after = try handle.readToEnd()
    #expect(after?.count == before.count && after != before)

    try directory.write(Data(count: 5_000), to: "report")
    #expect(code { try KeyFile.destroy(directory.file("report")) } == .keyFileMalformed)
    #expect(directory.exists("report"))
  }

  @Test func `private keys of other lengths are wrapped too`() throws {
    for count in [1, 64, 128] {
      let secret = SymmetricKey(data: Data(repeating: 7, count: count))
      let path = directory.file("k\(count)")
      try KeyFile.create(
        at: path, wrapping: secret, passphrase: passphrase, purpose: .recovery, cost: .tiny)
      #expect(try directory.bytes("k\(count)").count < 256)
      #expect(try KeyFile.unlock(path, passphrase: passphrase, purpose: .recovery) == secret)
    }
    let long = SymmetricKey(data: Data(count: 129))
    #expect(
      code {
        try KeyFile.create(
          at: directory.file("long"), wrapping: long, passphrase: passphrase, purpose: .recovery)
      } == .secretSize)
  }
}

/// One user has one keyring: not in parallel.
@Suite(.serialized) struct KernelKeyringTests {
  private static let available = KernelKeyring(home: "/probe").hold(testKey, seconds: 60)

  @Test(.enabled(if: available)) func `a held key is found by another instance until dropped`() {
    let home = "/home/\(UInt64.random(in: 0...UInt64.max))"
    #expect(KernelKeyring(home: home).key() == nil)
    #expect(KernelKeyring(home: home).hold(testKey, seconds: 60))
    #expect(KernelKeyring(home: home).hold(otherKey, seconds: 60))
    #expect(KernelKeyring(home: home).key() == otherKey)
    #expect(KernelKeyring(home: home + "/").key() == nil)
    #expect(KernelKeyring(home: home).drop())
    #expect(KernelKeyring(home: home).key() == nil)
    #expect(!KernelKeyring(home: home).drop())
  }

  /// A join that is cut short and run again asks the keyring first, and would seal the new home with a
  /// key that no key file wraps.
  @Test(.enabled(if: available)) func `a new home drops the key that was held for one that stood there`() throws
  {
    let home = DeviceHome(try ScratchDirectory().path + "/home")
    defer { try? FileManager.default.removeItem(atPath: home.path) }
    #expect(home.keyring.hold(otherKey, seconds: 60))
    _ = try home.create(passphrase: Array("correct horse".utf8), cost: .tiny)
    #expect(home.keyring.key() == nil)
  }

  /// All of it: the kernel gives a page at a time, and whoever takes a short read for the end misses
  /// what stands behind forty keys or so.
  private static func listing() throws -> String {
    let file = try #require(fopen("/proc/keys", "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(.enabled(if: available)) func `the kernel counts down the timeout and bars others`() throws
  {
    let home = "/home/\(UInt64.random(in: 0...UInt64.max))"
    let keyring = KernelKeyring(home: home)
    #expect(keyring.hold(testKey, seconds: 600))
    defer { keyring.drop() }
    let digest = SHA256.hash(data: Data(home.utf8)).prefix(4)
      .map { String(format: "%02x", $0) }.joined()
    let line = try Self.listing().split(separator: "\n").first { $0.contains("yarrow:\(digest)") }
    let columns = line?.split(separator: " ") ?? []
    // serial flags usage timeout permissions uid gid type description
    #expect(columns.count > 4 && columns[3] != "perm" && columns[4] == "2f2f0000")
  }
}
