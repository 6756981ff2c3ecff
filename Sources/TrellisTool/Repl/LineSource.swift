// Where the lines of a session come from: the terminal, edited with readline, or a file or pipe as they are.
import CReadline
import Glibc

enum InputLine {
  case line(String)
  /// Ctrl-C: the line is thrown away.
  case cancelled
  case end
}

protocol LineSource {
  /// Waits for the next line.
  func next(prompt: String) -> InputLine
  /// Keeps an entry for later sessions.
  func remember(_ entry: String)
  func close()
}

/// readline through its callbacks: this loop waits for keys and for Ctrl-C at once, and no Swift frame ever lies below
/// one of readline's.
struct TerminalLines: LineSource {
  private let historyPath: String?
  private static let historyLimit: Int32 = 10_000

  init() {
    trellis_editor_set_up("trellis") { text, index in
      guard let text else { return nil }
      let names = Completion.ends(of: String(cString: text))
      return Int(index) < names.count ? strdup(names[Int(index)]) : nil
    }
    historyPath = TerminalLines.makeHistoryPath()
    if let historyPath { trellis_history_load(historyPath) }
  }

  func next(prompt: String) -> InputLine {
    Interrupt.reset()
    trellis_editor_begin(prompt)
    while true {
      var waits = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
        pollfd(fd: Interrupt.wakeDescriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&waits, 2, -1)
      if ready < 0 && errno != EINTR { return .end }
      if ready <= 0 { continue }
      if waits[1].revents != 0 {
        trellis_editor_cancel_line()
        return .cancelled
      }
      if waits[0].revents == 0 { continue }
      switch UInt32(trellis_editor_read()) {
      case TRELLIS_EDITOR_LINE.rawValue:
        guard let line = trellis_editor_take_line() else { return .end }
        defer { free(line) }
        return .line(String(cString: line))
      case TRELLIS_EDITOR_END.rawValue:
        Stream.output.line("")
        return .end
      default: continue
      }
    }
  }

  func remember(_ entry: String) {
    // One entry a line in the file; an entry of several lines is kept as one.
    trellis_history_add(entry.split(separator: "\n").joined(separator: " "))
  }

  func close() {
    trellis_editor_end()
    if let historyPath { _ = trellis_history_save(historyPath, TerminalLines.historyLimit) }
  }

  /// `history` in the user's folder for state; nil where there is no home.
  private static func makeHistoryPath() -> String? {
    let base = environment("XDG_STATE_HOME") ?? environment("HOME").map { $0 + "/.local/state" }
    guard let base, base.hasPrefix("/") else { return nil }
    var path = ""
    for part in (base + "/trellis").split(separator: "/") {
      path += "/" + part
      mkdir(path, 0o700)
    }
    return path + "/history"
  }
}

/// Lines of a file or a pipe.
struct PlainLines: LineSource {
  func next(prompt: String) -> InputLine {
    guard let line = readLine(strippingNewline: true) else { return .end }
    return .line(line)
  }
  func remember(_ entry: String) {}
  func close() {}
}
