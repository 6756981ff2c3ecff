// From a clause to its code.
import KernelTypes
import Kernels

struct CodeCompiler {
  let clause: CellClause
  let program: Program
  let bounds: Bounds
  private let tested: Set<Int>
  /// Axes along which cells are walked over one after the other.
  let walked: [Int]
  /// The axis along which the next line of cells lies.
  let innermost: Int?
  /// Reads of rings.
  private let ringReads: Set<Int>
  let arena: CodeArena
  /// How each variable moves from lane to lane.
  var directions: [Int]
  private(set) var types: [DType]
  private(set) var uniform: [Bool]
  private(set) var constants: [(register: Int, type: DType, bits: UInt64)] = []
  private(set) var match = GuardCode(
    lines: UnsafeBufferPointer(start: nil, count: 0), guards: UnsafeBufferPointer(start: nil, count: 0),
    steps: UnsafeBufferPointer(start: nil, count: 0), result: -1, isResultUniform: true)
  private(set) var steps = UnsafeBufferPointer<CodeStep>(start: nil, count: 0)
  private(set) var guards = UnsafeBufferPointer<Int32>(start: nil, count: 0)
  private(set) var reads = UnsafeBufferPointer<ReadCode>(start: nil, count: 0)
  private(set) var reductions = UnsafeBufferPointer<ReductionCode>(start: nil, count: 0)
  private(set) var depth = 0
  var readCodes: [ReadCode] = []
  private var reductionCodes: [ReductionCode?] = []
  /// Spread copies of uniform values, by value, within the block that made them.
  private var spreads: [Int32: Int32] = [:]
  /// Variables of the terms around the place at hand.
  private var enclosing: [Int32] = []

  init(
    _ clause: CellClause, _ program: Program, _ directions: [Int], _ tested: Set<Int>, walked: [Int], innermost: Int?,
    ringReads: Set<Int>,
    _ arena: CodeArena
  ) {
    self.clause = clause
    self.program = program
    self.tested = tested
    self.walked = walked
    self.innermost = innermost
    self.ringReads = ringReads
    self.arena = arena
    types = clause.types
    uniform = Array(repeating: false, count: clause.types.count)
    self.directions = directions + Array(repeating: 0, count: max(0, clause.variableCount - directions.count))
    bounds = Bounds(
      clause.reductions.flatMap { $0.terms.flatMap(\.variables) }, sizes: program.tables[clause.table].sizes)
    for reduction in clause.reductions {
      for term in reduction.terms {
        for variable in term.variables { self.directions[variable.number] = stride(variable.start) }
      }
    }
  }

  mutating func compile() {
    readCodes = clause.reads.indices.map(read)
    reductionCodes = clause.reductions.map { _ in nil }
    match = condition(clause.match)
    guards = guards(of: clause.steps)
    steps = block(clause.steps, 0)
    reads = arena.keep(readCodes)
    reductions = arena.keep(reductionCodes.indices.map { compiled($0, 0) })
  }

  // MARK: Indices

  func stride(_ e: Affine) -> Int {
    e.factors.enumerated().reduce(0) { $0 + $1.element * directions[$1.offset] }
  }

  func line(_ e: Affine) -> Line {
    Line(
      constant: e.constant, stride: stride(e), count: e.factors.count,
      factors: e.factors.isEmpty ? CodeArena.noFactors : arena.keep(e.factors).baseAddress ?? CodeArena.noFactors)
  }

  private func read(_ index: Int) -> ReadCode {
    let read = clause.reads[index]
    let sizes: [Int]
    let type: DType
    var isTable = false
    let source: Int
    switch read.source {
    case .table(let table):
      (sizes, type, source, isTable) = (program.tables[table].sizes, program.dtype, table, true)
    case .input(let input): (sizes, type, source) = (program.inputs[input].sizes, program.inputs[input].dtype, input)
    }
    var steps = Array(repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * sizes[axis + 1] }
    var address = Affine(0)
    var axes: [AxisCode] = []
    var hasValues = false
    for (axis, e) in read.indices.enumerated() {
      switch e {
      case .affine(let e):
        address = address + e * steps[axis]
        let isInside = bounds.least(e) >= 0 && bounds.greatest(e) < sizes[axis]
        axes.append(
          AxisCode(line: line(e), size: sizes[axis], register: -1, step: steps[axis], isChecked: !isInside))
      case .value(let register):
        hasValues = true
        axes.append(
          AxisCode(line: line(Affine(0)), size: sizes[axis], register: register, step: steps[axis], isChecked: true))
      }
    }
    let isUniform = !hasValues && read.condition < 0 && axes.allSatisfy { $0.line.stride == 0 }
    return ReadCode(
      isTable: isTable, source: source, type: type, address: line(address), axes: arena.keep(axes),
      hasValues: hasValues, isUniform: isUniform, isChecked: axes.contains { $0.isChecked },
      condition: read.condition, leavesOut: read.leavesOut, isTested: tested.contains(index), place: read.place,
      isRing: ringReads.contains(index))
  }

