// What begins with a colon, as a table that `:help`, completion and near-miss suggestions read; and `?name`.
import Diagnostics
import Glibc
import Trellis

extension Repl {
  enum Operand: Sendable { case nothing, name, expression, file }

  struct Command: Sendable {
    let name: String
    let operand: Operand
    /// As help shows what stands behind it.
    let shown: String
    let summary: String
    /// False ends the session.
    let run: @Sendable (Repl, String) throws -> Bool
  }

  static let commands: [Command] = [
    Command(name: "help", operand: .name, shown: "[NAME]", summary: "what a name does; so does ?NAME") { repl, name in
      repl.help(name)
      return true
    },
    Command(name: "type", operand: .expression, shown: "EXPR", summary: "what kind of value EXPR has") { repl, entry in
      try repl.evaluate(entry, as: .type)
      return true
    },
    Command(name: "time", operand: .expression, shown: "EXPR", summary: "run EXPR and say how long it took") {
      repl, entry in
      let begin = monotonicSeconds()
      try repl.evaluate(entry, as: repl.display)
      Stream.output.line("took \(shortNumber((monotonicSeconds() - begin) * 1e3, digits: 4)) ms")
      return true
    },
    Command(
      name: "profile", operand: .expression, shown: "EXPR", summary: "run EXPR and say where time and memory went"
    ) {
      repl, entry in
      var profile = Engine.Profile()
      let source = repl.source(entry)
      try repl.run { engine throws(ScriptError) in try engine.show(source, as: repl.display, profile: &profile) }
      showProfile(profile, json: repl.settings.json)
      return true
    },
    Command(name: "vars", operand: .nothing, shown: "", summary: "the names of this session and what they hold") {
      repl, _ in
      repl.listVariables()
      return true
    },
    Command(name: "load", operand: .file, shown: "FILE [WORD]...", summary: "run a script here and keep its names") {
      repl, rest in
      try repl.load(rest)
      return true
    },
    Command(
      name: "edit", operand: .file, shown: "[FILE]",
      summary: "open FILE or the last entry in your editor ($VISUAL, $EDITOR), then run it"
    ) { repl, rest in
      try repl.edit(rest)
      return true
    },
    Command(name: "quit", operand: .nothing, shown: "", summary: "leave; so does Ctrl-D") { _, _ in false },
  ]

  static var commandNames: [String] { commands.map(\.name) }

  static func isCommand(_ entry: String) -> Bool { entry.hasPrefix(":") || entry.hasPrefix("?") }

  /// The command that a line begins with, once a space stands behind its name.
  static func command(_ line: String) -> Command? {
    guard line.hasPrefix(":"), let space = line.firstIndex(of: " ") else { return nil }
    let name = line[line.index(after: line.startIndex)..<space]
    return commands.first { $0.name == name }
  }

  func command(_ entry: String) throws -> Bool {
    if entry.hasPrefix("?") {
      help(trimmed(entry.dropFirst()))
      return true
    }
    let name = String(entry.dropFirst().prefix { !$0.isWhitespace })
    let rest = trimmed(entry.dropFirst(name.count + 1))
    let meant = name == "q" ? "quit" : name
    guard let command = Repl.commands.first(where: { $0.name == meant }) else {
      let near = Suggest.near(name, among: Repl.commandNames).first.map { "; did you mean :\($0)?" } ?? ""
      Stream.error.line("there is no command :\(name)\(near)")
      return true
    }
    if rest.isEmpty, command.operand == .expression {
      Stream.error.line(":\(command.name) needs an expression: :\(command.name) \(command.shown)")
      return true
    }
    return try command.run(self, rest)
  }

  private func trimmed(_ text: Substring) -> String {
    let front = text.drop { $0.isWhitespace }
    return String(front.reversed().drop { $0.isWhitespace }.reversed())
  }

  // MARK: The commands

  private func help(_ name: String) {
    if name.isEmpty {
      Stream.output.write(
        Help.columns(Repl.commands.map { (":\($0.name)" + ($0.shown.isEmpty ? "" : " \($0.shown)"), $0.summary) })
          + Help.columns([
            ("_", "the last value"), ("Tab", "completes; Enter goes on with what is incomplete, Alt-Enter always"),
            ("Up, Down", "earlier entries that begin as this one does"), ("Ctrl-C", "stops a computation"),
            ("~/.trellisrc", "a script that every session begins with"),
          ]))
      return
    }
    if let own = engine.documentation(at: name.split(separator: ".").map(String.init)) {
      // A module's function has its whole documentation in the index.
      let listed = (try? DocumentationIndex(standardDirectory: environment("TRELLIS_STDLIB")))?.find(name) ?? []
      Stream.output.write((listed.first { $0.name == name && own.summary == $0.summary } ?? own).text)
      return
    }
    _ = showDocumentation(name)
  }

  private func listVariables() {
    let rows = engine.variables
    let width = rows.map(\.name.count).max() ?? 0
    for row in rows {
      let gap = String(repeating: " ", count: width - row.name.count + 2)
      let kind = row.kind + String(repeating: " ", count: 6 - row.kind.count)
      Stream.output.line("\(kind) \(row.name)\(gap)\(row.type.prefix(max(20, Stream.output.width - width - 10)))")
    }
    if rows.isEmpty { Stream.output.line("nothing has a name yet") }
  }

  private func load(_ rest: String) throws {
    let words = rest.split(separator: " ").map(String.init)
    guard let path = words.first else {
      Stream.error.line(":load needs a file: :load FILE")
      return
    }
    do {
      let source = SourceFile(name: path, bytes: try Files.read(path))
      try run { engine throws(ScriptError) in
        try engine.show(source, arguments: Array(words.dropFirst()), as: display)
      }
    } catch let problem as Diagnostic {
      console.problems([problem])
    } catch let error as UsageError {
      Stream.error.line(error.message)
    }
  }

  /// Opens the user's editor on a file and waits for it.
  private func edit(_ rest: String) throws {
    let isFile = !rest.isEmpty
    var path = rest
    if !isFile {
      var name = Array(((environment("TMPDIR") ?? "/tmp") + "/trellis-XXXXXX.trl").utf8CString)
      let descriptor = mkstemps(&name, 4)
      guard descriptor >= 0 else {
        Stream.error.line("there is no room for a temporary file: \(String(cString: strerror(errno)))")
        return
      }
      Glibc.close(descriptor)
      path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    defer { if !isFile { unlink(path) } }
    let editor = environment("VISUAL") ?? environment("EDITOR") ?? "vi"
    do {
      if !isFile { try Files.replace(path, with: Array((lastEntry + "\n").utf8)) }
      let quoted = path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      guard system("\(editor) '\(quoted)'") == 0 else {
        Stream.error.line("\(editor) failed; nothing was run")
        return
      }
      if isFile { return try load(path) }
      var entry = String(decoding: try Files.read(path), as: UTF8.self)
      while entry.last == "\n" { entry.removeLast() }
      if entry.isEmpty { return }
      lastEntry = entry
      remember(entry)
      try evaluate(entry, as: display)
    } catch let problem as Diagnostic {
      console.problems([problem])
    }
  }
}
