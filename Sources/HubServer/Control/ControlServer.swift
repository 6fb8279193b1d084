internal import Dispatch
internal import Glibc
internal import Logging
internal import ReplicaStore
internal import ServiceLifecycle
internal import Synchronization

/// The operator's way into a serving hub: a socket in the home that only the same user may open.
///
/// One request line, lines of answer, end. Each connection has a thread that may block.
final class ControlServer: Service, Sendable {
  /// Commands at once; an operator has two hands.
  private static let connectionsMax = 8
  private static let timeOutSeconds = 60

  private let home: HubHome
  private let handler: ControlHandler
  private let logger: Logger
  private let listener: Int32
  private let stopReader: Int32
  private let stopWriter: Int32
  private let queue = DispatchQueue(label: "yarrow.hub.control", attributes: .concurrent)
  private let slots = DispatchSemaphore(value: connectionsMax)
  private let running = DispatchGroup()

  /// Binds the socket. The caller holds the home's lock, so a socket that is there is a dead one.
  init(home: HubHome, handler: ControlHandler, logger: Logger) throws {
    self.home = home
    self.handler = handler
    self.logger = logger
    let failed = HubServerError(
      .control, "The control socket \(home.controlPath) cannot be made; check the home's rights.")
    let listener = ControlAddress.socket()
    guard listener >= 0 else { throw failed }
    unlink(home.controlPath)
    // Linux makes the socket's file with the mode of the descriptor.
    fchmod(listener, 0o600)
    guard ControlAddress.withAddress(of: home, { bind(listener, $0, $1) }) == 0,
      chmod(home.controlPath, 0o600) == 0, Glibc.listen(listener, 16) == 0
    else {
      close(listener)
      throw failed
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      close(listener)
      throw failed
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    self.listener = listener
    stopReader = ends[0]
    stopWriter = ends[1]
  }

  deinit {
    close(listener)
    close(stopReader)
    close(stopWriter)
  }

  /// Accepts until the surrounding service group stops, then waits for the commands that run.
  func run() async throws {
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
          queue.async {
            self.accept()
            self.running.wait()
            unlink(self.home.controlPath)
            done.resume()
          }
        }
      } onGracefulShutdown: {
        self.stop()
      }
    } onCancel: {
      stop()
    }
  }

  private func stop() {
    var byte: UInt8 = 1
    _ = write(stopWriter, &byte, 1)
  }

  private func accept() {
    while true {
      var waiting = [
        pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
        pollfd(fd: stopReader, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&waiting, 2, -1) > 0 else {
        if errno == EINTR { continue }
        return
      }
      if waiting[1].revents != 0 { return }
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { continue }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      slots.wait()
      let connection = Unchecked(ControlConnection(descriptor))
      queue.async(group: running) {
        self.serve(connection.value)
        self.slots.signal()
      }
    }
  }

  private func serve(_ connection: ControlConnection) {
    connection.setTimeOut(seconds: Self.timeOutSeconds)
    guard connection.isSameUser else {
      logger.warning("control connection of another user refused")
      return
    }
    do {
      guard let request = try connection.receive(ControlRequest.self) else { return }
      try handler.answer(request) { try connection.send($0) }
    } catch {
      // The operator's command went away or spoke nonsense; there is nobody to tell.
      logger.debug("control connection ended early")
    }
  }
}

/// Hands a connection to the one thread that will use it.
private struct Unchecked<Value>: @unchecked Sendable {
  // The giver keeps no reference: `accept` makes the value and passes it on at once.
  let value: Value
  init(_ value: Value) { self.value = value }
}
