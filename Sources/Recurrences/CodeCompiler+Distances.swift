// Which sums are squared distances of a point to many others: the term is the square of a difference between a read that is the
// same in all lanes and one that moves with them, along an index of known range.
import KernelTypes

extension CodeCompiler {
  mutating func distance(
    _ reduction: CellReduction, _ terms: [TermCode], _ operation: ReductionOperator, _ type: DType
  ) -> DistanceCode? {
    guard let (left, right) = reduction.difference, operation.kind == .sum, type == program.dtype, type.isFloat,
      let term = terms.first, terms.count == 1, term.isPlain, let variables = reduction.terms.first?.variables,
      variables.count == 1, let variable = variables.first, variable.start.isConstant, variable.end.isConstant
    else { return nil }
    let count = max(0, variable.end.constant - variable.start.constant)
    func isPlain(_ read: Int) -> Bool {
      let code = readCodes[read]
      return !code.isTable && !code.hasValues && code.condition < 0 && !code.isTested && !code.isChecked && !code.isRing
        && code.type == type
    }
    guard isPlain(left), isPlain(right) else { return nil }
    let (point, others) = readCodes[left].address.stride == 0 ? (left, right) : (right, left)
    guard readCodes[point].address.stride == 0 else { return nil }
    if readCodes[others].address.stride == 0 { return nil }
    if readCodes[others].address.stride != 1 {
      // Gathered once for all lines that read the same.
      let address = readCodes[others].address
      guard count <= CodeCompiler.mostKeptRows, let innermost,
        innermost >= address.count || address.factors[innermost] == 0
      else { return nil }
      keep(others, variable)
    }
    return DistanceCode(
      point: Int32(point), others: Int32(others), start: variable.start.constant, count: count,
      variable: variable.number)
  }
}
