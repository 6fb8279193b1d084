import Foundation
import Testing

/// Strings that must not be seen, and where to look for them.
struct Canaries {
  let words: [String]

  /// One token each: nothing that splits text into words takes one apart.
  init(_ count: Int, _ moments: inout Moments) {
    let letters = Array("bcdfghjklmnpqrstvwxz")
    words = (0..<count).map { _ in
      Self.mark + String((0..<10).map { _ in letters[Int(moments.next() % UInt64(letters.count))] })
    }
  }

  private static let mark = "Qzcanary"

  /// Every eight letters in a row of what follows the mark, so that a piece of one is found too.
  private var pieces: Set<UInt64> {
    var pieces: Set<UInt64> = []
    for word in words {
      let tail = Array(word.utf8.dropFirst(Self.mark.utf8.count))
      for start in 0...tail.count - 8 {
        pieces.insert(tail[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
      }
    }
    return pieces
  }

  /// The beginning that all have, as it may be spelled: UTF-16, hexadecimal, base64.
  private static var spellings: [Data] {
    let bytes = Data(mark.utf8)
    let hex = Data(bytes.map { String(format: "%02x", $0) }.joined().utf8)
    // Each place in a group of three bytes has a base64 of its own; the ends depend on neighbours.
    let base64 = (0..<3).map { shift in
      (Data(repeating: 0, count: shift) + bytes).base64EncodedData()
        .dropFirst(shift == 0 ? 0 : 4).prefix(6)
    }
    return [mark.data(using: .utf16LittleEndian)!, hex] + base64.map { Data($0) }
  }

  /// Whether a piece of any is in the bytes, in either case, or the beginning in another spelling.
  func isSeen(in bytes: Data) -> Bool { isSeen(in: bytes, pieces) }

  private func isSeen(in bytes: Data, _ pieces: Set<UInt64>) -> Bool {
    let isPlain = bytes.withUnsafeBytes { bytes in
      var last: UInt64 = 0
      var letters = 0
      for byte in bytes {
        let letter = byte | 0x20
        guard letter >= 0x61, letter <= 0x7A else {
          letters = 0
          continue
        }
        last = last << 8 | UInt64(letter)
        letters += 1
        if letters >= 8, pieces.contains(last) { return true }
      }
      return false
    }
    return isPlain || Self.spellings.contains { bytes.range(of: $0) != nil }
  }

  /// How many are in the text whole.
  func count(in text: String) -> Int {
    let found = Set(text.utf8.split { !(0x61...0x7A).contains($0 | 0x20) }.map { String($0)! })
    return words.count { found.contains($0) }
  }

  /// Files below a folder, or the file itself, that hold one.
  func files(under path: String) -> [String] {
    let pieces = pieces
    let below = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return ([path] + below.map { path + "/" + $0 }).filter {
      // A socket or a folder has no content.
      let kind = try? FileManager.default.attributesOfItem(atPath: $0)[.type]
      guard kind as? FileAttributeType == .typeRegular,
        let bytes = FileManager.default.contents(atPath: $0)
      else { return false }
      return isSeen(in: bytes, pieces)
    }
  }

  /// What runs at this moment with one in its arguments or its environment.
  func processes() -> [String] {
    let pieces = pieces
    let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return pids.filter { Int($0) != nil }.filter { pid in
      ["cmdline", "environ"].contains { name in
        Self.read("/proc/\(pid)/\(name)").map { isSeen(in: $0, pieces) } ?? false
      }
    }
  }

  /// Files of /proc say that they are empty, so they are read to their end.
  private static func read(_ path: String) -> Data? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    return try? file.readToEnd()
  }
}

@Suite(.serialized) struct CanaryTests {
  @Test func `no sensitive or identifying word leaves the devices that may read it`() throws {
    var moments = Moments.fresh()
    let canaries = Canaries(1_000, &moments)
    let town = try ProgramTown()
    try town.serve()
    try town.enrol("liaison", as: "liaison", areas: ["north"])
    try town.enrol("office", as: "caseworker", areas: ["north", "south"])
    try town.enrol("watch", as: "committee")
    let status = try town.run(["yarrow", "status", "--json", "--home", town.home("office")])
    let origin = try #require(JSONLines.objects(status.out).first?["origin"] as? String)
    try town.run(["yarrow-hub", "admit", origin])
    // What a person typed is outside of what is searched.
    let outside = town.directory + "/typed.jsonl"
    try Data(Self.reports(canaries.words).utf8).write(to: URL(fileURLWithPath: outside))

    var running: [String] = []
    func watched(_ words: [String]) throws -> String {
      let child = try ChildProgram(words, town.runner)
      while !child.ends(within: 0.1) { running += canaries.processes() }
      #expect(child.status == 0, "\(words)")
      return child.out
    }
    func yarrow(_ device: String, _ words: String...) throws -> String {
      try watched(["yarrow"] + words + ["--home", town.home(device)])
    }
    _ = try yarrow("liaison", "sync")
    _ = try yarrow("liaison", "import", outside, "--form", "report")
    for device in ["liaison", "office", "liaison"] { _ = try yarrow(device, "sync") }
    _ = try watched(["yarrow-hub", "release"])
    _ = try yarrow("watch", "sync")
    let release = town.directory + "/release.sqlite"
    _ = try yarrow("watch", "committee", "pull", "--out", release)
    let exported = try watched(["yarrow-hub", "export"])
    running += canaries.processes()

    #expect(running == [])
    #expect(!canaries.isSeen(in: Data(exported.utf8)) && exported.contains("in_person"))
    let places = ["hub", "liaison", "office", "watch", "tmp"].map { town.directory + "/" + $0 }
    for place in places + [release, release + ".txt", town.log] {
      try #require(FileManager.default.fileExists(atPath: place))
      #expect(canaries.files(under: place) == [])
    }
    // They were really there, and the one who may read them does, through that hub.
    let words = [
      "yarrow", "export", "--classes", "operational,coded,sensitive,identity", "--reason",
      "referral", "--home", town.home("office"),
    ]
    #expect(canaries.count(in: try town.run(words).out) == 1_000)
  }