  /// Says of a read which of its values are known, by now, to be one vector.
  private mutating func noteUniformValues(_ index: Int) {
    guard readCodes[index].hasValues || readCodes[index].condition >= 0 else { return }
    readCodes[index].axes = arena.keep(
      readCodes[index].axes.map { axis in
        var axis = axis
        if axis.register >= 0 && uniform[Int(axis.register)] { axis.registerStep = 0 }
        return axis
      })
    let condition = readCodes[index].condition
    if condition >= 0 && uniform[Int(condition)] { readCodes[index].conditionStep = 0 }
  }

  /// Reads of a block that bound the lanes in which it makes sense.
  private func guards(of steps: [CellStep]) -> UnsafeBufferPointer<Int32> {
    var found: [Int32] = []
    for step in steps {
      guard case .read(let read) = step.operation else { continue }
      let code = readCodes[read]
      if code.isChecked && !code.hasValues && code.condition < 0 { found.append(Int32(read)) }
    }
    return arena.keep(found)
  }

  // MARK: Steps

  private mutating func condition(_ condition: Guard) -> GuardCode {
    let outer = spreads
    defer { spreads = outer }
    let all = condition.steps.map(CellStep.init)
    let steps = block(all, 0)
    return GuardCode(
      lines: arena.keep(condition.inequalities.map(line)), guards: guards(of: all), steps: steps,
      result: condition.result,
      isResultUniform: condition.result < 0 || uniform[Int(condition.result)])
  }

  private mutating func block(_ steps: [CellStep], _ depth: Int) -> UnsafeBufferPointer<CodeStep> {
    let outer = spreads
    defer { spreads = outer }
    var code: [CodeStep] = []
    for step in steps { self.step(step, depth, &code) }
    return arena.keep(code)
  }

  private mutating func step(_ step: CellStep, _ depth: Int, _ code: inout [CodeStep]) {
    let size = step.number >= 0 ? Int32(types[Int(step.number)].size) : 0
    switch step.operation {
    case .number(let value):
      let type = types[Int(step.number)]
      constant(step.number, type == .f32 ? UInt64(Float(value).bitPattern) : value.bitPattern)
    case .integer(let value): constant(step.number, UInt64(bitPattern: Int64(value)))
    case .boolean(let value): constant(step.number, value ? 1 : 0)
    case .index(let e):
      let line = line(e)
      uniform[Int(step.number)] = line.stride == 0
      code.append(
        CodeStep(kind: .index, isUniform: line.stride == 0, size: size, target: step.number, line: line))
    case .element(let op, let a, let b, let c): element(op, step.number, [a, b, c], &code)
    case .read(let read), .readTangent(let read):
      noteUniformValues(read)
      uniform[Int(step.number)] = readCodes[read].isUniform
      var isTangent = false
      if case .readTangent = step.operation { isTangent = true }
      code.append(
        CodeStep(
          kind: isTangent ? .readTangent : .read, isUniform: readCodes[read].isUniform, size: size,
          target: step.number, number: Int32(read)))
    case .reduce(let reduction):
      code.append(CodeStep(kind: .reduce, size: size, target: step.number, number: Int32(reduction)))
      _ = compiled(reduction, depth)
    case .reduceDual(let reduction, let tangent):
      code.append(CodeStep(kind: .reduceDual, size: size, target: step.number, a: tangent, number: Int32(reduction)))
      _ = compiled(reduction, depth)
    case .seed: code.append(CodeStep(kind: .seed, size: size, target: step.number))
    case .seedTangent: code.append(CodeStep(kind: .seedTangent, size: size, target: step.number))
    case .weight, .weightTangent: break
    case .reduceAdjoint(let reduction, let seed, let tangent):
      // Compiled now, when it is known which of the outer values that it uses are uniform.
      _ = compiled(reduction, depth, withAdjoint: true)
      code.append(CodeStep(kind: .reduceAdjoint, a: seed, b: tangent, number: Int32(reduction)))
    case .accumulate(let read, let value), .accumulateTangent(let read, let value):
      noteUniformValues(read)
      var isTangent = false
      if case .accumulateTangent = step.operation { isTangent = true }
      let full = spread(value, &code)
      code.append(
        CodeStep(
          kind: isTangent ? .accumulateTangent : .accumulate, size: Int32(types[Int(value)].size), a: full,
          number: Int32(read)))
    case .collected(let slot):
      code.append(CodeStep(kind: .collected, size: size, target: step.number, number: Int32(slot)))
    case .collect(let slot, let value):
      let full = spread(value, &code)
      code.append(CodeStep(kind: .collect, size: Int32(types[Int(value)].size), a: full, number: Int32(slot)))
    }
  }

