// Evaluates the plain values of one clause, one cell at a time: those that hang on no reduction and no cell. Their kernels
// are those of the executor with one lane, so their bits are the same.
//
// Values that have alternatives are made of them in CellEvaluator+Lists.swift; CellEvaluator+Paths.swift goes back along
// one alternative. Both know that the executor has run: what fails there fails before they begin.
import KernelTypes
import Kernels

final class CellEvaluator {
  let program: Program
  let clause: Clause
  /// Which values have alternatives.
  let derived: [Bool]
  let definitions: [Operation?]
  /// Indices of the cell, then those of terms.
  let variables: UnsafeMutablePointer<Int>
  let inputs: [UnsafeRawPointer]
  let lists: ListNumbers
  let control: RunControl
  /// Steps of the clause that are evaluated.
  private let steps: [Step]
  private let matchSteps: [Step]
  let reductions: [[TermPlan]]
  private let registers: UnsafeMutableRawPointer
  let registerCount: Int
  /// Kernels write whole vectors of 16 lanes, and read past them.
  static let pitch = 256
  /// Registers behind those of the clause, for factors of derivatives.
  private static let spare = 64

  /// One term of a reduction: what of it is evaluated.
  struct TermPlan {
    let term: Term
    let filterSteps: [Step]
    let steps: [Step]
    /// Reads at known places that may leave the term out.
    let guards: [Int]
    /// Reads of what has alternatives, which may leave it out at places that depend on data.
    let derivedReads: [Int]
  }

  init(
    _ program: Program, _ number: Int, derived: [Bool], inputs: [UnsafeRawPointer], lists: ListNumbers,
    control: RunControl
  ) {
    self.program = program
    let clause = program.clauses[number]
    self.clause = clause
    self.derived = derived
    self.inputs = inputs
    self.lists = lists
    self.control = control
    definitions = Additive.definitions(clause)
    variables = .allocate(capacity: max(1, clause.variableCount))
    variables.initialize(repeating: 0, count: max(1, clause.variableCount))
    registerCount = clause.types.count + CellEvaluator.spare
    registers = .allocate(byteCount: registerCount * CellEvaluator.pitch, alignment: 64)
    registers.initializeMemory(as: UInt8.self, repeating: 0, count: registerCount * CellEvaluator.pitch)
    func open(_ steps: [Step]) -> [Step] {
      steps.filter { step in
        if derived[Int(step.number)] { return false }
        switch step.operation {
        case .number, .integer, .boolean: return false
        default: return true
        }
      }
    }
    steps = open(clause.steps)
    matchSteps = open(clause.match.steps)
    reductions = clause.reductions.map { reduction in
      reduction.terms.map { term in
        let reads = (term.filter.steps + term.steps).compactMap { step -> Int? in
          if case .read(let read) = step.operation, clause.reads[read].leavesOut { read } else { nil }
        }
        let guards = reads.filter { read in
          clause.reads[read].condition < 0
            && clause.reads[read].indices.allSatisfy { if case .affine = $0 { true } else { false } }
        }
        return TermPlan(
          term: term, filterSteps: open(term.filter.steps), steps: open(term.steps), guards: guards,
          derivedReads: reads.filter { read in !guards.contains(read) })
      }
    }
    for (number, operation) in definitions.enumerated() {
      switch operation {
      case .number(let value)?: set(Int32(number), value, clause.types[number])
      case .integer(let value)?: self[Int32(number)].storeBytes(of: Int64(value), as: Int64.self)
      case .boolean(let value)?: self[Int32(number)].storeBytes(of: value ? 1 : 0, as: UInt8.self)
      default: break
      }
    }
  }

  deinit {
    variables.deallocate()
    registers.deallocate()
  }

  // MARK: Registers

  @inline(__always) subscript(value: Int32) -> UnsafeMutableRawPointer { registers + Int(value) * CellEvaluator.pitch }

  func set(_ value: Int32, _ number: Double, _ type: DType) {
    switch type {
    case .f32: self[value].storeBytes(of: Float(number), as: Float.self)
    case .f64: self[value].storeBytes(of: number, as: Double.self)
    case .i64: self[value].storeBytes(of: Int64(exactly: number) ?? 0, as: Int64.self)
    case .bool: self[value].storeBytes(of: number != 0 ? 1 : 0, as: UInt8.self)
    }
  }
  @inline(__always) func number(_ value: Int32, _ type: DType) -> Double {
    switch type {
    case .f32: Double(self[value].load(as: Float.self))
    case .f64: self[value].load(as: Double.self)
    case .i64: Double(self[value].load(as: Int64.self))
    case .bool: Double(self[value].load(as: UInt8.self))
    }
  }
  @inline(__always) func number(_ value: Int32) -> Double { number(value, clause.types[Int(value)]) }
  @inline(__always) func holds(_ value: Int32) -> Bool { self[value].load(as: UInt8.self) != 0 }

  // MARK: Blocks

  /// Whether the clause matches the cell in `variables`.
  func matches() throws(PathFailure) -> Bool { try holds(clause.match, matchSteps) }

  /// Evaluates what stands outside of reductions.
  func enterClause() throws(PathFailure) {
    if try !evaluate(steps) { throw .broken }
  }

  private func holds(_ condition: Guard, _ steps: [Step]) throws(PathFailure) -> Bool {
    for inequality in condition.inequalities where inequality.value(variables) < 0 { return false }
    return try evaluate(steps) && (condition.result < 0 || holds(condition.result))
  }

