import Foundation
import Glibc

@testable import Console

/// A terminal made of two descriptors: what a person sees and types, and what a program has.
final class PseudoTerminal {
  let person: Int32
  let program: Int32
  let path: String

  init() {
    var ends: [Int32] = [-1, -1]
    let opened = ends.withUnsafeMutableBufferPointer {
      openpty(&$0[0], &$0[1], nil, nil, nil)
    }
    precondition(opened == 0)
    (person, program) = (ends[0], ends[1])
    path = String(cString: ttyname(program))
  }

  deinit {
    close(person)
    close(program)
  }

  var settings: [UInt32] {
    var settings = termios()
    tcgetattr(program, &settings)
    return [settings.c_iflag, settings.c_oflag, settings.c_lflag]
  }

  /// What was drawn and not read yet.
  func seen() -> String {
    var all: [UInt8] = []
    while let bytes = Self.read(person, milliseconds: 0) { all += bytes }
    return String(decoding: all, as: UTF8.self)
  }

  /// Nil when nothing comes in time.
  static func read(_ file: Int32, milliseconds: Int32) -> [UInt8]? {
    var poller = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
    guard poll(&poller, 1, milliseconds) > 0, poller.revents & Int16(POLLIN) != 0 else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = Glibc.read(file, &bytes, bytes.count)
    return count > 0 ? Array(bytes[..<count]) : nil
  }
}

/// Somebody at a terminal: waits to see a text, types the answer, waits for the next.
///
/// On a thread of its own, since a prompt blocks its caller. After ten seconds without the text it types
/// Ctrl-C and a line break, so that a failing test ends.
final class Person: Sendable {
  private let finished = DispatchSemaphore(value: 0)
  private let screens = Box()

  private final class Box: @unchecked Sendable {
    // Written by the thread before it signals, read by the test after it waited.
    var value: [String] = []
  }

  init(_ terminal: PseudoTerminal, _ script: [(sees: String, types: String)]) {
    let file = terminal.person
    Thread { [finished, screens] in
      for step in script {
        var all: [UInt8] = []
        while !String(decoding: all, as: UTF8.self).contains(step.sees) {
          guard let bytes = PseudoTerminal.read(file, milliseconds: 10_000) else {
            FileDescriptorWriter.write("\u{3}\n", to: file)
            break
          }
          all += bytes
        }
        screens.value.append(String(decoding: all, as: UTF8.self))
        FileDescriptorWriter.write(step.types, to: file)
      }
      finished.signal()
    }.start()
  }

  /// What was on the screen at each step.
  func wait() -> [String] {
    finished.wait()
    return screens.value
  }
}
