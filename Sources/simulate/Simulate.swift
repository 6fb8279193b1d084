import SyncSimulator

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Worlds from one seed on, until so many sessions are done (simulation §6).
@main
enum Simulate {
  private static let usage =
    "usage: Tools/simulate --seed S [--sessions N] [--trace] [--planted FAULT] [--without FAULT,…]\n"

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    func value(after name: String) -> String? {
      guard let place = arguments.firstIndex(of: name), place + 1 < arguments.endIndex else {
        return nil
      }
      return arguments[place + 1]
    }
    func number(after name: String) -> UInt64? { value(after: name).flatMap { UInt64($0) } }
    let planted = value(after: "--planted").flatMap { PlantedFault(rawValue: $0) }
    let leftOut = (value(after: "--without") ?? "").split(separator: ",").map(String.init)
    guard let seed = number(after: "--seed") else {
      say(usage, to: 2)
      exit(64)
    }
    let sessions = Int(clamping: number(after: "--sessions") ?? 1)
    let isTraced = arguments.contains("--trace")
    let began = ContinuousClock.now
    var campaign = Campaign(firstSeed: seed)
    do {
      while campaign.sessions < sessions {
        let outcome = try campaign.next(planted: planted, leftOut: leftOut) {
          if isTraced { say($0 + "\n", to: 1) }
        }
        if !outcome.findings.isEmpty || sessions == 1 { say(outcome.report, to: 1) }
        if campaign.worlds % 200 == 0 { say(campaign.summary(after: began.duration(to: .now)), to: 2) }
      }
    } catch {
      say("the simulation itself failed at seed \(campaign.nextSeed): \(error)\n", to: 2)
      exit(70)
    }
    say(campaign.summary(after: began.duration(to: .now)), to: 1)
    exit(campaign.failedSeeds.isEmpty ? 0 : 1)
  }

  private static func say(_ text: String, to descriptor: Int32) {
    _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }
}
