// A program with a tangent beside every float value: the directional derivative of a clause, and of its adjoint, which is
// the Hessian-vector product. Elementwise steps get theirs from the same table as the adjoint; a reduction's is the sum of
// its terms' tangents with its weights, and that of the weights is the second-order product of its operator.
import KernelTypes

struct Tangent {
  private var clause: CellClause
  /// Tangent of a value; none means zero.
  private var tangents: [Int32: Int32] = [:]
  private var types: [DType]
  /// Slots of tangents come behind those of values.
  private let slotCount: Int

  static func make(_ clause: CellClause) -> CellClause {
    var work = Tangent(clause)
    let before = work.clause.steps
    work.clause.steps = work.block(before)
    work.clause.types = work.types
    if clause.result >= 0 { work.clause.tangent = work.tangents[clause.result] ?? -1 }
    work.clause.slotCount = 2 * clause.slotCount
    Pruning.prune(&work.clause)
    return work.clause
  }

  private init(_ clause: CellClause) {
    self.clause = clause
    types = clause.types
    slotCount = clause.slotCount
  }

  private mutating func block(_ steps: [CellStep]) -> [CellStep] {
    var writer = StepWriter(types: types)
    for step in steps {
      var step = step
      writer.types = types.count > writer.types.count ? types : writer.types
      switch step.operation {
      case .number, .integer, .boolean, .index, .readTangent, .seedTangent, .weightTangent, .accumulateTangent,
        .reduceDual:
        writer.take([step])
      case .element(let op, let a, let b, let c):
        writer.place(step)
        guard types[Int(step.number)].isFloat else { break }
        var total: Int32?
        for (position, operand) in [a, b, c].prefix(op.arity).enumerated() {
          guard let tangent = tangents[operand] else { continue }
          total = writer.sum(total, writer.share(op, operand: position, a, b, c, step.number, tangent))
        }
        tangents[step.number] = total
      case .read(let read):
        writer.place(step)
        let type = types[Int(step.number)]
        if type.isFloat { tangents[step.number] = writer.add(.readTangent(read), type) }
      case .reduce(let reduction):
        types = writer.types
        terms(of: reduction)
        writer.types = types
        if types[Int(step.number)].isFloat {
          let number = Int32(writer.types.count)
          writer.types.append(types[Int(step.number)])
          step.operation = .reduceDual(reduction, tangent: number)
          tangents[step.number] = number
        }
        writer.place(step)
      case .seed:
        writer.place(step)
        tangents[step.number] = writer.add(.seedTangent, types[Int(step.number)])
      case .weight:
        writer.place(step)
        tangents[step.number] = writer.add(.weightTangent, types[Int(step.number)])
      case .reduceAdjoint(let reduction, let seed, _):
        types = writer.types
        terms(of: reduction)
        for index in clause.reductions[reduction].terms.indices {
          let before = clause.reductions[reduction].terms[index].adjoint
          clause.reductions[reduction].terms[index].adjoint = block(before)
        }
        writer.types = types
        writer.effect(.reduceAdjoint(reduction, seed, tangents[seed] ?? -1))
      case .accumulate(let read, let value):
        // Derivatives of inputs are known; of tables they are on the way.
        if case .table = clause.reads[read].source { writer.place(step) }
        if let tangent = tangents[value] { writer.effect(.accumulateTangent(read, tangent)) }
      case .collected(let slot):
        writer.place(step)
        tangents[step.number] = writer.add(.collected(slot + slotCount), types[Int(step.number)])
      case .collect(let slot, let value):
        writer.place(step)
        if let tangent = tangents[value] { writer.effect(.collect(slot + slotCount, tangent)) }
      }
    }
    types = writer.types
    return writer.steps
  }

  /// Gives the terms of a reduction their tangents, once.
  private mutating func terms(of reduction: Int) {
    for index in clause.reductions[reduction].terms.indices {
      let term = clause.reductions[reduction].terms[index]
      if term.tangent >= 0 { continue }
      let steps = block(term.steps)
      clause.reductions[reduction].terms[index].steps = steps
      clause.reductions[reduction].terms[index].tangent = tangents[term.result] ?? -1
    }
  }
}
