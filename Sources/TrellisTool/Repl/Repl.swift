// The interactive session: reads an entry (of several lines where the first ones are incomplete), runs it, shows its
// value, keeps what it defined. An error leaves everything as it was before the statement that failed.
//
// Read: Repl (the loop), Repl+Commands (what begins with a colon), LineSource (where entries come from) with History,
// Completion with LineContext.
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
  Completion.install(engine)
  let lines: any LineSource = isTerminal ? TerminalLines() : PlainLines()
  let repl = Repl(engine: engine, console: console, lines: lines, settings: settings, isTerminal: isTerminal)
  let code = try repl.run()
  lines.close()
  return code
}

final class Repl {
  let engine: Engine
  let settings: Settings
  let console: Console
  private let lines: any LineSource
  let isTerminal: Bool
  private var entryCount = 0
  /// The last entry that was no command, for `:edit`.
  var lastEntry = ""
  /// What the last entry that failed ended with; of use to a pipe's other end.
  private var code = ExitCode.success

  init(engine: Engine, console: Console, lines: any LineSource, settings: Settings, isTerminal: Bool) {
    self.engine = engine
    self.console = console
    self.lines = lines
    self.settings = settings
    self.isTerminal = isTerminal
  }

  /// How values are shown: for people on a terminal, as `print` shows them to a pipe's other end.
  var display: Engine.Display {
    isTerminal && !settings.json ? .wide(columns: Stream.output.width) : .plain
  }

  func run() throws -> ExitCode {
    if isTerminal { try runStartFile() }
    var entry = ""
    while true {
      switch lines.next(prompt: "> ") {
      case .end:
        if !entry.isEmpty { _ = try perform(entry) }
        return isTerminal ? .success : code
      case .cancelled: entry = ""
      case .line(let line):
        if entry.isEmpty && line.allSatisfy(\.isWhitespace) { continue }
        // In a pipe an empty line ends an entry that would wait for more.
        let isForced = lines.givesWholeEntries || !entry.isEmpty && line.allSatisfy(\.isWhitespace)
        entry = entry.isEmpty ? line : entry + "\n" + line
        if !isForced && Repl.isIncomplete(entry) { continue }
        lines.remember(entry)
        let goesOn = try perform(entry)
        entry = ""
        if !goesOn { return isTerminal ? .success : code }
      }
    }
  }

  /// `.trellisrc` in the home folder: a script whose names the session begins with.
  private func runStartFile() throws {
    guard let home = environment("HOME"), let bytes = try? Files.read(home + "/.trellisrc") else { return }
    let source = SourceFile(name: home + "/.trellisrc", bytes: bytes)
    Interrupt.reset()
    _ = try console.report { () throws(ScriptError) in
      _ = try engine.show(source, as: .plain)
      return nil
    }
  }

  /// False when the session is to end.
  private func perform(_ entry: String) throws -> Bool {
    if Repl.isCommand(entry) { return try command(entry) }
    lastEntry = entry
    try evaluate(entry, as: display)
    return true
  }

  /// Whether an entry should go on: something is open in it, or it documents what has not come yet.
  static func isIncomplete(_ entry: String) -> Bool {
    if isCommand(entry) { return false }
    let lines = entry.split(separator: "\n").map { $0.drop { $0 == " " } }
    return !lines.isEmpty && lines.allSatisfy { $0.hasPrefix("##") } || Engine.isIncomplete(entry)
  }

  /// The source of an entry, under a name of its own.
  func source(_ entry: String) -> SourceFile {
    entryCount += 1
    return SourceFile(name: "<repl:\(entryCount)>", bytes: Array(entry.utf8))
  }

  func remember(_ entry: String) { lines.remember(entry) }

  func evaluate(_ entry: String, as display: Engine.Display) throws {
    let source = source(entry)
    try run { engine throws(ScriptError) in try engine.show(source, as: display) }
  }

  /// Runs something that Ctrl-C stops, and reports how it ended.
  func run(_ work: (Engine) throws(ScriptError) -> String?) throws {
    Interrupt.reset()
    let ended = try console.report { () throws(ScriptError) in
      defer { Interrupt.reset() }
      return try work(engine)
    }
    if ended != .success { code = ended }
  }
}
