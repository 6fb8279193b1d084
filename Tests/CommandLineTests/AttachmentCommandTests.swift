import Foundation
import Testing

/// `attach`, `attachment list`, `attachment get`, without a hub.
@Suite struct AttachmentCommandTests {
  private struct Desk {
    let runner: CommandRunner
    let note: String

    init() throws {
      runner = try CommandRunner()
      let home = try YarrowHome.make(in: runner.directory)
      runner.environment["YARROW_HOME"] = home.path
      runner.environment["YARROW_PASSPHRASE_FILE"] = home.passphraseFile
      try Data(SamplePicture.withPlace).write(
        to: URL(fileURLWithPath: runner.directory + "/photo.jpg"))
      let report = try runner.run([
        "yarrow", "new", "report", "--set", "district=north", "--set",
        "received_at=2026-03-01T09:00:00Z", "--set", "channel=in_person", "--json",
      ])
      let record = try #require(try JSONLines.objects(report.out).first?["record"] as? String)
      let saved = try runner.run(
        ["yarrow", "note", record, "--set", "attachment=@photo.jpg", "--json"], input: "See it.\n")
      note = try #require(
        try JSONLines.objects(saved.out).first?["record"] as? String, "\(saved.err)")
      try FileManager.default.createDirectory(
        atPath: runner.directory + "/out", withIntermediateDirectories: true)
    }

    func get(_ folder: String = "out", _ words: String...) throws -> CommandRunner.Result {
      try runner.run(["yarrow", "attachment", "get", note] + words + ["--out", folder])
    }

    func bytes(_ name: String) -> [UInt8]? {
      FileManager.default.contents(atPath: runner.directory + "/" + name).map { Array($0) }
    }
  }

  @Test func `a photo comes out as it went in, without where it was made, for its owner only`()
    throws
  {
    let desk = try Desk()
    let result = try desk.get()
    #expect(result.status == 0, "\(result.err)")
    #expect(result.err.contains("is not encrypted"))
    #expect(desk.bytes("out/photo.jpg") == SamplePicture.clean)
    let mode =
      try FileManager.default.attributesOfItem(
        atPath: desk.runner.directory + "/out/photo.jpg")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    // Nothing of it is in the home in the clear, the name as little as the picture.
    let home = Data(try #require(desk.bytes("home/replica.db")))
    #expect(home.range(of: Data(SamplePicture.clean)) == nil)
    #expect(home.range(of: Data("photo.jpg".utf8)) == nil)
  }

  @Test func `what is there already is not replaced, and a link is not followed`() throws {
    let desk = try Desk()
    let place = desk.runner.directory
    try Data("mine".utf8).write(to: URL(fileURLWithPath: place + "/out/photo.jpg"))
    #expect(try desk.get().status == 73)
    #expect(desk.bytes("out/photo.jpg") == Array("mine".utf8))
    try FileManager.default.removeItem(atPath: place + "/out/photo.jpg")
    for target in [place + "/elsewhere", place + "/pass"] {
      try FileManager.default.createSymbolicLink(
        atPath: place + "/out/photo.jpg", withDestinationPath: target)
      let before = desk.bytes("pass")
      #expect(try desk.get().status == 73)
      #expect(desk.bytes("elsewhere") == nil && desk.bytes("pass") == before)
      try FileManager.default.removeItem(atPath: place + "/out/photo.jpg")
    }
    #expect(try desk.get("nowhere").status == 66)
    #expect(try desk.get("photo.jpg").status == 66)
  }

  @Test func `a file is named by its field or the first digits of its address`() throws {
    let desk = try Desk()
    let line = try #require(
      try JSONLines.objects(
        try desk.runner.run(["yarrow", "attachment", "list", desk.note, "--json"]).out
      ).first)
    let address = try #require(line["address"] as? String)
    #expect(line["size"] as? Int == SamplePicture.clean.count)
    #expect(try desk.get("out", "attachment").status == 0)
    try FileManager.default.removeItem(atPath: desk.runner.directory + "/out/photo.jpg")
    #expect(try desk.get("out", String(address.prefix(8))).status == 0)
    #expect(try desk.get("out", "caption").status == 66)
    #expect(try desk.get("out", String(address.prefix(3))).status == 66)
  }

  @Test func `a file that cannot be cleaned is refused, and taken when a person says so`() throws {
    let desk = try Desk()
    try Data("GIF89a by somebody".utf8).write(
      to: URL(fileURLWithPath: desk.runner.directory + "/scan.gif"))
    let attach = ["yarrow", "attach", desk.note, "attachment", "scan.gif"]
    let refused = try desk.runner.run(attach)
    #expect(refused.status == 65)
    #expect(
      refused.err.contains("scan.gif (image/gif)") && refused.err.contains("--keep-metadata"))
    let taken = try desk.runner.run(attach + ["--keep-metadata"])
    #expect(taken.status == 0, "\(taken.err)")
    #expect(taken.err.contains("it may say where, when and with which device"))
    let list = try desk.runner.run(["yarrow", "attachment", "list", "--json"]).out
    #expect(list.contains(#""name":"scan.gif""#) && list.contains(#""stripped":false"#), "\(list)")
    #expect(!list.contains("photo.jpg"))
    try Data().write(to: URL(fileURLWithPath: desk.runner.directory + "/empty"))
    for (file, status) in [("empty", 65), ("absent.jpg", 66), ("out", 66)] {
      #expect(
        try desk.runner.run(["yarrow", "attach", desk.note, "attachment", file]).status
          == Int32(status))
    }
    #expect(
      try desk.runner.run(["yarrow", "attach", desk.note, "text", "photo.jpg"]).status == 65)
  }

  @Test func `a picture that is cut short is refused by every command, and nothing is saved`()
    throws
  {
    let desk = try Desk()
    let cut = Array(SamplePicture.withPlace.prefix(100))
    try Data(cut).write(to: URL(fileURLWithPath: desk.runner.directory + "/cut.jpg"))
    let before = try desk.runner.run(["yarrow", "status", "--json"]).out
    for words in [
      ["attach", desk.note, "attachment", "cut.jpg"],
      ["edit", desk.note, "--set", "attachment=@cut.jpg"],
    ] {
      let result = try desk.runner.run(["yarrow"] + words)
      #expect(result.status == 65 && result.err.contains("damaged"), "\(result.err)")
    }
    #expect(try desk.runner.run(["yarrow", "status", "--json"]).out == before)
  }
}
