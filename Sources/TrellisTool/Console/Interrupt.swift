// Ctrl-C. The signal handler sets the engine's flag, which the machine and the kernels poll, and writes a byte into a
// pipe, which wakes the REPL while it waits for input. A script that is still running a second after a second Ctrl-C
// takes the process with it.
import Glibc
import Trellis

enum Interrupt {
  /// What the handler touches: plain memory made before the handler is installed.
  private struct State {
    var flag: UnsafeMutablePointer<Int32>
    var count: Int32 = 0
    var pipeRead: Int32 = -1
    var pipeWrite: Int32 = -1
  }
  nonisolated(unsafe) private static let state: UnsafeMutablePointer<State> = {
    let unused = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    unused.initialize(to: 0)
    let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    state.initialize(to: State(flag: unused))
    return state
  }()

  /// From here on Ctrl-C stops what `engine` runs.
  static func install(_ engine: Engine) {
    state.pointee.flag = engine.cancelFlag
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      state.pointee.pipeRead = ends[0]
      state.pointee.pipeWrite = ends[1]
    }
    handle(SIGINT) { _ in
      let code = errno
      let state = Interrupt.state
      state.pointee.flag.pointee = 1
      state.pointee.count += 1
      if state.pointee.count == 2 { alarm(1) }
      var byte: UInt8 = 0
      _ = write(state.pointee.pipeWrite, &byte, 1)
      errno = code
    }
    handle(SIGALRM) { _ in _exit(ExitCode.interrupted.rawValue) }
    // Whoever started us may have these blocked, as some runners of tests do.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Readable once Ctrl-C was pressed.
  static var wakeDescriptor: Int32 { state.pointee.pipeRead }

  /// Forgets earlier Ctrl-Cs: before a run begins and after it has ended. True if there were any.
  @discardableResult
  static func reset() -> Bool {
    alarm(0)
    let wasPressed = state.pointee.count > 0
    state.pointee.count = 0
    state.pointee.flag.pointee = 0
    var bytes: [UInt8] = Array(repeating: 0, count: 16)
    while read(state.pointee.pipeRead, &bytes, bytes.count) > 0 {}
    return wasPressed
  }

  private static func handle(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigemptyset(&action.sa_mask)
    // A slow read or write goes on after the signal; poll never does.
    action.sa_flags = SA_RESTART
    sigaction(signal, &action, nil)
  }
}
