import Foundation

// inprocess saved HOME PASSPHRASE-FILE REPORTS | inprocess pages DIRECTORY TIMES
let arguments = Array(CommandLine.arguments.dropFirst())

func fail(_ text: String, _ code: Int32) -> Never {
  FileHandle.standardError.write(Data("inprocess: \(text)\n".utf8))
  exit(code)
}

do {
  switch (arguments.first, arguments.count) {
  case ("saved", 4):
    let text = try String(contentsOfFile: arguments[2], encoding: .utf8)
    try SavedBenchmark.run(
      home: arguments[1], passphrase: Array(text.prefix { $0 != "\n" }.utf8),
      reports: arguments[3])
  case ("pages", 3):
    try PagesBenchmark.run(in: arguments[1], times: Int(arguments[2]) ?? 3)
  default:
    fail("saved HOME PASSPHRASE-FILE REPORTS | pages DIRECTORY TIMES", 64)
  }
} catch {
  fail("\(error)", 70)
}
