// The command `trellis`. Reading order: CommandLine/ (what was asked for), Commands/ (one file a verb), Console/ (what
// people and programs see of a run), Repl/.
import Glibc
import Trellis

// A reader of our output that goes away ends us, quietly, even if whoever started us ignored the signal.
signal(SIGPIPE, SIG_DFL)

private func invoke(_ words: [String]) throws -> ExitCode {
  let arguments = try Arguments(words)
  let settings = arguments.settings
  if settings.wantsVersion {
    Stream.output.write(versionText())
    return .success
  }
  if settings.wantsHelp, let verb = arguments.verb {
    // `run --help FILE` is the script's help.
    if case .verb(_, let operands) = arguments.invocation, verb.passesThrough, !operands.isEmpty {
      return try verb.run(settings, operands)
    }
    Stream.output.write(Help.verb(verb))
    return .success
  }
  switch arguments.invocation {
  case .verb(let verb, let operands): return try verb.run(settings, operands)
  case .expression(let expression, let words): return try evaluateCommand(settings, expression, words)
  case .repl:
    if settings.wantsHelp {
      Stream.output.write(Help.tool())
      return .success
    }
    return try replCommand(settings)
  }
}

private func run() -> ExitCode {
  do {
    return try invoke(Array(CommandLine.arguments.dropFirst()))
  } catch let error as UsageError {
    Stream.error.line("trellis: \(error.message)")
    if let hint = error.hint { Stream.error.line("  \(hint)") }
    return .wrongCommandLine
  } catch {
    Stream.error.line("trellis: \(error)")
    return .failed
  }
}

let code = run()
Stream.output.flush()
Stream.error.flush()
// Not `exit`: destructors of an engine that is going away anyhow would only cost time.
_exit(code.rawValue)
