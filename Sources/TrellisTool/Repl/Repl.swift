// The interactive session: reads an entry (of several lines where the first ones are incomplete), runs it, shows its
// value, keeps what it defined. An error leaves everything as it was before the statement that failed.
import Diagnostics
import Glibc
import Trellis

func replCommand(_ settings: Settings) throws -> ExitCode {
  let console = Console(json: settings.json)
  let engine = makeEngine(settings, console)
  Interrupt.install(engine)
  let isTerminal = isatty(STDIN_FILENO) == 1
  if isTerminal && !settings.json {
    Stream.output.line("Trellis \(Engine.version). :help lists commands, Ctrl-D leaves.")
  }
  let lines: any LineSource = isTerminal ? TerminalLines() : PlainLines()
  let repl = Repl(engine: engine, console: console, lines: lines, isTerminal: isTerminal)
  let code = try repl.run()
  lines.close()
  return code
}

private final class Repl {
  private let engine: Engine
  private let console: Console
  private let lines: any LineSource
  private let isTerminal: Bool
  private var entryCount = 0
  /// What the last entry that failed ended with; of use to a pipe's other end.
  private var code = ExitCode.success

  init(engine: Engine, console: Console, lines: any LineSource, isTerminal: Bool) {
    self.engine = engine
    self.console = console
    self.lines = lines
    self.isTerminal = isTerminal
  }

  func run() throws -> ExitCode {
    var entry = ""
    while true {
      switch lines.next(prompt: entry.isEmpty ? "> " : "| ") {
      case .end:
        if !entry.isEmpty { _ = try perform(entry) }
        return isTerminal ? .success : code
      case .cancelled: entry = ""
      case .line(let line):
        if entry.isEmpty && line.allSatisfy(\.isWhitespace) { continue }
        // An empty line ends an entry that would wait for more.
        let isForced = !entry.isEmpty && line.allSatisfy(\.isWhitespace)
        entry = entry.isEmpty ? line : entry + "\n" + line
        if !isForced && !entry.hasPrefix(":") && Engine.isIncomplete(entry) { continue }
        lines.remember(entry)
        let goesOn = try perform(entry)
        entry = ""
        if !goesOn { return isTerminal ? .success : code }
      }
    }
  }

  /// False when the session is to end.
  private func perform(_ entry: String) throws -> Bool {
    if entry.hasPrefix(":") { return try command(entry) }
    try evaluate(entry)
    return true
  }

  private func evaluate(_ entry: String) throws {
    entryCount += 1
    let name = "<repl:\(entryCount)>"
    Interrupt.reset()
    let ended = try console.report { () throws(ScriptError) in
      defer { Interrupt.reset() }
      return try engine.show(entry, name: name)
    }
    if ended != .success { code = ended }
    Completion.update(engine.names)
  }

  private func command(_ entry: String) throws -> Bool {
    let name = String(entry.dropFirst().prefix { !$0.isWhitespace })
    let rest = entry.dropFirst(name.count + 1).drop { $0.isWhitespace }
    switch name {
    case "quit", "q": return false
    case "help": help(String(rest))
    case "time": try time(String(rest))
    default:
      let near = Suggest.near(name, among: ["help", "time", "quit"]).first.map { "; did you mean :\($0)?" } ?? ""
      Stream.error.line("there is no command :\(name)\(near)")
    }
    return true
  }

  private func time(_ entry: String) throws {
    let begin = monotonicSeconds()
    try evaluate(entry)
    Stream.output.line("took \(shortNumber((monotonicSeconds() - begin) * 1e3, digits: 4)) ms")
  }

  private func help(_ name: String) {
    if name.isEmpty {
      Stream.output.write(
        Help.columns([
          (":help NAME", "what a builtin does"), (":time EXPR", "run EXPR and say how long it took"),
          (":quit", "leave; so does Ctrl-D"),
        ]))
    } else if let text = Engine.help(name) {
      Stream.output.write(text)
    } else {
      let near = Suggest.near(name, among: Engine.builtinNames).map { "`\($0)`" }.joined(separator: ", ")
      Stream.error.line("there is no builtin \(name)" + (near.isEmpty ? "" : "; near it: \(near)"))
    }
  }
}
