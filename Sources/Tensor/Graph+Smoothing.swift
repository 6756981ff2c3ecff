// Smoothed reductions of tensors. With the entropy, gamma * logsumexp(x / gamma), made of operations that there are; the
// others are programs of one table, whose cells each reduce one line of the tensor, so that weights and their
// derivatives come from the same kernels as those of dynamic programs.
import KernelTypes
import Recurrences

extension Graph {
  /// Reduces `x` over `axes` (nil: all of them) by a maximum, hard or smoothed, or by functions. Integers and booleans become f32.
  package func reduce(
    _ operation: ReductionOperator, functions: [UserReduction] = [], _ x: Node, axes: [Int]?, keepDims: Bool
  ) throws -> Node {
    if operation.kind == .max {
      return try reduce(operation.isMinimum ? .min : .max, x, axes: axes, keepDims: keepDims)
    }
    let real = x.dtype.isFloat ? retain(x) : try cast(x, .f32)
    defer { release(real) }
    var reduced = Set<Int>()
    for axis in axes ?? Array(0..<x.rank) { reduced.insert(try checkedAxis(axis, x.rank, "smooth")) }
    if operation.kind == .entropy && !keepsReductions {
      return try reduceByEntropy(operation, real, reduced.sorted(), keepDims)
    }
    var program = Graph.program(operation, real.dtype, real.dims, reduced)
    program.functions = functions
    let cells = try recurrence(program, inputs: [real])[0]
    if !keepDims { return cells }
    defer { release(cells) }
    return try reshape(cells, (0..<x.rank).map { reduced.contains($0) ? 1 : x.dim($0) })
  }

  private func reduceByEntropy(
    _ operation: ReductionOperator, _ x: Node, _ axes: [Int], _ keepDims: Bool
  ) throws -> Node {
    let gamma = operation.isMinimum ? -operation.gamma : operation.gamma
    if gamma == 1 { return try reduce(.logsumexp, x, axes: axes, keepDims: keepDims) }
    let scaled = try binary(.div, .node(x), .float(gamma))
    defer { release(scaled) }
    let sum = try reduce(.logsumexp, scaled, axes: axes, keepDims: keepDims)
    defer { release(sum) }
    return try binary(.mul, .node(sum), .float(gamma))
  }

  /// `table[kept axes] = operation(x[..] for reduced axes)`.
  static func program(
    _ operation: ReductionOperator, _ type: DType, _ sizes: [Int], _ reduced: Set<Int>
  ) -> Program {
    // The head's variables come first, those of the reduction behind them.
    let kept = sizes.indices.filter { !reduced.contains($0) }
    let inner = sizes.indices.filter { reduced.contains($0) }
    var numbers = Array(repeating: 0, count: sizes.count)
    for (number, axis) in (kept + inner).enumerated() { numbers[axis] = number }
    var clause = Clause(table: 0, match: Guard(), variableCount: sizes.count, place: 0)
    clause.reads = [
      Read(source: .input(0), indices: numbers.map { .affine(.variable($0)) }, leavesOut: false, place: 0)
    ]
    let variables = inner.map { Variable(number: numbers[$0], start: Affine(0), end: Affine(sizes[$0])) }
    let term = Term(variables: variables, filter: Guard(), steps: [Step(0, .read(0))], result: 0)
    clause.reductions = [Recurrences.Reduction(operation: 0, terms: [term], place: 0)]
    clause.steps = [Step(1, .reduce(0))]
    clause.result = 1
    clause.types = [type, type]
    return Program(
      dtype: type, tables: [Table(name: "smooth", sizes: kept.map { sizes[$0] })],
      inputs: [Input(name: "x", dtype: type, sizes: sizes)], operators: [operation], clauses: [clause])
  }
}