  @Test func `the search finds a canary that was put there`() throws {
    var moments = Moments(seed: 1)
    let canaries = Canaries(1_000, &moments)
    let runner = try HubFixture.runner()
    let folder = runner.directory + "/hub"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let one = canaries.words[517]
    let plants: [Data] = [
      Data(repeating: 0xA5, count: 5_000) + Data(one.utf8) + Data(repeating: 0, count: 99),
      Data("level=info who=\(one.lowercased())\n".utf8), Data(one.uppercased().utf8),
      one.data(using: .utf16LittleEndian)!, Data("x\(one)".utf8).base64EncodedData(),
      Data("xy\(one)".utf8).base64EncodedData(), Data("xyz\(one)".utf8).base64EncodedData(),
      Data(one.utf8.map { String(format: "%02x", $0) }.joined().utf8),
    ]
    for (number, plant) in plants.enumerated() {
      let file = folder + "/plant-\(number)"
      try plant.write(to: URL(fileURLWithPath: file))
      #expect(canaries.files(under: folder) == [file])
      try FileManager.default.removeItem(atPath: file)
    }
    try Data("Nothing here.".utf8).write(to: URL(fileURLWithPath: folder + "/plain"))
    #expect(canaries.files(under: folder) == [])

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "read line", one]
    let input = Pipe()
    process.standardInput = input
    try process.run()
    #expect(canaries.processes() == ["\(process.processIdentifier)"])
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// A hundred reports, their canaries in text that is sensitive and text that identifies.
  private static func reports(_ words: [String]) -> String {
    stride(from: 0, to: words.count, by: 10).map { start in
      let text = words[start..<start + 8].joined(separator: " ")
      let answers = [
        "district": "north", "received_at": "2026-03-01T09:00:00Z", "channel": "in_person",
        "summary": text, "place_text": words[start + 8], "contact_rules_text": words[start + 9],
      ]
      let data = try? JSONSerialization.data(withJSONObject: answers)
      return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
    }.joined()
  }
}
