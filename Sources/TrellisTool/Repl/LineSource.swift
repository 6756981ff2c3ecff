// Where the entries of a session come from: the terminal, edited with readline, or the lines of a file or pipe.
import CReadline
import Glibc
import Trellis

enum InputLine {
  /// An entry of a terminal, or a line of a pipe.
  case line(String)
  /// Ctrl-C: the entry is thrown away.
  case cancelled
  case end
}

protocol LineSource {
  /// Waits for the next entry.
  func next(prompt: String) -> InputLine
  /// Whether an entry is one that the user has finished; lines are joined otherwise as long as more could follow.
  var givesWholeEntries: Bool { get }
  /// Keeps an entry for later.
  func remember(_ entry: String)
  func close()
}

/// readline through its callbacks: this loop waits for keys and for Ctrl-C at once, and no Swift frame ever lies below
/// one of readline's.
struct TerminalLines: LineSource {
  private let history = History()
  let givesWholeEntries = true

  init() {
    let callbacks = trellis_editor_callbacks(
      complete: { line, start, end, index in
        guard let line else { return nil }
        return Completion.candidate(String(cString: line), Int(start), Int(end), Int(index)).flatMap { strdup($0) }
      },
      is_incomplete: { line in
        guard let line else { return 0 }
        let text = String(cString: line)
        return Repl.isIncomplete(text) ? 1 : 0
      },
      depth: { line, point in
        guard let line else { return 0 }
        return Int32(LineContext(Array(String(cString: line).utf8.prefix(Int(point)))).brackets.count)
      })
    trellis_editor_set_up("trellis", callbacks)
    for entry in history.load() { trellis_history_add(entry) }
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
    trellis_history_add(entry)
    history.append(entry)
  }

  func close() { trellis_editor_end() }
}

/// Lines of a file or a pipe.
struct PlainLines: LineSource {
  let givesWholeEntries = false

  func next(prompt: String) -> InputLine {
    guard let line = readLine(strippingNewline: true) else { return .end }
    return .line(line)
  }
  func remember(_ entry: String) {}
  func close() {}
}
