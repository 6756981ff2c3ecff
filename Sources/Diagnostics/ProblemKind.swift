// The kinds of problem, as `trellis explain` lists them. `Problem.kind` has no default, so a new problem does not compile
// without a kind, and `ProblemKind.explanation` none either, so a kind does not compile without an entry. The entries are
// in the files Explanation+Topic.

/// A problem without what it found.
package enum ProblemKind: String, CaseIterable, Sendable {
  case invalidUtf8 = "invalid-utf8"
  case unexpectedCharacter = "unexpected-character"
  case unterminatedString = "unterminated-string"
  case badEscape = "bad-escape"
  case badNumber = "bad-number"
  case unexpectedToken = "unexpected-token"
  case missingBracket = "missing-bracket"
  case strayBracket = "stray-bracket"
  case foreignHabit = "foreign-habit"
  case nestedTooDeeply = "nested-too-deeply"
  case notAtTopLevel = "not-at-top-level"
  case outsideFunction = "outside-function"
  case misplacedComprehension = "misplaced-comprehension"
  case unknownName = "unknown-name"
  case alreadyDeclared = "already-declared"
  case assignToConstant = "assign-to-constant"
  case outerVariable = "outer-variable"
  case outsideLoop = "outside-loop"
  case usedBeforeDefinition = "used-before-definition"
  case unknownModule = "unknown-module"
  case importCycle = "import-cycle"
  case duplicateArgument = "duplicate-argument"
  case wrongType = "wrong-type"
  case wrongArity = "wrong-arity"
  case unknownArgument = "unknown-argument"
  case missingArgument = "missing-argument"
  case unknownField = "unknown-field"
  case missingKey = "missing-key"
  case indexOutOfRange = "index-out-of-range"
  case axisOutOfRange = "axis-out-of-range"
  case labelOutOfRange = "label-out-of-range"
  case shapeMismatch = "shape-mismatch"
  case sizeMismatch = "size-mismatch"
  case treeMismatch = "tree-mismatch"
  case integerOverflow = "integer-overflow"
  case divisionByZero = "division-by-zero"
  case badValue = "bad-value"
  case notDifferentiable = "not-differentiable"
  case mappedValue = "mapped-value"
  case unboundedIndex = "unbounded-index"
  case rangeClash = "range-clash"
  case lateStart = "late-start"
  case notInBody = "not-in-body"
  case negativeIndex = "negative-index"
  case outsideTable = "outside-table"
  case undefinedCell = "undefined-cell"
  case leftOutCell = "left-out-cell"
  case forwardRead = "forward-read"
  case readCycle = "read-cycle"
  case differentRanks = "different-ranks"
  case unusedName = "unused-name"
  case stretchedBoth = "stretched-both"
  case sharedGenerator = "shared-generator"
  case unprovedRead = "unproved-read"
  case callDepth = "call-depth"
  case stepLimit = "step-limit"
  case timeLimit = "time-limit"
  case memoryLimit = "memory-limit"
  case interrupted
  case assertionFailed = "assertion-failed"
  case failed
  case fileProblem = "file-problem"
  case badData = "bad-data"
  case badText = "bad-text"
  case badPattern = "bad-pattern"
  case missingLibrary = "missing-library"
  case accessDenied = "access-denied"
  case hostFailed = "host-failed"
  case wrongOption = "wrong-option"
  case internalError = "internal-error"
}

extension Problem {
  package var kind: ProblemKind {
    switch self {
    case .invalidUtf8: .invalidUtf8
    case .unexpectedCharacter: .unexpectedCharacter
    case .unterminatedString: .unterminatedString
    case .badEscape: .badEscape
    case .badNumber: .badNumber
    case .unexpectedToken: .unexpectedToken
    case .missingBracket: .missingBracket
    case .strayBracket: .strayBracket
    case .foreignHabit: .foreignHabit
    case .nestedTooDeeply: .nestedTooDeeply
    case .notAtTopLevel: .notAtTopLevel
    case .outsideFunction: .outsideFunction
    case .misplacedComprehension: .misplacedComprehension
    case .unknownName: .unknownName
    case .alreadyDeclared: .alreadyDeclared
    case .assignToConstant: .assignToConstant
    case .outerVariable: .outerVariable
    case .outsideLoop: .outsideLoop
    case .usedBeforeDefinition: .usedBeforeDefinition
    case .unknownModule: .unknownModule
    case .importCycle: .importCycle
    case .duplicateArgument: .duplicateArgument
    case .wrongType: .wrongType
    case .wrongArity: .wrongArity
    case .unknownArgument: .unknownArgument
    case .missingArgument: .missingArgument
    case .unknownField: .unknownField
    case .missingKey: .missingKey
    case .indexOutOfRange: .indexOutOfRange
    case .axisOutOfRange: .axisOutOfRange
    case .labelOutOfRange: .labelOutOfRange
    case .shapeMismatch: .shapeMismatch
    case .sizeMismatch: .sizeMismatch
    case .treeMismatch: .treeMismatch
    case .integerOverflow: .integerOverflow
    case .divisionByZero: .divisionByZero
    case .badValue: .badValue
    case .notDifferentiable: .notDifferentiable
    case .mappedValue: .mappedValue
    case .unboundedIndex: .unboundedIndex
    case .rangeClash: .rangeClash
    case .lateStart: .lateStart
    case .notInBody: .notInBody
    case .negativeIndex: .negativeIndex
    case .outsideTable: .outsideTable
    case .undefinedCell: .undefinedCell
    case .leftOutCell: .leftOutCell
    case .forwardRead: .forwardRead
    case .readCycle: .readCycle
    case .differentRanks: .differentRanks
    case .unusedName: .unusedName
    case .stretchedBoth: .stretchedBoth
    case .sharedGenerator: .sharedGenerator
    case .unprovedRead: .unprovedRead
    case .callDepth: .callDepth
    case .stepLimit: .stepLimit
    case .timeLimit: .timeLimit
    case .memoryLimit: .memoryLimit
    case .interrupted: .interrupted
    case .assertionFailed: .assertionFailed
    case .failed: .failed
    case .fileProblem: .fileProblem
    case .badData: .badData
    case .badText: .badText
    case .badPattern: .badPattern
    case .missingLibrary: .missingLibrary
    case .accessDenied: .accessDenied
    case .hostFailed: .hostFailed
    case .wrongOption: .wrongOption
    case .internalError: .internalError
    }
  }
}

