// What a script ends with when it does not end well: one or more problems, each with its kind, its words, its place in the
// source, and the script's call stack.
import Diagnostics

/// The error that running a script throws.
///
/// A script that does not compile has all its problems in ``problems``; one that failed while it ran has one.
///
/// ```swift
/// do {
///   try engine.run("let x = 1\nprint(x + \"a\")", name: "sum.trl")
/// } catch {
///   print(error.kind == .wrongType, error.line ?? 0)   // true 2
///   print(error.text)                                  // for people, with the line and the place underlined
/// }
/// ```
public struct ScriptError: Error, Sendable, CustomStringConvertible {
  /// How the script ended.
  public enum Ending: String, Sendable {
    /// The words given to the script fit none of its `param` lines.
    case wrongArguments
    /// The text is no script: nothing has run.
    case doesNotCompile
    /// It failed while it ran.
    case failed
    /// It reached a bound of ``Engine/Limits``.
    case limit
    /// ``Engine/cancel()`` or the cancellation of a task ended it.
    case interrupted
    /// The Swift side asked for what is not there: an unknown function, a value of another kind.
    case misuse
  }

  public let ending: Ending
  package let diagnostics: [Diagnostic]

  package init(_ ending: Ending, _ diagnostics: [Diagnostic]) {
    self.ending = ending
    self.diagnostics = Renderer.sorted(diagnostics)
  }

  init(_ problem: Problem, help: String? = nil) { self.init(.misuse, [Diagnostic(problem, at: nil, help: help)]) }

  /// All problems, by place.
  public var problems: [ScriptProblem] { diagnostics.map(ScriptProblem.init) }

  /// The kind of the first problem.
  public var kind: ScriptProblem.Kind { first?.kind ?? .internalError }
  /// The sentence that says what is wrong, of the first problem.
  public var message: String { first?.message ?? "" }
  /// The shown name of the source; nil where the problem has no place in one.
  public var file: String? { first?.span?.file }
  /// Counts from 1.
  public var line: Int? { first?.span?.line }
  /// Counts from 1, in code points.
  public var column: Int? { first?.span?.column }
  /// The script's calls, innermost first.
  public var callStack: [ScriptProblem.Frame] { first?.callStack ?? [] }

  private var first: ScriptProblem? { diagnostics.first.map(ScriptProblem.init) }

  /// The problems as people read them: source lines with the place underlined, help, call stack. Ends with a newline.
  public var text: String { rendered(colour: false) }

  /// The same with ANSI colours for a terminal.
  public func rendered(colour: Bool) -> String { Renderer(colour: colour).text(diagnostics) }

  /// One line of JSON for each problem: `severity`, `id`, `message`, `file`, `line`, `column`, `endLine`, `endColumn`,
  /// `start` and `end` (byte offsets), `labels`, `help`, `stack`.
  public var json: String { Renderer.json(diagnostics) }

  public var description: String { text }
}