  private mutating func constant(_ register: Int32, _ bits: UInt64) {
    uniform[Int(register)] = true
    constants.append((Int(register), types[Int(register)], bits))
  }

  /// The register of a value with all lanes filled.
  private mutating func spread(_ value: Int32, _ code: inout [CodeStep]) -> Int32 {
    guard uniform[Int(value)] else { return value }
    if let known = spreads[value] { return known }
    // Constants fill their register to its end.
    if constants.contains(where: { $0.register == Int(value) }) { return value }
    let register = Int32(types.count)
    types.append(types[Int(value)])
    uniform.append(false)
    code.append(CodeStep(kind: .spread, size: Int32(types[Int(value)].size), target: register, a: value))
    spreads[value] = register
    return register
  }

  private mutating func element(_ op: ElementOp, _ number: Int32, _ all: [Int32], _ code: inout [CodeStep]) {
    var operands = Array(all.prefix(op.arity))
    let type = types[Int(operands[op == .select ? 1 : 0])]
    let isUniform = operands.allSatisfy { uniform[Int($0)] }
    var repeated = 0
    var steps: [Int32] = [0, 0, 0]
    if !isUniform {
      for (position, operand) in operands.enumerated() {
        if uniform[Int(operand)] {
          if op.takesRepeated(type) && constants.allSatisfy({ $0.register != Int(operand) }) {
            repeated |= [RepeatedOperand.a, RepeatedOperand.b, RepeatedOperand.c][position]
            continue
          }
          operands[position] = spread(operand, &code)
        }
        steps[position] = Int32(types[Int(operand)].size)
      }
    }
    uniform[Int(number)] = isUniform
    let last = operands[operands.count - 1]
    code.append(
      CodeStep(
        kind: .element, isUniform: isUniform, size: Int32(types[Int(number)].size), target: number, a: operands[0],
        b: operands.count > 1 ? operands[1] : last, c: operands.count > 2 ? operands[2] : last, stepA: steps[0],
        stepB: operands.count > 1 ? steps[1] : steps[0],
        stepC: operands.count > 2 ? steps[2] : steps[operands.count - 1], repeated: repeated,
        kernel: Kernels.element(op, type)))
  }

  // MARK: Reductions

  private mutating func compiled(_ index: Int, _ depth: Int, withAdjoint: Bool = false) -> ReductionCode {
    if let known = reductionCodes[index], !withAdjoint { return known }
    self.depth = max(self.depth, depth + 1)
    let reduction = clause.reductions[index]
    let terms = reduction.terms.map { term($0, depth + 1, withAdjoint: withAdjoint) }
    let operation = program.operators[reduction.operation]
    let type = reduction.terms.first.map { types[Int($0.result)] } ?? program.dtype
    var columns: ColumnsKernel?
    var product: ColumnsProductKernel?
    if type.isFloat, let op = operation.columnsOp {
      columns = Kernels.table.columns[KernelTable.index(op, type)]
      product = Kernels.table.columnsProduct[KernelTable.index(op, type)]
    }
    let fold = operation.reduceOp.flatMap { Kernels.table.reduceColumns[KernelTable.index($0, type)] }
    let linear = linear(reduction, type)
    var kept = 0
    if let only = linear.first, only.matrix >= 0, let variable = reduction.terms.first?.variables.first {
      kept = keptBytes(variable) ?? 0
    }
    let isDual = terms.contains { $0.tangent >= 0 || $0.weightTangent >= 0 }
    let code = ReductionCode(
      operation: operation, distance: isDual ? nil : distance(reduction, terms, operation, type), type: type,
      terms: arena.keep(terms), linear: arena.keep(linear),
      capacity: reduction.terms.reduce(0) { $0 + rows($1) },
      keptBytes: kept, rowKernels: RowKernels(type), columns: columns, product: product, fold: fold,
      depth: depth, enclosing: arena.keep(enclosing),
      isDual: isDual, place: reduction.place)
    reductionCodes[index] = code
    return code
  }

