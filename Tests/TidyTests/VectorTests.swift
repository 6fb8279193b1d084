import Foundation
import Testing

/// What stands in `Protocol/vectors`: a folder for each subject, a file for each case.
struct VectorFolder {
  let name: String
  let files: [(name: String, data: Data)]

  enum Outcome { case accept, refuse }

  /// What every vector says: the case in words, and the outcome or the values that follow.
  static func outcome(of data: Data) -> Outcome? {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let what = object["what"] as? String, !what.isEmpty, let expect = object["expect"]
    else { return nil }
    if let word = expect as? String {
      return word == "accept" ? .accept : word.hasPrefix("refuse:") ? .refuse : nil
    }
    // Values to compare with: the case is accepted and gives them.
    return (expect as? [String: Any])?.isEmpty == false ? .accept : nil
  }

  var findings: [String] {
    if files.isEmpty { return ["\(name): a folder without a vector"] }
    return files.filter { $0.name.hasSuffix(".json") && Self.outcome(of: $0.data) == nil }.map {
      "\(name)/\($0.name): say `what` it shows, and `expect`: accept, refuse:<code>, or values"
    }
  }

  static let all: [VectorFolder] = Repository.names(in: "Protocol/vectors")
    .filter { !$0.contains(".") }.map { folder in
      let path = "Protocol/vectors/" + folder
      return VectorFolder(
        name: folder,
        files: Repository.names(in: path).compactMap { name in
          (try? Data(contentsOf: Repository.root.appending(path: path + "/" + name))).map {
            (name, $0)
          }
        })
    }
}

@Suite struct VectorTests {
  @Test func `every vector says what it shows and what to expect`() {
    #expect(VectorFolder.all.count >= 7)
    #expect(VectorFolder.all.flatMap(\.findings) == [])
  }

  @Test func `acceptance and refusal are both shown`() {
    let outcomes = VectorFolder.all.flatMap(\.files).map { VectorFolder.outcome(of: $0.data) }
    #expect(outcomes.count { $0 == .accept } >= 20)
    #expect(outcomes.count { $0 == .refuse } >= 40)
  }

  @Test(arguments: [
    #"{"expect":"accept"}"#, #"{"what":"a short array"}"#, #"{"what":"", "expect":"accept"}"#,
    #"{"what":"a short array","expect":"fine"}"#, #"{"what":"a short array","expect":{}}"#,
    #"[{"what":"a short array","expect":"accept"}]"#, "{",
  ]) func `a planted vector without its words is found`(_ text: String) {
    let good = Data(#"{"what":"a short array","expect":"refuse:truncated"}"#.utf8)
    let folder = VectorFolder(
      name: "cbor", files: [("bad.json", Data(text.utf8)), ("good.json", good)])
    #expect(folder.findings.count == 1)
    #expect(VectorFolder(name: "empty", files: []).findings.count == 1)
  }
}
