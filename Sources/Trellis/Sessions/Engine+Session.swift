// What an interactive session asks an engine besides running lines. Nothing here runs script code.
import Diagnostics

extension Engine {
  /// How the values of a session's lines are shown.
  package enum Display: Sendable {
    /// As `print` shows them.
    case plain
    /// For people: tensors with shape and element type, long records and tables in aligned lines of so many columns.
    case wide(columns: Int)
    /// One line on what kind of value it is.
    case type
  }

  /// Runs a line of a session and shows its value in that way.
  package func evaluate(_ source: SourceFile, words: [String] = [], as display: Display) -> Outcome {
    onThread { core in
      core.display = display
      defer { core.display = .plain }
      return core.evaluate(source, words: words)
    } ?? .finished(shown: nil)
  }

  /// As `evaluate`, with time and bytes counted by line.
  package func evaluateProfiled(_ source: SourceFile, as display: Display) -> (Outcome, Profile) {
    onThread { core in
      core.display = display
      defer { core.display = .plain }
      return core.profiled { core.evaluate(source, words: []) }
    } ?? (.finished(shown: nil), Profile())
  }

  /// What may stand behind the dot of `path`.
  package func fields(at path: [String]) -> [String] { onThread { $0.fields(at: path) } ?? [] }

  /// The names that arguments of the function behind `path` may have.
  package func parameters(at path: [String]) -> [String] { onThread { $0.parameters(at: path) } ?? [] }

  /// What the session knows of the function behind `path`.
  package func documentation(at path: [String]) -> Documentation? { onThread { $0.documentation(at: path) } ?? nil }

  /// The session's names with one line on what each holds.
  package var variables: [(name: String, kind: String, type: String)] { onThread { $0.variables } ?? [] }

  /// Names of the standard library's modules.
  package static var standardModules: [String] { ModuleStore.standardNames }
}
