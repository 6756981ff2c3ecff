// Operators: arithmetic with constant-operand forms, comparison chains, `and`/`or`. Which of the generic instructions
// become instructions on known integers or floats is decided later, on the bytecode (NumberKinds, Specialise).
import Diagnostics
import Syntax

extension FunctionCompiler {
  func unary(_ operation: UnaryOperator, _ operand: Expr, _ target: Int) throws {
    switch (operation, operand.kind) {
    case (.negate, .int(let value)) where value != Int.min: load(Value(-value), into: target)
    case (.negate, .float(let value)): load(Value(-value), into: target)
    case (.negate, _): emit(.negate, target, try value(operand))
    case (.not, _): emit(.not, target, try value(operand))
    }
  }

  func binary(_ operation: BinaryOperator, _ left: Expr, _ right: Expr, _ target: Int) throws {
    if let number = smallInteger(right), let op = FunctionCompiler.integerForm(operation) {
      let register = try value(left)
      emit(
        op, target, register, operation == .subtract ? -number : number,
        flags: operation == .subtract ? Flag.subtracted : 0)
      return
    }
    if operation == .add || operation == .multiply, let number = smallInteger(left),
      let op = FunctionCompiler.integerForm(operation)
    {
      let register = try value(right)
      emit(op, target, register, number, flags: Flag.exchanged)
      return
    }
    if let number = floatLiteral(right), let index = smallConstant(operation == .subtract ? -number : number) {
      let form: Opcode? =
        switch operation {
        case .add, .subtract: .addK
        case .multiply: .multiplyK
        case .divide: .divideK
        default: nil
        }
      if let form {
        let register = try value(left)
        emit(form, target, register, index, flags: operation == .subtract ? Flag.subtracted : 0)
        return
      }
    }
    if let number = floatLiteral(left), let index = smallConstant(number) {
      let form: Opcode? =
        switch operation {
        case .add: .addK
        case .multiply: .multiplyK
        case .subtract: .subtractFromK
        case .divide: .divideIntoK
        default: nil
        }
      if let form {
        let register = try value(right)
        emit(form, target, register, index, flags: Flag.exchanged)
        return
      }
    }
    let a = try operand(left, before: [right])
    let b = try value(right)
    emit(FunctionCompiler.opcode(operation), target, a, b)
  }

  static func opcode(_ operation: BinaryOperator) -> Opcode {
    switch operation {
    case .add: .add
    case .subtract: .subtract
    case .join: .join
    case .multiply: .multiply
    case .divide: .divide
    case .floorDivide: .floorDivide
    case .modulo: .modulo
    case .matmul: .matmul
    case .power: .power
    }
  }

  static func integerForm(_ operation: BinaryOperator) -> Opcode? {
    switch operation {
    case .add, .subtract: .addI
    case .multiply: .multiplyI
    case .divide: .divideI
    case .floorDivide: .floorDivideI
    case .modulo: .moduloI
    default: nil
    }
  }

  /// An integer literal that an instruction holds itself.
  func smallInteger(_ e: Expr) -> Int? {
    switch e.kind {
    case .int(let value) where abs(value) < 32_000: value
    case .unary(.negate, let inner):
      if case .int(let value) = inner.kind, abs(value) < 32_000 { -value } else { nil }
    default: nil
    }
  }
  func floatLiteral(_ e: Expr) -> Double? {
    switch e.kind {
    case .float(let value): value
    case .unary(.negate, let inner): if case .float(let value) = inner.kind { -value } else { nil }
    default: nil
    }
  }
  /// Index of a float constant, if 16 bits hold it.
  func smallConstant(_ value: Double) -> Int? {
    let index = constant(Value(value))
    return index < 65_536 ? index : nil
  }

  // MARK: Comparisons

  func comparison(_ operands: [Expr], _ operators: [ComparisonOperator], _ target: Int) throws {
    if operators.count == 1 {
      let a = try operand(operands[0], before: [operands[1]])
      let b = try value(operands[1])
      emitComparison(operators[0], target, a, b)
      return
    }
    // a < b < c is `a < b and b < c` with b evaluated once.
    let end = Label()
    let result = allocate()
    var left = try stable(operands[0])
    for (index, operation) in operators.enumerated() {
      let right = try stable(operands[index + 1])
      if index == 0 {
        emitComparison(operation, result, left, right)
      } else {
        let link = allocate()
        emitComparison(operation, link, left, right)
        emit(.and, result, result, link)
      }
      if index < operators.count - 1 { emitJump(.shortAnd, result, to: end) }
      left = right
    }
    place(end)
    emit(.move, target, result)
  }

  /// A register that later operands can't change.
  private func stable(_ e: Expr) throws -> Int {
    let register = try value(e)
    guard bound.contains(register) else { return register }
    let copy = allocate()
    emit(.move, copy, register)
    return copy
  }

  func emitComparison(_ operation: ComparisonOperator, _ target: Int, _ a: Int, _ b: Int) {
    switch operation {
    case .equal: emit(.equal, target, a, b)
    case .notEqual: emit(.notEqual, target, a, b)
    case .less: emit(.less, target, a, b)
    case .lessEqual: emit(.lessEqual, target, a, b)
    case .greater: emit(.less, target, b, a, flags: Flag.exchanged)
    case .greaterEqual: emit(.lessEqual, target, b, a, flags: Flag.exchanged)
    case .in: emit(.contains, target, a, b)
    case .notIn: emit(.notContains, target, a, b)
    }
  }

  /// `a and b`: b is evaluated unless a decides; boolean tensors combine element by element.
  func junction(_ short: Opcode, _ combine: Opcode, _ left: Expr, _ right: Expr, _ target: Int) throws {
    let end = Label()
    let result = allocate()
    try value(left, into: result)
    emitJump(short, result, to: end)
    let other = try value(right)
    emit(combine, result, result, other)
    place(end)
    emit(.move, target, result)
  }
}