/// An entry of `trellis explain`.
package struct Explanation: Sendable {
  /// What the kind means, in a sentence or two.
  package let meaning: String
  /// A script that has the problem, and one that does what was meant; nil where no script can show it.
  package let example: (wrong: String, right: String)?

  init(_ meaning: String, wrong: String, right: String) {
    self.meaning = meaning
    example = (wrong, right)
  }
  /// A kind that no script can show: it comes from the file, the system or the host.
  init(_ meaning: String) {
    self.meaning = meaning
    example = nil
  }

  /// For the terminal.
  package func text(of kind: ProblemKind) -> String {
    var text = "\(kind.rawValue)\n\n\(Explanation.wrapped(meaning))\n"
    if let example {
      text += "\nWrong:\n\(Explanation.indented(example.wrong))\nRight:\n\(Explanation.indented(example.right))"
    }
    return text
  }

  private static func indented(_ script: String) -> String {
    script.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }.joined()
  }

  private static func wrapped(_ text: String, width: Int = 80) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count > width {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] += " \(word)"
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension ProblemKind {
  package var explanation: Explanation {
    switch self {
    case .invalidUtf8: .invalidUtf8
    case .unexpectedCharacter: .unexpectedCharacter
    case .unterminatedString: .unterminatedString
    case .badEscape: .badEscape
    case .badNumber: .badNumber
    case .unexpectedToken: .unexpectedToken
    case .missingBracket: .missingBracket
    case .strayBracket: .strayBracket
    case .foreignHabit: .foreignHabit
    case .nestedTooDeeply: .nestedTooDeeply
    case .notAtTopLevel: .notAtTopLevel
    case .outsideFunction: .outsideFunction
    case .misplacedComprehension: .misplacedComprehension
    case .unknownName: .unknownName
    case .alreadyDeclared: .alreadyDeclared
    case .assignToConstant: .assignToConstant
    case .outerVariable: .outerVariable
    case .outsideLoop: .outsideLoop
    case .usedBeforeDefinition: .usedBeforeDefinition
    case .unknownModule: .unknownModule
    case .importCycle: .importCycle
    case .duplicateArgument: .duplicateArgument
    case .wrongType: .wrongType
    case .wrongArity: .wrongArity
    case .unknownArgument: .unknownArgument
    case .missingArgument: .missingArgument
    case .unknownField: .unknownField
    case .missingKey: .missingKey
    case .failed: .failed
    case .assertionFailed: .assertionFailed
    case .indexOutOfRange: .indexOutOfRange
    case .axisOutOfRange: .axisOutOfRange
    case .labelOutOfRange: .labelOutOfRange
    case .shapeMismatch: .shapeMismatch
    case .sizeMismatch: .sizeMismatch
    case .treeMismatch: .treeMismatch
    case .integerOverflow: .integerOverflow
    case .divisionByZero: .divisionByZero
    case .badValue: .badValue
    case .notDifferentiable: .notDifferentiable
    case .mappedValue: .mappedValue
    case .unboundedIndex: .unboundedIndex
    case .rangeClash: .rangeClash
    case .lateStart: .lateStart
    case .notInBody: .notInBody
    case .negativeIndex: .negativeIndex
    case .outsideTable: .outsideTable
    case .undefinedCell: .undefinedCell
    case .leftOutCell: .leftOutCell
    case .forwardRead: .forwardRead
    case .readCycle: .readCycle
    case .differentRanks: .differentRanks
    case .unusedName: .unusedName
    case .stretchedBoth: .stretchedBoth
    case .sharedGenerator: .sharedGenerator
    case .unprovedRead: .unprovedRead
    case .callDepth: .callDepth
    case .stepLimit: .stepLimit
    case .timeLimit: .timeLimit
    case .memoryLimit: .memoryLimit
    case .interrupted: .interrupted
    case .fileProblem: .fileProblem
    case .badData: .badData
    case .badText: .badText
    case .badPattern: .badPattern
    case .missingLibrary: .missingLibrary
    case .accessDenied: .accessDenied
    case .hostFailed: .hostFailed
    case .wrongOption: .wrongOption
    case .internalError: .internalError
    }
  }
}