  private func rows(_ term: CellTerm) -> Int {
    // Far more than there is memory for is as good as any number.
    term.variables.reduce(1) { rows, variable in
      let (product, overflows) = rows.multipliedReportingOverflow(
        by: max(0, bounds.greatest(variable.end - variable.start)))
      return overflows ? 1 << 40 : min(product, 1 << 40)
    }
  }

  static let mostKeptRows = 64

  /// Marks the reads that are gathered from lane to lane and are the same in the next line of cells.
  private mutating func keepReads(of term: CellTerm) {
    guard let innermost, term.variables.count == 1, let variable = term.variables.first, variable.start.isConstant,
      variable.end.isConstant, variable.end.constant - variable.start.constant <= CodeCompiler.mostKeptRows
    else { return }
    for step in term.steps {
      guard case .read(let index) = step.operation else { continue }
      let read = readCodes[index]
      if read.isTable || read.hasValues || read.condition >= 0 || read.address.stride | 1 == 1 { continue }
      if innermost < read.address.count && read.address.factors[innermost] != 0 { continue }
      keep(index, variable)
    }
  }

  mutating func keep(_ read: Int, _ variable: Variable) {
    readCodes[read].keptRows = max(0, variable.end.constant - variable.start.constant)
    readCodes[read].keptVariable = variable.number
    readCodes[read].keptStart = variable.start.constant
  }

  private mutating func term(_ term: CellTerm, _ depth: Int, withAdjoint: Bool) -> TermCode {
    enclosing += term.variables.map { Int32($0.number) }
    defer { enclosing.removeLast(term.variables.count) }
    keepReads(of: term)
    let loops = arena.keep(
      term.variables.map { LoopCode(variable: $0.number, start: line($0.start), end: line($0.end)) })
    let filter = condition(term.filter)
    let before = spreads
    var code: [CodeStep] = []
    for step in term.steps { self.step(step, depth, &code) }
    let result = term.result
    var writesRow = false
    if let last = code.last, last.target == result, last.kind == .element, !last.isUniform { writesRow = true }
    spreads = before
    var weight: Int32 = -1
    var weightTangent: Int32 = -1
    for step in term.adjoint {
      if step.operation == .weight { weight = step.number }
      if step.operation == .weightTangent { weightTangent = step.number }
    }
    let adjoint = block(withAdjoint ? term.adjoint : [], depth)
    let hasCondition = term.steps.contains { step in
      guard case .read(let read) = step.operation else { return false }
      return readCodes[read].condition >= 0 || (readCodes[read].hasValues && readCodes[read].leavesOut)
    }
    let hasMask = term.filter.result >= 0 || hasCondition
    let guards = guards(of: term.steps)
    return TermCode(
      loops: loops, filter: filter, guards: guards, steps: arena.keep(code), result: result,
      tangent: term.tangent, isResultUniform: uniform[Int(result)],
      isTangentUniform: term.tangent >= 0 && uniform[Int(term.tangent)], writesRow: writesRow, adjoint: adjoint,
      weight: weight, weightTangent: weightTangent, hasMask: hasMask,
      isPlain: loops.count <= 1 && filter.lines.count == 0 && filter.guards.count == 0 && guards.count == 0 && !hasMask)
  }
}

extension ReductionOperator {
  var columnsOp: ColumnsOp? {
    switch kind {
    case .max: .max
    case .entropy: .entropy
    case .l2: .l2
    case .tsallis: .tsallis
    default: nil
    }
  }
  /// Combines rows of any type.
  var reduceOp: ReduceOp? {
    switch kind {
    case .sum, .mean: .sum
    case .prod: .prod
    case .max: isMinimum ? .min : .max
    case .any: .any
    case .all: .all
    default: nil
    }
  }
}
