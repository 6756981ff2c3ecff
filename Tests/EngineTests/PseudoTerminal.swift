// A program behind a terminal of its own, driven as a person would: type, wait for what the screen says, press Ctrl-C.
// The program becomes the leader of a session whose controlling terminal is ours, so Ctrl-C reaches it as a signal.
import Glibc

final class PseudoTerminal {
  struct TimedOut: Error, CustomStringConvertible {
    let wanted: String
    let seen: String
    var description: String { "waited for '\(wanted)', saw '\(seen.suffix(2000))'" }
  }

  private let primary: Int32
  private var process = pid_t()
  /// Everything the program has written and nobody has waited for yet.
  private var pending: [UInt8] = []
  private var hasEnded = false

  init?(_ program: String, _ arguments: [String], environment: [String: String]) {
    // What posix_openpt, unlockpt and ptsname do on Linux; Swift's C module leaves them out.
    let (unlock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
    primary = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard primary >= 0, ioctl(primary, unlock, &locked) == 0, ioctl(primary, getNumber, &number) == 0 else {
      return nil
    }
    let name = "/dev/pts/\(number)"
    var size = winsize(ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(primary, UInt(TIOCSWINSZ), &size)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that the leader of a new session opens becomes its controlling terminal.
    posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    let newSession: Int16 = 0x80  // POSIX_SPAWN_SETSID
    posix_spawnattr_setflags(&attributes, newSession)

    let words = ([program] + arguments).map { strdup($0) }
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in words + variables { free(text) } }
    guard posix_spawn(&process, program, &actions, &attributes, words + [nil], variables + [nil]) == 0 else {
      return nil
    }
  }

  deinit {
    if !hasEnded {
      kill(process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
    close(primary)
  }

  /// Types `text`.
  func type(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(primary, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }

  func pressControlC() { type("\u{3}") }
  func pressControlD() { type("\u{4}") }

  /// Waits until the program has written `text`; gives what it wrote up to the end of it.
  @discardableResult
  func wait(for text: String, seconds: Double = 10) throws -> String {
    let wanted = Array(text.utf8)
    let end = now() + seconds
    while true {
      if let index = find(wanted) {
        let seen = String(decoding: pending[..<(index + wanted.count)], as: UTF8.self)
        pending.removeFirst(index + wanted.count)
        return seen
      }
      guard readMore(until: end) else { throw TimedOut(wanted: text, seen: String(decoding: pending, as: UTF8.self)) }
    }
  }

  /// Waits for the end of the program; its exit code, or minus the signal that ended it.
  func waitForEnd(seconds: Double = 10) throws -> Int {
    let end = now() + seconds
    while true {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        hasEnded = true
        return status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : -Int(status & 0x7F)
      }
      if now() > end {
        throw TimedOut(wanted: "the end of the program", seen: String(decoding: pending, as: UTF8.self))
      }
      // A program whose output nobody reads would wait for ever.
      _ = readMore(until: min(end, now() + 0.02))
    }
  }

  private func find(_ wanted: [UInt8]) -> Int? {
    guard pending.count >= wanted.count else { return nil }
    return (0...(pending.count - wanted.count)).first { pending[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }

  private func readMore(until end: Double) -> Bool {
    while true {
      let left = end - now()
      if left <= 0 { return false }
      var waiting = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, Int32(left * 1000) + 1)
      if ready < 0 && errno == EINTR { continue }
      guard ready > 0 else { return false }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(primary, &buffer, buffer.count)
      guard count > 0 else { return false }
      pending += buffer[..<count]
      return true
    }
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
