// `trellis FILE`, `trellis -e EXPR` and `trellis run --help FILE`.
import Diagnostics
import Glibc
import Trellis

func runCommand(_ settings: Settings, _ operands: [String]) throws -> ExitCode {
  guard let file = operands.first else {
    throw UsageError("run needs a script", hint: "trellis run FILE, or - for standard input")
  }
  let source = try readScript(file)
  if settings.wantsHelp || operands.dropFirst().contains("--help") && !declares("help", source) {
    Stream.output.write(scriptHelp(source, file))
    return .success
  }
  let words = Array(operands.dropFirst())
  return try execute(settings) { engine throws(ScriptError) in
    try engine.runProgram(source, arguments: words)
    return nil
  }
}

func evaluateCommand(_ settings: Settings, _ expression: String, _ words: [String]) throws -> ExitCode {
  try execute(settings) { engine throws(ScriptError) in
    try engine.show(expression, name: "<expression>", arguments: words)
  }
}

/// Makes an engine as the settings ask, lets it work, and reports.
private func execute(
  _ settings: Settings, _ work: (Engine) throws(ScriptError) -> String?
) throws -> ExitCode {
  let console = Console(json: settings.json)
  let engine = makeEngine(settings, console)
  Interrupt.install(engine)
  let code = try console.report { () throws(ScriptError) in
    defer { Interrupt.reset() }
    return try work(engine)
  }
  if settings.profile { showProfile(engine.profile, json: settings.json) }
  return code
}

/// An engine that reports to `console` and computes with as many threads as asked for.
func makeEngine(_ settings: Settings, _ console: Console) -> Engine {
  Engine.setThreads(settings.threads ?? Engine.defaultThreads)
  return Engine(configuration(settings), hooks: console.hooks)
}

func configuration(_ settings: Settings) -> Engine.Configuration {
  var configuration = Engine.Configuration()
  if let seed = settings.seed { configuration.seed = seed }
  configuration.standardLibrary = environment("TRELLIS_STDLIB")
  configuration.profiles = settings.profile
  configuration.permissions = .everything
  return configuration
}

/// The script's text; a file that can't be read is a wrong command line.
func readScript(_ file: String) throws -> SourceFile {
  do {
    return SourceFile(name: file == "-" ? "<stdin>" : file, bytes: try Files.read(file))
  } catch let problem as Diagnostic {
    throw UsageError(problem.problem.message)
  }
}

private func declares(_ name: String, _ source: SourceFile) -> Bool {
  ScriptSummary(source).parameters.contains { $0.name == name }
}

/// What the script's own lines say about it.
private func scriptHelp(_ source: SourceFile, _ file: String) -> String {
  let summary = ScriptSummary(source)
  var text = summary.documentation.map { $0 + "\n\n" } ?? ""
  text += "usage: trellis \(file) [OPTION]... [ARGUMENT]...\n\noptions:\n"
  let rows = summary.parameters.map { parameter -> (String, String) in
    let left = parameter.kind == .flag ? parameter.option : "\(parameter.option) \(parameter.kind.placeholder)"
    let base = parameter.kind == .flag && parameter.defaultText == "false" ? "" : "(default: \(parameter.defaultText))"
    return (left, [parameter.help ?? "", base].filter { !$0.isEmpty }.joined(separator: " "))
  }
  return text + Help.columns(rows)
}
