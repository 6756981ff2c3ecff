// Writes a clause down, step by step. The front end opens a block (the clause itself, the filter or the body of a term),
// adds operations and closes it again. An operation that was done already in the block, or in one around it, is not done
// twice: so equal reads are one read.
//
// Constants are folded where the result is exact for every type; everything else is left to the run, so that a value
// has the same bits whether or not its operands were known.
import KernelTypes

package struct ClauseBuilder {
  /// What an open block has done.
  private struct Block {
    var steps: [Step] = []
    var known: [Operation: Int32] = [:]
    var reads: [Read: Int32] = [:]
  }

  package private(set) var types: [DType] = []
  package private(set) var reads: [Read] = []
  package var reductions: [Reduction] = []
  package private(set) var variableCount: Int
  private var blocks: [Block] = [Block()]
  /// Values that are constants.
  private var constants: [Int32: Operation] = [:]

  /// With `variables` indices of the head.
  package init(variables: Int) { variableCount = variables }

  package mutating func addVariable() -> Int {
    variableCount += 1
    return variableCount - 1
  }

  // MARK: Blocks

  package mutating func open() { blocks.append(Block()) }

  /// Goes on with a block that was closed.
  package mutating func reopen(_ steps: [Step]) { blocks.append(Block(steps: steps)) }

  /// The steps of the innermost block, which is closed.
  package mutating func close() -> [Step] {
    guard blocks.count > 1, let block = blocks.popLast() else { return [] }
    return block.steps
  }

  /// How many blocks are open besides the clause's own.
  package var depth: Int { blocks.count - 1 }

  /// The clause; `result` is a value of its own block, or -1.
  package func clause(table: Int, match: Guard, result: Int32, place: Int) -> Clause {
    var clause = Clause(table: table, match: match, variableCount: variableCount, place: place)
    clause.steps = blocks[0].steps
    clause.result = result
    clause.reads = reads
    clause.reductions = reductions
    clause.types = types
    return clause
  }

  // MARK: Operations

  package func type(_ value: Int32) -> DType { types[Int(value)] }

  package mutating func number(_ value: Double, _ type: DType) -> Int32 { constant(.number(value), type) }
  package mutating func integer(_ value: Int) -> Int32 { constant(.integer(value), .i64) }
  package mutating func boolean(_ value: Bool) -> Int32 { constant(.boolean(value), .bool) }
  package mutating func index(_ affine: Affine) -> Int32 {
    affine.isConstant ? integer(affine.constant) : add(.index(affine), .i64)
  }

  private mutating func constant(_ operation: Operation, _ type: DType) -> Int32 {
    let value = add(operation, type)
    constants[value] = operation
    return value
  }

  /// An elementwise operation; operands have one type (for `select` the first is a bool).
  package mutating func element(_ op: ElementOp, _ a: Int32, _ b: Int32 = -1, _ c: Int32 = -1) -> Int32 {
    if let known = folded(op, a, b, c) { return known }
    let operands = op == .select ? type(b) : type(a)
    return add(.element(op, a, b, c), op.result(operands))
  }

  package mutating func cast(_ value: Int32, to type: DType) -> Int32 {
    if self.type(value) == type { return value }
    switch type {
    case .f32: return element(.castF32, value)
    case .f64: return element(.castF64, value)
    case .i64: return element(.castI64, value)
    case .bool: return element(.castBool, value)
    }
  }

  private mutating func folded(_ op: ElementOp, _ a: Int32, _ b: Int32, _ c: Int32) -> Int32? {
    switch (op, constants[a], constants[b]) {
    case (.pow, _, .number(2)) where type(a).isFloat: return element(.square, a)
    case (.pow, _, .number(1)): return a
    case (.castF32, .integer(let value), _): return number(Double(value), .f32)
    case (.castF64, .integer(let value), _): return number(Double(value), .f64)
    case (.not, .boolean(let value), _): return boolean(!value)
    case (.and, .boolean(let value), _): return value ? b : a
    case (.and, _, .boolean(let value)): return value ? a : b
    case (.or, .boolean(let value), _): return value ? a : b
    case (.or, _, .boolean(let value)): return value ? b : a
    case (.select, .boolean(let value), _): return value ? b : c
    default: return nil
    }
  }

  /// A read; its place does not tell it from another.
  package mutating func read(_ read: Read, _ type: DType) -> Int32 {
    var key = read
    key.place = 0
    for block in blocks.reversed() {
      if let known = block.reads[key] { return known }
    }
    reads.append(read)
    let value = append(.read(reads.count - 1), type)
    blocks[blocks.count - 1].reads[key] = value
    return value
  }

  package mutating func reduce(_ reduction: Reduction, _ type: DType) -> Int32 {
    reductions.append(reduction)
    return append(.reduce(reductions.count - 1), type)
  }

  private mutating func add(_ operation: Operation, _ type: DType) -> Int32 {
    for block in blocks.reversed() {
      // The same number as f32 and as f64 are two values.
      if let known = block.known[operation], types[Int(known)] == type { return known }
    }
    let value = append(operation, type)
    blocks[blocks.count - 1].known[operation] = value
    return value
  }

  private mutating func append(_ operation: Operation, _ type: DType) -> Int32 {
    let value = Int32(types.count)
    types.append(type)
    blocks[blocks.count - 1].steps.append(Step(value, operation))
    return value
  }
}
