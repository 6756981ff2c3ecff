// How a run ended, for the tool and the runner of tests: as a value, with the code that a process ends with.
import Diagnostics

extension Engine {
  package enum Outcome: Sendable {
    /// `shown` is the value of a last expression, as `print` shows it; nil for `none` and for programs.
    case finished(shown: String?)
    case failed(ScriptError)

    package var diagnostics: [Diagnostic] {
      switch self {
      case .finished: []
      case .failed(let error): error.ending == .wrongArguments ? [] : error.diagnostics
      }
    }

    /// 0 ok, otherwise that of the error.
    package var exitCode: Int {
      switch self {
      case .finished: 0
      case .failed(let error): error.ending.exitCode
      }
    }
  }

  /// Runs a program. `words` are those behind its name on a command line: values of its params and arguments.
  package func run(_ source: SourceFile, words: [String]) -> Outcome {
    outcome { core throws(ScriptError) in try core.runProgram(source, words) }
  }

  /// Runs a line of a session: its top-level names stay, and the value of a last expression is shown.
  package func evaluate(_ source: SourceFile, words: [String] = []) -> Outcome {
    outcome { core throws(ScriptError) in try core.show(source, words) }
  }

  /// Runs the script's `test` blocks whose names `isWanted` accepts, each in its place.
  package func runTests(_ source: SourceFile, isWanted: @escaping @Sendable (String) -> Bool) -> Outcome {
    outcome { core throws(ScriptError) in try core.runTests(source, isWanted: isWanted) }
  }

  private func outcome(_ body: (EngineCore) throws(ScriptError) -> String?) -> Outcome {
    do { return .finished(shown: try state.run(body)) } catch { return .failed(error) }
  }
}

extension ScriptError.Ending {
  /// What a process ends with that runs one script: 1 failed, 2 wrong arguments, 65 does not compile, 130 interrupted.
  public var exitCode: Int {
    switch self {
    case .failed, .limit, .misuse: 1
    case .wrongArguments: 2
    case .doesNotCompile: 65
    case .interrupted: 130
    }
  }
}
