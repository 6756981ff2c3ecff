// One problem of a script, as a value that belongs to no engine.
import Diagnostics

/// One thing that is wrong with a script, or went wrong in it.
public struct ScriptProblem: Sendable {
  /// What kind of problem it is: the word that stands in brackets in its text, `shape-mismatch`.
  ///
  /// There are many kinds; those that programs tell apart most often have names here.
  public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public var description: String { rawValue }

    /// The script called `fail`.
    public static let failed = Kind(rawValue: "failed")
    /// An `assert` did not hold.
    public static let assertionFailed = Kind(rawValue: "assertion-failed")
    /// A Swift function that the script called threw an error.
    public static let hostFailed = Kind(rawValue: "host-failed")
    public static let wrongType = Kind(rawValue: "wrong-type")
    public static let wrongArity = Kind(rawValue: "wrong-arity")
    public static let badValue = Kind(rawValue: "bad-value")
    public static let shapeMismatch = Kind(rawValue: "shape-mismatch")
    public static let unknownName = Kind(rawValue: "unknown-name")
    public static let unknownModule = Kind(rawValue: "unknown-module")
    public static let notDifferentiable = Kind(rawValue: "not-differentiable")
    /// The script asked for what ``Engine/Permissions`` do not give.
    public static let accessDenied = Kind(rawValue: "access-denied")
    public static let fileProblem = Kind(rawValue: "file-problem")
    public static let stepLimit = Kind(rawValue: "step-limit")
    public static let timeLimit = Kind(rawValue: "time-limit")
    public static let memoryLimit = Kind(rawValue: "memory-limit")
    public static let callDepth = Kind(rawValue: "call-depth")
    public static let nestedTooDeeply = Kind(rawValue: "nested-too-deeply")
    public static let interrupted = Kind(rawValue: "interrupted")
    public static let internalError = Kind(rawValue: "internal-error")
  }

  /// A stretch of source text.
  public struct Span: Sendable, Equatable {
    /// The shown name of the source: a path, or the `name:` that a text was run with.
    public let file: String
    /// Line and column of the first character; both count from 1, columns in code points.
    public let line: Int
    public let column: Int
    /// Line and column behind the last character.
    public let endLine: Int
    public let endColumn: Int
  }

  /// One call of the script's call stack.
  public struct Frame: Sendable, Equatable {
    /// The function's name; empty for the top level of a script.
    public let function: String
    /// What ran in it.
    public let span: Span
  }

  public let kind: Kind
  /// What was found and what was expected, in a sentence.
  public let message: String
  /// The likely cure, where there is one.
  public let help: String?
  /// nil where the problem has no place in a source.
  public let span: Span?
  /// The script's calls, innermost first; empty for problems found before anything ran.
  public let callStack: [Frame]

  init(_ diagnostic: Diagnostic) {
    kind = Kind(rawValue: diagnostic.problem.id)
    message = diagnostic.problem.message
    help = diagnostic.help ?? diagnostic.problem.cure
    span = diagnostic.span.map(Span.init)
    callStack = diagnostic.stack.map { Frame(function: $0.function, span: Span($0.span)) }
  }
}

extension ScriptProblem.Span {
  init(_ span: Diagnostics.Span) {
    let start = span.source.location(span.start)
    let end = span.source.location(span.end)
    self.init(
      file: span.source.name, line: start.line, column: start.column, endLine: end.line, endColumn: end.column)
  }
}
