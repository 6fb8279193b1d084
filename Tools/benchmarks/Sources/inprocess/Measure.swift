import Foundation

enum Measure {
  /// Processor seconds of this process, in user and system mode.
  static var processorSeconds: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)  // 0 is RUSAGE_SELF, which Glibc types otherwise.
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  static func processor(_ body: () throws -> Void) rethrows -> Double {
    let before = processorSeconds
    try body()
    return processorSeconds - before
  }

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  static func bytes(of path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  /// One JSON object on stdout, numbers only.
  static func print(_ figures: [String: Double]) throws {
    let data = try JSONSerialization.data(withJSONObject: figures, options: .sortedKeys)
    Swift.print(String(decoding: data, as: UTF8.self))
  }
}
