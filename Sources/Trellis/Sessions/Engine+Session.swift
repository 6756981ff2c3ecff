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

  /// Runs a line of a session and gives its value, shown in that way; nil for `none`.
  package func show(
    _ source: SourceFile, arguments: [String] = [], as display: Display
  ) throws(ScriptError) -> String? {
    try state.run { core throws(ScriptError) in
      core.display = display
      defer { core.display = .plain }
      return try core.show(source, arguments)
    }
  }

  /// The same, with time and bytes counted by line.
  package func show(
    _ source: SourceFile, as display: Display, profile: inout Profile
  ) throws(ScriptError) -> String? {
    try state.run { core throws(ScriptError) in
      core.display = display
      defer { core.display = .plain }
      return try core.profiled(into: &profile) { () throws(ScriptError) in try core.show(source, []) }
    }
  }

  /// Asks the core something that runs no script.
  private func ask<Result>(_ question: (EngineCore) -> Result) -> Result? { state.perform(question) }

  /// What may stand behind the dot of `path`.
  package func fields(at path: [String]) -> [String] { ask { $0.fields(at: path) } ?? [] }

  /// The names that arguments of the function behind `path` may have.
  package func parameters(at path: [String]) -> [String] { ask { $0.parameters(at: path) } ?? [] }

  /// What the session knows of the function behind `path`.
  package func documentation(at path: [String]) -> Documentation? { ask { $0.documentation(at: path) } ?? nil }

  /// The session's names with one line on what each holds.
  package var variables: [(name: String, kind: String, type: String)] { ask { $0.variables } ?? [] }

  /// Names of the standard library's modules.
  package static var standardModules: [String] { ModuleStore.standardNames }
}
