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
  private let isOpen = Mutex(false)
  /// Ends when the last command was answered.
  private let answering: AsyncStream<Never>
  private let answered: AsyncStream<Never>.Continuation

  /// The caller holds the home's lock, so a socket that is there is a dead one, and goes.
  init(home: HubHome, handler: ControlHandler, logger: Logger) throws {
    self.home = home
    self.handler = handler
    self.logger = logger
    let listener = ControlAddress.socket()
    var ends: [Int32] = [0, 0]
    guard listener >= 0, pipe(&ends) == 0 else {
      close(listener)
      throw Self.unmakeable(home)
    }
    unlink(home.controlPath)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    self.listener = listener
    stopReader = ends[0]
    stopWriter = ends[1]
    (answering, answered) = AsyncStream.makeStream()
  }

  deinit {
    close(listener)
    close(stopReader)
    close(stopWriter)
  }

  /// Binds the socket: from now on commands are answered by this process, so call it when devices
  /// are answered too. Until then commands wait for it (``HubControl``).
  func open() throws {
    // Linux makes the socket's file with the mode of the descriptor.
    fchmod(listener, 0o600)
    guard ControlAddress.withAddress(of: home, { bind(listener, $0, $1) }) == 0,
      chmod(home.controlPath, 0o600) == 0, Glibc.listen(listener, 16) == 0
    else { throw Self.unmakeable(home) }
    isOpen.withLock { $0 = true }
    // A thread of its own from the start: nothing that waits for an answer may keep it from coming.
    queue.async {
      self.accept()
      self.running.wait()
      unlink(self.home.controlPath)
      self.answered.finish()
    }
  }

  private static func unmakeable(_ home: HubHome) -> HubServerError {
    HubServerError(
      .control, "The control socket \(home.controlPath) cannot be made; check the home's rights.")
  }

  /// Returns when the surrounding service group stops and the commands that run are answered.
  func run() async throws {
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        for await _ in answering {}
      } onGracefulShutdown: {
        self.stop()
      }
    } onCancel: {
      stop()
    }
  }

  func stop() {
    var byte: UInt8 = 1
    _ = write(stopWriter, &byte, 1)
    if !isOpen.withLock({ $0 }) { answered.finish() }
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
