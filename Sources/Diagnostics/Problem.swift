// Every problem that a script can have, as data. The id of a diagnostic is the case name in kebab case; the wording is
// in `Problem+Message.swift` and nowhere else, the layout in `Renderer`. A new case does not compile without a message.

/// What is wrong. Payloads carry what the message names; spans live in `Diagnostic`.
package indirect enum Problem: Sendable {
  // Syntax
  case invalidUtf8(byte: Int)
  case unexpectedCharacter(String)
  case unterminatedString
  case badEscape(String)
  case badNumber(String)
  case unexpectedToken(found: String, expected: String)
  case missingBracket(open: String, close: String)
  case strayBracket(String)
  case foreignHabit(found: String, instead: String)
  case nestedTooDeeply(limit: Int)
  case notAtTopLevel(String)
  case outsideFunction(String)
  case misplacedComprehension
  // Names
  case unknownName(String, near: [String])
  case alreadyDeclared(String)
  case assignToConstant(String)
  case outerVariable(String, function: String)
  case outsideLoop(String)
  case usedBeforeDefinition(String)
  case unknownModule(String, near: [String])
  case importCycle([String])
  case duplicateArgument(String)
  // Running
  case wrongType(operation: String, expected: String, found: String)
  case wrongArity(function: String, expected: String, found: Int)
  case unknownArgument(function: String, name: String, near: [String])
  case missingArgument(function: String, name: String)
  case unknownField(String, near: [String])
  case missingKey(String)
  case indexOutOfRange(index: String, size: Int, axis: String?)
  case axisOutOfRange(operation: String, axis: Int, rank: Int)
  case labelOutOfRange(label: Int, classes: Int)
  case shapeMismatch(operation: String, detail: String)
  case sizeMismatch(name: String, expected: String, found: String)
  case treeMismatch(operation: String, detail: String)
  // Index notation and recurrences
  case unboundedIndex(String)
  case rangeClash(index: String, first: String, second: String)
  case lateStart(index: String, start: Int)
  case notInBody(String)
  case negativeIndex(String)
  case outsideTable(index: String, sizes: String, name: String)
  case undefinedCell(String)
  case leftOutCell(String)
  case forwardRead(read: String, cell: String)
  case readCycle
  case differentRanks
  // Suspicious, told by `check`
  case unusedName(String)
  case stretchedBoth(operation: String, left: String, right: String, result: String)
  case sharedGenerator(String)
  case unprovedRead(read: String, table: String)
  case integerOverflow(operation: String)
  case divisionByZero(operation: String)
  case badValue(operation: String, detail: String)
  case notDifferentiable(operation: String, why: String)
  case mappedValue
  case callDepth(limit: Int)
  case stepLimit(limit: Int)
  case timeLimit(seconds: Double)
  case memoryLimit(requested: Int, limit: Int)
  case interrupted
  case assertionFailed(String)
  case failed(String)
  case fileProblem(path: String, detail: String)
  case badData(path: String, detail: String)
  /// Text in a format (JSON, CSV) that goes wrong at a line and column, counted from 1.
  case badText(name: String, line: Int, column: Int, detail: String)
  /// A regular expression that goes wrong at a character, counted from 0.
  case badPattern(pattern: String, place: Int, detail: String)
  case missingLibrary(library: String, package: String)
  case accessDenied(what: String, capability: String)
  /// A word behind a script's name that fits none of its params; the text says why.
  case wrongOption(String)
  /// A function of the embedding program threw an error.
  case hostFailed(function: String, message: String)
  case internalError(String)
}

/// A problem with its place. `labels` point at further places ("`p.w` was made here"); a label on exactly the span of the
/// problem is the text behind its carets. `help` is the likely cure.
package struct Diagnostic: Error, Sendable {
  package struct Label: Sendable {
    package var span: Span
    package var text: String
    package init(_ span: Span, _ text: String) {
      self.span = span
      self.text = text
    }
  }
  package struct Frame: Sendable {
    package var function: String
    package var span: Span
    package init(function: String, span: Span) {
      self.function = function
      self.span = span
    }
  }
  package enum Severity: String, Sendable { case error, warning }

  package var problem: Problem
  package var severity: Severity = .error
  package var span: Span?
  package var labels: [Label] = []
  package var help: String?
  /// Script call stack, innermost first; only for problems of running.
  package var stack: [Frame] = []
  /// How many frames lie further out than those in `stack`.
  package var hiddenFrames = 0

  package init(_ problem: Problem, at span: Span?, labels: [Label] = [], help: String? = nil) {
    self.problem = problem
    self.span = span
    self.labels = labels
    self.help = help
  }
}
