// Which reductions have terms that are sums of reads on lines, and which of those are products of a vector and a matrix: their
// rows are made, and their derivatives sent back, by one kernel (see Frame+Linear, Frame+LogProducts).
import KernelTypes

extension CodeCompiler {
  func linear(_ reduction: CellReduction, _ type: DType) -> [LinearTerm] {
    guard type == program.dtype, type.isFloat, program.operators[reduction.operation].columnsOp != nil else {
      return []
    }
    var found: [LinearTerm] = []
    for term in reduction.terms {
      guard let one = linear(term, type) else { return [] }
      found.append(one)
    }
    if found.count != 1 || program.operators[reduction.operation].kind != .entropy {
      for index in found.indices { (found[index].vector, found[index].matrix) = (-1, -1) }
    }
    return found
  }

  private func linear(_ term: CellTerm, _ type: DType) -> LinearTerm? {
    guard term.variables.count <= 1, term.filter.result < 0 else { return nil }
    var sums: [Int32: [Int32]] = [:]
    for step in term.steps {
      switch step.operation {
      case .read(let read): sums[step.number] = [Int32(read)]
      case .readTangent: break
      case .element(.add, let a, let b, _):
        // A sum of tangents is none of the term's reads.
        if let left = sums[a], let right = sums[b] { sums[step.number] = left + right }
      default: return nil
      }
    }
    guard let reads = sums[term.result], Set(reads).count == reads.count else { return nil }
    var loopBounds: [LoopBound] = []
    var laneBounds: [Line] = []
    let variable = term.variables.first?.number
    if let range = term.variables.first, stride(range.end) != stride(range.start) { return nil }
    func add(_ e: Affine) -> Bool {
      let factor = variable.map { e.factor($0) } ?? 0
      if factor == 0 {
        laneBounds.append(line(e))
        return true
      }
      guard stride(e) == 0, let variable else { return false }
      loopBounds.append(LoopBound(line: line(e - .variable(variable) * factor), factor: factor))
      return true
    }
    for e in term.filter.inequalities where !add(e) { return nil }
    for index in reads {
      let code = readCodes[Int(index)]
      let read = clause.reads[Int(index)]
      guard !code.hasValues, code.condition < 0, !code.isTested, code.type == type else { return nil }
      for (axis, place) in read.indices.enumerated() where code.axes[axis].isChecked {
        guard code.leavesOut, case .affine(let e) = place, add(e), add(Affine(code.axes[axis].size - 1) - e) else {
          return nil
        }
      }
    }
    var made = LinearTerm(
      reads: arena.keep(reads), loopBounds: arena.keep(loopBounds), laneBounds: arena.keep(laneBounds))
    if let (vector, matrix) = product(term, reads, made) { (made.vector, made.matrix) = (vector, matrix) }
    return made
  }

  /// Blocks of lanes along a line, and bytes of a line's matrix, for which exponentials are kept.
  private static let mostKeptBlocks = 64
  private static let mostKeptBytes = 16 << 20

  /// Bytes that keeping the matrices of a term's line takes, three copies of each; nil if that is too much.
  func keptBytes(_ variable: Variable) -> Int? {
    guard let axis = directions.firstIndex(of: 1), axis < bounds.sizes.count else { return nil }
    let rows = max(1, variable.end.constant - variable.start.constant)
    let line = bounds.sizes[axis]
    let (bytes, overflows) = (3 * program.dtype.size).multipliedReportingOverflow(by: rows * line)
    let isShort = line <= CodeCompiler.mostKeptBlocks * Recurrence.lanes(rows: rows)
    return isShort && !overflows && bytes <= CodeCompiler.mostKeptBytes ? bytes : nil
  }

  /// The vector and the matrix, if a linear term is a product whose matrix stays the same while cells are walked over.
  private func product(_ term: CellTerm, _ reads: [Int32], _ linear: LinearTerm) -> (Int32, Int32)? {
    guard reads.count == 2, let variable = term.variables.first, variable.start.isConstant, variable.end.isConstant,
      linear.loopBounds.isEmpty, linear.laneBounds.allSatisfy({ $0.stride == 0 }), !walked.isEmpty,
      keptBytes(variable) != nil
    else { return nil }
    func isMatrix(_ index: Int32) -> Bool {
      let read = readCodes[Int(index)]
      let address = read.address
      return !read.isTable && address.stride == 1
        && walked.allSatisfy { $0 >= address.count || address.factors[$0] == 0 }
        && variable.number < address.count
    }
    func isVector(_ index: Int32) -> Bool { readCodes[Int(index)].address.stride == 0 }
    if isVector(reads[0]) && isMatrix(reads[1]) { return (reads[0], reads[1]) }
    if isVector(reads[1]) && isMatrix(reads[0]) { return (reads[1], reads[0]) }
    return nil
  }

  /// The steps, cut at products whose matrix is the same for all cells of the parallel axes.
  func parts(parallel: [Int]) -> [StepPart] {
    guard let base = steps.baseAddress else { return [] }
    var found: [StepPart] = []
    var start = 0
    for index in steps.indices {
      guard base[index].kind == .reduce || base[index].kind == .reduceAdjoint else { continue }
      let reduction = reductions[Int(base[index].number)]
      guard reduction.linear.count == 1, let linear = reduction.linear.first, linear.matrix >= 0, !reduction.isDual,
        !readCodes[Int(linear.matrix)].address.involves(parallel),
        !linear.laneBounds.contains(where: { $0.involves(parallel) })
      else { continue }
      found.append(StepPart(steps: UnsafeBufferPointer(rebasing: steps[start..<index]), product: base + index))
      start = index + 1
    }
    found.append(StepPart(steps: UnsafeBufferPointer(rebasing: steps[start...])))
    return found
  }
}
