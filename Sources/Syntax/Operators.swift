// Precedences, in one place. From loosest to tightest; `=>` (a function) is looser than all of them, and calls, indices
// and fields bind tighter.

package enum Precedence: Int, Comparable, Sendable {
  case pipe, or, and, not, comparison, range, additive, multiplicative, negation, power

  package static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }
  var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .power }
}

/// What a token means between two operands.
enum InfixAction {
  case pipe, or, and, range
  case comparison(ComparisonOperator)
  case binary(BinaryOperator)
}

extension TokenKind {
  /// All left-associative but comparisons, which chain; `^`, to the right, is parsed by `Parser.negation`.
  @inline(__always)
  var infix: (precedence: Precedence, action: InfixAction)? {
    switch self {
    case .pipe: (.pipe, .pipe)
    case .orWord, .bars: (.or, .or)
    case .andWord, .ampersands: (.and, .and)
    case .equal, .tripleEqual: (.comparison, .comparison(.equal))
    case .notEqual, .notTripleEqual, .unequal: (.comparison, .comparison(.notEqual))
    case .less: (.comparison, .comparison(.less))
    case .lessEqual: (.comparison, .comparison(.lessEqual))
    case .greater: (.comparison, .comparison(.greater))
    case .greaterEqual: (.comparison, .comparison(.greaterEqual))
    case .inWord: (.comparison, .comparison(.in))
    case .notWord: (.comparison, .comparison(.notIn))
    case .range, .halfOpenRange: (.range, .range)
    case .plus: (.additive, .binary(.add))
    case .minus: (.additive, .binary(.subtract))
    case .join: (.additive, .binary(.join))
    case .star: (.multiplicative, .binary(.multiply))
    case .slash: (.multiplicative, .binary(.divide))
    case .floorSlash: (.multiplicative, .binary(.floorDivide))
    case .percent: (.multiplicative, .binary(.modulo))
    case .at: (.multiplicative, .binary(.matmul))
    default: nil
    }
  }

  /// `+=` and the like.
  var compoundAssignment: BinaryOperator? {
    switch self {
    case .plusAssign: .add
    case .minusAssign: .subtract
    case .joinAssign: .join
    case .starAssign: .multiply
    case .slashAssign: .divide
    case .floorSlashAssign: .floorDivide
    case .percentAssign: .modulo
    case .atAssign: .matmul
    case .caretAssign, .starStarAssign: .power
    default: nil
    }
  }
}