  /// Evaluates the term at hand; false where it is left out.
  func enter(_ plan: TermPlan) throws(PathFailure) -> Bool {
    for inequality in plan.term.filter.inequalities where inequality.value(variables) < 0 { return false }
    for read in plan.guards where address(clause.reads[read]) == nil { return false }
    if try !evaluate(plan.filterSteps) { return false }
    if plan.term.filter.result >= 0 && !holds(plan.term.filter.result) { return false }
    if try !evaluate(plan.steps) { return false }
    for read in plan.derivedReads {
      let read = clause.reads[read]
      if read.condition < 0 || holds(read.condition), address(read) == nil { return false }
    }
    return true
  }

  /// Calls `body` for every term of a reduction that counts, with its variables and plain values set.
  func forEachTerm(
    _ reduction: Int, _ body: (Int, TermPlan) throws(PathFailure) -> Void
  ) throws(PathFailure) {
    for (index, plan) in reductions[reduction].enumerated() { try loop(plan, index, 0, body) }
  }

  private func loop(
    _ plan: TermPlan, _ index: Int, _ level: Int, _ body: (Int, TermPlan) throws(PathFailure) -> Void
  ) throws(PathFailure) {
    guard level < plan.term.variables.count else {
      if try enter(plan) { try body(index, plan) }
      return
    }
    let variable = plan.term.variables[level]
    var position = variable.start.value(variables)
    let end = variable.end.value(variables)
    while position < end {
      if position & 1023 == 1023 && control.isCancelled { throw .cancelled }
      variables[variable.number] = position
      try loop(plan, index, level + 1, body)
      position += 1
    }
  }

  /// The term and its variables, by which a path names it.
  func name(_ index: Int, _ plan: TermPlan) -> [Int32] {
    [Int32(truncatingIfNeeded: index)]
      + plan.term.variables.map { Int32(truncatingIfNeeded: variables[$0.number]) }
  }

  // MARK: Steps

  /// False where a read leaves the block's term out.
  func evaluate(_ steps: [Step]) throws(PathFailure) -> Bool {
    for step in steps {
      switch step.operation {
      case .number, .integer, .boolean: break
      case .index(let e): self[step.number].storeBytes(of: Int64(e.value(variables)), as: Int64.self)
      case .element(let op, let a, let b, let c):
        // Whether a cell is there at all: its value tells.
        if op == .eq, a == b, derived[Int(a)], case .read(let read)? = definitions[Int(a)],
          try !load(clause.reads[read], a)
        {
          return false
        }
        try element(op, step.number, a, b, c, clause.types)
      case .read(let read):
        if try !load(clause.reads[read], step.number) { return false }
      case .reduce(let reduction): try reduce(reduction, step.number)
      }
    }
    return true
  }

  func element(
    _ op: ElementOp, _ target: Int32, _ a: Int32, _ b: Int32, _ c: Int32, _ types: [DType]
  ) throws(PathFailure) {
    guard let kernel = Kernels.element(op, types[Int(op == .select ? b : a)]) else { throw .broken }
    let second = b < 0 ? a : b
    let third = c < 0 ? second : c
    if kernel(self[target], self[a], self[second], self[third], 1) >= 0 { throw .broken }
  }

  /// Row-major place of what a read reads; nil outside of it.
  func address(_ read: Read) -> Int? {
    let sizes =
      switch read.source {
      case .table(let table): program.tables[table].sizes
      case .input(let input): program.inputs[input].sizes
      }
    var address = 0
    for (axis, index) in read.indices.enumerated() {
      let position =
        switch index {
        case .affine(let e): e.value(variables)
        case .value(let value): Int(self[value].load(as: Int64.self))
        }
      guard position >= 0 && position < sizes[axis] else { return nil }
      address = address * sizes[axis] + position
    }
    return address
  }

  private func load(_ read: Read, _ target: Int32) throws(PathFailure) -> Bool {
    guard case .input(let input) = read.source else { throw .broken }
    let type = program.inputs[input].dtype
    if read.condition >= 0 && !holds(read.condition) {
      set(target, 0, type)
      return true
    }
    guard let address = address(read) else {
      if read.leavesOut { return false }
      throw .broken
    }
    self[target].copyMemory(from: inputs[input] + address * type.size, byteCount: type.size)
    return true
  }

  /// A reduction of plain values.
  private func reduce(_ reduction: Int, _ target: Int32) throws(PathFailure) {
    let type = clause.types[Int(target)]
    let operation = program.operators[clause.reductions[reduction].operation]
    if type == .i64 {
      var result = Int64(truncatingIfNeeded: operation.neutral(.i64))
      var overflows = false
      try forEachTerm(reduction) { (_, plan) throws(PathFailure) in
        let term = self[plan.term.result].load(as: Int64.self)
        switch operation.kind {
        case .prod:
          let (product, overflow) = result.multipliedReportingOverflow(by: term)
          (result, overflows) = (product, overflows || overflow)
        case .max: result = operation.isMinimum ? min(result, term) : max(result, term)
        default:
          let (sum, overflow) = result.addingReportingOverflow(term)
          (result, overflows) = (sum, overflows || overflow)
        }
      }
      if overflows { throw .broken }
      self[target].storeBytes(of: result, as: Int64.self)
      return
    }
    var result = operation.kind == .prod || operation.kind == .all ? 1.0 : 0.0
    var count = 0.0
    try forEachTerm(reduction) { (_, plan) throws(PathFailure) in
      let term = number(plan.term.result)
      count += 1
      switch operation.kind {
      case .prod: result *= term
      case .any: result = max(result, term)
      case .all: result = min(result, term)
      default: result += term
      }
      if type == .f32 { result = Double(Float(result)) }
    }
    set(target, operation.kind == .mean ? result / count : result, type)
  }
}

/// Under which numbers the lists of what a program reads and makes are kept.
struct ListNumbers {
  /// Of the first cell of each table.
  var tables: [Int]
  /// Of each element of the inputs that have alternatives.
  var inputs: [[Int]?]
}
