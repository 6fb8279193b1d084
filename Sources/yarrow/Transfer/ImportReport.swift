import Console
import Forms

/// What became of the lines of a file.
struct ImportReport {
  struct Refused {
    let line: Int
    let field: String
    /// To switch on.
    let code: String
    private let finding: Finding?
    private let message: Message?

    init(line: Int, finding: Finding) {
      self.line = line
      field = finding.path.description
      code = finding.code.rawValue
      self.finding = finding
      message = nil
    }

    init(line: Int, code: String, message: Message) {
      self.line = line
      field = ""
      self.code = code
      finding = nil
      self.message = message
    }

    func why(_ language: String, _ catalog: Catalog) -> String {
      finding?.message(language) ?? message?.text(in: catalog) ?? code
    }
  }

  var saved = 0
  var refused: [Refused] = []
  /// How many were saved for an area in which this device may not record.
  var foreignAreas: [String: Int] = [:]

  mutating func add(_ line: Int, _ findings: [Finding]) {
    refused += findings.map { Refused(line: line, finding: $0) }
  }
}
