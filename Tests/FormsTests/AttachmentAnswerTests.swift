import SyncCore
import Testing

@testable import Forms

@Suite struct AttachmentAnswerTests {
  static let address = String(repeating: "0a", count: 32)
  static let text = "\(address) 18233 image/jpeg stripped my photo.jpg"

  @Test func `an answer names the file, and says what to expect of it`() throws {
    let descriptor = try #require(AttachmentDescriptor(Self.text))
    #expect(descriptor.description == Self.text)
    #expect(descriptor.size == 18_233)
    #expect(descriptor.mediaType == "image/jpeg")
    #expect(descriptor.isStripped)
    #expect(descriptor.name.text == "my photo.jpg")
    let arabic = "\(Self.address) 1 audio/ogg whole شهادة ١.ogg"
    #expect(AttachmentDescriptor(arabic)?.description == arabic)
  }

  @Test(arguments: [
    String(repeating: "0a", count: 32), "", "\(address) 0 image/jpeg stripped a",
    "\(address) 018 image/jpeg stripped a", "\(address) +1 image/jpeg stripped a",
    "\(address) 33554432 image/jpeg stripped a", "\(address) 1 image stripped a",
    "\(address) 1 image/JPEG stripped a", "\(address) 1 image/jpeg clean a",
    "\(address) 1 image/jpeg stripped ", "\(address) 1 image/jpeg stripped ../a",
    "\(address) 1 image/jpeg stripped .bashrc", "\(address) 1 image/jpeg stripped -rf",
    "\(address) 1 image/jpeg stripped a\u{202E}gpj.exe", "\(address) 1 image/jpeg stripped a\nb",
    "\(address)  1 image/jpeg stripped a", "0A\(address.dropFirst(2)) 1 image/jpeg stripped a",
    "\(address) 1 image/jpeg stripped " + String(repeating: "a", count: 121),
  ])
  func `another text is no answer to a question for a file`(_ text: String) {
    #expect(AttachmentDescriptor(text) == nil)
  }

  @Test(arguments: [
    ("/x/y/b.jpg", "b.jpg"), ("../../etc/passwd", "passwd"), ("..", "file"), ("", "file"),
    ("a\\b:c.png", "a_b_c.png"), (".hidden.jpg", "hidden.jpg"), ("-x.jpg", "x.jpg"),
    ("a\u{202E}gpj.exe", "a_gpj.exe"), ("x\u{0}y", "x_y"), ("dot. . ", "dot"),
    ("صورة.jpg", "صورة.jpg"), ("a\u{A0}b", "a_b"),
  ])
  func `a name leads nowhere and steers nothing`(_ path: String, _ name: String) {
    #expect(AttachmentName(ofPath: path).text == name)
    #expect(AttachmentName(canonical: name)?.text == name)
  }

  @Test func `a long name is cut before its ending`() {
    let name = AttachmentName(ofPath: String(repeating: "صو", count: 200) + ".jpeg").text
    #expect(name.utf8.count <= 120)
    #expect(name.hasSuffix(".jpeg"))
    #expect(AttachmentName(canonical: name)?.text == name)
  }

  @Test func `a file is cleaned unless told otherwise, and says which`() throws {
    let file = MediaSamples.jpeg()
    let clean = try AttachmentContent(file, path: "/tmp/a.jpg")
    #expect(clean.descriptor.isStripped)
    #expect(clean.bytes == (try MediaStripper.strip(file).bytes))
    let whole = try AttachmentContent(file, path: "/tmp/a.jpg", keepsMetadata: true)
    #expect(!whole.descriptor.isStripped)
    #expect(whole.bytes == file)
    let odd = try AttachmentContent([1, 2, 3], path: "x", keepsMetadata: true)
    #expect(odd.descriptor.mediaType == "application/octet-stream")
    #expect(throws: AttachmentContent.Refusal.media(MediaError(.notStrippable, nil))) {
      try AttachmentContent([1, 2, 3], path: "x")
    }
    #expect(throws: AttachmentContent.Refusal.empty) {
      try AttachmentContent([], path: "x", keepsMetadata: true)
    }
    #expect(throws: AttachmentContent.Refusal.tooLarge) {
      try AttachmentContent(
        [UInt8](repeating: 1, count: AttachmentLimits.bytesMax + 1), path: "x", keepsMetadata: true)
    }
    #expect(AttachmentContent(bytes: clean.bytes, descriptor: clean.descriptor) == clean)
    #expect(AttachmentContent(bytes: whole.bytes, descriptor: clean.descriptor) == nil)
  }
}
