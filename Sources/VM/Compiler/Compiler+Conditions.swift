// Conditions compile to jumps: a comparison and the jump on it are one instruction, `and`, `or` and `not` are control
// flow. A comparison that does not hold is not the opposite comparison (NaN), so each has an instruction for both ways.
import Diagnostics
import Syntax

extension FunctionCompiler {
  /// Jumps to `label` if the condition is `when`, else goes on.
  func branch(_ e: Expr, to label: Label, when: Bool) throws {
    try at(e.span) {
      try scope { try compileBranch(e, label, when) }
    }
  }

  private func compileBranch(_ e: Expr, _ label: Label, _ when: Bool) throws {
    switch e.kind {
    case .bool(let value):
      if value == when { emitJump(.jump, to: label) }
    case .unary(.not, let inner): try branch(inner, to: label, when: !when)
    case .and(let left, let right): try junctionBranch(left, right, decidedBy: false, label, when)
    case .or(let left, let right): try junctionBranch(left, right, decidedBy: true, label, when)
    case .comparison(let operands, let operators) where operators.count == 1:
      try comparisonBranch(operands[0], operators[0], operands[1], label, when)
    default:
      let register = try value(e)
      emitJump(when ? .jumpIfTrue : .jumpIfFalse, register, to: label)
    }
  }

  private func junctionBranch(
    _ left: Expr, _ right: Expr, decidedBy decision: Bool, _ label: Label, _ when: Bool
  ) throws {
    if when == decision {
      try branch(left, to: label, when: when)
      try branch(right, to: label, when: when)
    } else {
      let skip = Label()
      try branch(left, to: skip, when: decision)
      try branch(right, to: label, when: when)
      place(skip)
    }
  }

  private func comparisonBranch(
    _ left: Expr, _ operation: ComparisonOperator, _ right: Expr, _ label: Label, _ when: Bool
  ) throws {
    if let number = smallInteger(right), let op = FunctionCompiler.integerJump(operation, when) {
      emitJump(op, try value(left), number, to: label)
      return
    }
    if let number = floatLiteral(right), let index = smallConstant(number),
      let op = FunctionCompiler.floatJump(operation, when)
    {
      emitJump(op, try value(left), index, to: label)
      return
    }
    let a = try operand(left, before: [right])
    let b = try value(right)
    switch operation {
    case .less: emitJump(when ? .jumpLess : .jumpNotLess, a, b, to: label)
    case .lessEqual: emitJump(when ? .jumpLessEqual : .jumpNotLessEqual, a, b, to: label)
    case .greater: emitJump(when ? .jumpLess : .jumpNotLess, b, a, flags: Flag.exchanged, to: label)
    case .greaterEqual: emitJump(when ? .jumpLessEqual : .jumpNotLessEqual, b, a, flags: Flag.exchanged, to: label)
    case .equal: emitJump(when ? .jumpEqual : .jumpNotEqual, a, b, to: label)
    case .notEqual: emitJump(when ? .jumpNotEqual : .jumpEqual, a, b, flags: Flag.exchanged, to: label)
    case .in, .notIn:
      let result = allocate()
      emitComparison(operation, result, a, b)
      emitJump(when ? .jumpIfTrue : .jumpIfFalse, result, to: label)
    }
  }

  private static func integerJump(_ operation: ComparisonOperator, _ when: Bool) -> Opcode? {
    switch operation {
    case .less: when ? .jumpLessI : .jumpNotLessI
    case .lessEqual: when ? .jumpLessEqualI : .jumpNotLessEqualI
    case .greater: when ? .jumpGreaterI : .jumpNotGreaterI
    case .greaterEqual: when ? .jumpGreaterEqualI : .jumpNotGreaterEqualI
    case .equal: when ? .jumpEqualI : .jumpNotEqualI
    case .notEqual: when ? .jumpNotEqualI : .jumpEqualI
    case .in, .notIn: nil
    }
  }

  private static func floatJump(_ operation: ComparisonOperator, _ when: Bool) -> Opcode? {
    switch operation {
    case .less: when ? .jumpLessK : .jumpNotLessK
    case .lessEqual: when ? .jumpLessEqualK : .jumpNotLessEqualK
    case .greater: when ? .jumpGreaterK : .jumpNotGreaterK
    case .greaterEqual: when ? .jumpGreaterEqualK : .jumpNotGreaterEqualK
    case .equal, .notEqual, .in, .notIn: nil
    }
  }
}
