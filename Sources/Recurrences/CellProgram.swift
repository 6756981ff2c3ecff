// A clause as it is run: forward, to propagate derivatives back, or either with a tangent beside every value. The three
// that are not the clause itself are made from it by `Adjoint` and `Tangent`; all are straight lines of steps, so one
// evaluator runs them.
import KernelTypes

enum CellOperation: Hashable {
  case number(Double)
  case integer(Int)
  case boolean(Bool)
  case index(Affine)
  case element(ElementOp, Int32, Int32, Int32)
  case read(Int)
  case readTangent(Int)
  /// The value of a reduction.
  case reduce(Int)
  /// The value, and as value `tangent` its tangent.
  case reduceDual(Int, tangent: Int32)
  /// The derivative that arrived at the cell, and its tangent.
  case seed
  case seedTangent
  /// Inside a term's adjoint: the weight of the term in its reduction, and its tangent.
  case weight
  case weightTangent
  /// Runs the adjoint of every term of a reduction, given the derivative of its value (and that one's tangent, or -1).
  case reduceAdjoint(Int, Int32, Int32)
  /// Adds a value to the derivative of what a read reads.
  case accumulate(Int, Int32)
  case accumulateTangent(Int, Int32)
  /// What the terms of reductions added to a slot, and the addition.
  case collected(Int)
  case collect(Int, Int32)
}

struct CellStep: Hashable {
  var number: Int32
  var operation: CellOperation
}

struct CellTerm {
  var variables: [Variable]
  var filter: Guard
  /// Makes the term, and its tangent.
  var steps: [CellStep]
  var result: Int32
  var tangent: Int32 = -1
  /// Sends the term's share of a derivative on.
  var adjoint: [CellStep] = []
}

struct CellReduction {
  var operation: Int
  var terms: [CellTerm]
  var place: Int
  /// Reads whose squared difference is its only term.
  var difference: (Int, Int)?

  init(_ reduction: Reduction) {
    operation = reduction.operation
    terms = reduction.terms.map {
      CellTerm(variables: $0.variables, filter: $0.filter, steps: $0.steps.map(CellStep.init), result: $0.result)
    }
    place = reduction.place
    guard terms.count == 1, let term = terms.first else { return }
    func made(_ number: Int32) -> CellOperation? { term.steps.first { $0.number == number }?.operation }
    guard case .element(.square, let inner, _, _) = made(term.result),
      case .element(.sub, let left, let right, _) = made(inner), case .read(let minuend) = made(left),
      case .read(let subtrahend) = made(right)
    else { return }
    difference = (minuend, subtrahend)
  }
}

struct CellClause {
  var table: Int
  var match: Guard
  var steps: [CellStep]
  var result: Int32
  var tangent: Int32 = -1
  var reads: [Read]
  var reductions: [CellReduction]
  var types: [DType]
  var variableCount: Int
  var slotCount = 0
  var place: Int

  init(_ clause: Clause) {
    table = clause.table
    match = clause.match
    steps = clause.steps.map(CellStep.init)
    result = clause.result
    reads = clause.reads
    reductions = clause.reductions.map(CellReduction.init)
    types = clause.types
    variableCount = clause.variableCount
    place = clause.place
  }
}

extension CellStep {
  init(_ step: Step) {
    number = step.number
    switch step.operation {
    case .number(let value): operation = .number(value)
    case .integer(let value): operation = .integer(value)
    case .boolean(let value): operation = .boolean(value)
    case .index(let e): operation = .index(e)
    case .element(let op, let a, let b, let c): operation = .element(op, a, b, c)
    case .read(let read): operation = .read(read)
    case .reduce(let reduction): operation = .reduce(reduction)
    }
  }
}

/// Adds steps to a block, folding zeros and ones, and giving each new value its number and type.
struct StepWriter {
  private(set) var steps: [CellStep] = []
  var types: [DType]
  private var numbers: [Int32: Double] = [:]
  private var known: [CellOperation: Int32] = [:]

  init(types: [DType]) { self.types = types }

  /// Takes over steps that are there already.
  mutating func take(_ existing: [CellStep]) {
    for step in existing {
      steps.append(step)
      if case .number(let value) = step.operation { numbers[step.number] = value }
    }
  }

  mutating func add(_ operation: CellOperation, _ type: DType) -> Int32 {
    if let same = known[operation], types[Int(same)] == type { return same }
    let number = Int32(types.count)
    types.append(type)
    steps.append(CellStep(number: number, operation: operation))
    if case .number(let value) = operation { numbers[number] = value }
    switch operation {
    case .number, .element, .weight, .weightTangent, .seed, .seedTangent, .readTangent: known[operation] = number
    default: break
    }
    return number
  }

  /// A step that only does something.
  mutating func effect(_ operation: CellOperation) { steps.append(CellStep(number: -1, operation: operation)) }

  /// A step with a number that was given out before.
  mutating func place(_ step: CellStep) { steps.append(step) }

  mutating func number(_ value: Double, _ type: DType) -> Int32 { add(.number(value), type) }

  mutating func unary(_ op: ElementOp, _ a: Int32) -> Int32 {
    add(.element(op, a, -1, -1), op.result(types[Int(a)]))
  }
  mutating func binary(_ op: ElementOp, _ a: Int32, _ b: Int32) -> Int32 {
    switch (op, numbers[a], numbers[b]) {
    case (.mul, .some(1), _), (.add, .some(0), _): return b
    case (.mul, _, .some(1)), (.add, _, .some(0)), (.sub, _, .some(0)), (.div, _, .some(1)): return a
    case (.mul, .some(-1), _): return unary(.neg, b)
    case (.mul, _, .some(-1)): return unary(.neg, a)
    default: return add(.element(op, a, b, -1), op.result(types[Int(a)]))
    }
  }
  mutating func select(_ condition: Int32, _ a: Int32, _ b: Int32) -> Int32 {
    add(.element(.select, condition, a, b), types[Int(a)])
  }
  /// The sum of what there is.
  mutating func sum(_ a: Int32?, _ b: Int32?) -> Int32? {
    guard let a else { return b }
    guard let b else { return a }
    return binary(.add, a, b)
  }
}

extension CellClause {
  /// By read: what the steps touch of it.
  var kinds: [Int: RingKinds] {
    var found: [Int: RingKinds] = [:]
    func note(_ steps: [CellStep]) {
      for step in steps {
        switch step.operation {
        case .read(let read): found[read, default: []].insert(.values)
        case .readTangent(let read): found[read, default: []].insert(.tangents)
        case .accumulate(let read, _): found[read, default: []].insert(.adjoints)
        case .accumulateTangent(let read, _): found[read, default: []].insert(.adjointTangents)
        default: break
        }
      }
    }
    note(match.steps.map(CellStep.init))
    note(steps)
    for term in reductions.flatMap(\.terms) {
      note(term.filter.steps.map(CellStep.init))
      note(term.steps)
      note(term.adjoint)
    }
    return found
  }
}
