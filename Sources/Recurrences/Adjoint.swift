// The program that propagates derivatives back through a clause: its steps, then for each of them, last first, what its
// derivative adds to those of its operands. A reduction hands its derivative to the adjoint program of each of its terms,
// multiplied by the term's weight. What a term uses from around it collects in a slot.
//
// Steps that nobody needs are dropped afterwards: the adjoint of a sum of reads needs none of the clause's own values.
import KernelTypes

struct Adjoint {
  private var clause: CellClause
  private var types: [DType]
  /// Slot of a value that terms of reductions use from outside.
  private var slots: [Int32: Int] = [:]
  private let operators: [ReductionOperator]
  /// Bit per input whose derivative somebody wants.
  private let wanted: UInt64

  static func make(_ clause: Clause, _ program: Program, wanted: UInt64) -> CellClause {
    var work = Adjoint(CellClause(clause), program.operators, wanted)
    work.run()
    return work.clause
  }

  private init(_ clause: CellClause, _ operators: [ReductionOperator], _ wanted: UInt64) {
    self.clause = clause
    self.operators = operators
    self.wanted = wanted
    types = clause.types
  }

  private mutating func run() {
    let own = clause.steps
    var writer = StepWriter(types: types)
    writer.take(own)
    let seed = writer.add(.seed, types[Int(clause.result)])
    propagate(own, from: [clause.result: seed], inner: Set(own.map(\.number)), &writer)
    types = writer.types
    clause.types = types
    clause.steps = writer.steps
    clause.slotCount = slots.count
    clause.result = -1
    Pruning.prune(&clause)
  }

  /// Adds the adjoints of `steps`, given the derivatives that have arrived.
  private mutating func propagate(
    _ steps: [CellStep], from seeds: [Int32: Int32], inner: Set<Int32>, _ writer: inout StepWriter
  ) {
    var derivatives = seeds
    for step in steps.reversed() where step.number >= 0 {
      var arrived = derivatives[step.number]
      if let slot = slots[step.number] {
        arrived = writer.sum(arrived, writer.add(.collected(slot), types[Int(step.number)]))
      }
      guard let g = arrived, types[Int(step.number)].isFloat else { continue }
      switch step.operation {
      case .element(let op, let a, let b, let c):
        for (position, operand) in [a, b, c].prefix(op.arity).enumerated() where types[Int(operand)].isFloat {
          guard let part = writer.share(op, operand: position, a, b, c, step.number, g) else { continue }
          send(part, to: operand, inner, &derivatives, &writer)
        }
      case .read(let read):
        if case .input(let input) = clause.reads[read].source, wanted >> UInt64(input) & 1 == 0 { break }
        writer.effect(.accumulate(read, g))
      case .reduce(let reduction):
        reduce(reduction, g, &writer)
      default: break
      }
    }
  }

  /// To a value of this block, or to the slot of one around it.
  private mutating func send(
    _ part: Int32, to operand: Int32, _ inner: Set<Int32>, _ derivatives: inout [Int32: Int32],
    _ writer: inout StepWriter
  ) {
    if inner.contains(operand) {
      derivatives[operand] = writer.sum(derivatives[operand], part)
    } else {
      let slot = slots[operand] ?? slots.count
      slots[operand] = slot
      writer.effect(.collect(slot, part))
    }
  }

  private mutating func reduce(_ reduction: Int, _ g: Int32, _ writer: inout StepWriter) {
    types = writer.types
    for index in clause.reductions[reduction].terms.indices {
      let term = clause.reductions[reduction].terms[index]
      guard types[Int(term.result)].isFloat else { continue }
      var inside = StepWriter(types: types)
      inside.take(term.steps)
      var seed = g
      if !weighsOne(term, in: clause.reductions[reduction]) {
        seed = inside.binary(.mul, inside.add(.weight, types[Int(term.result)]), g)
      }
      let own = Set(term.steps.map(\.number))
      if own.contains(term.result) {
        propagate(term.steps, from: [term.result: seed], inner: own, &inside)
      } else {
        var none: [Int32: Int32] = [:]
        send(seed, to: term.result, own, &none, &inside)
      }
      types = inside.types
      writer.types = types
      clause.reductions[reduction].terms[index].adjoint = hoist(inside.steps, own: own, &writer)
    }
    writer.types = types
    writer.effect(.reduceAdjoint(reduction, g, -1))
  }

  /// A term of a sum that counts in every lane.
  private func weighsOne(_ term: CellTerm, in reduction: CellReduction) -> Bool {
    guard operators[reduction.operation].kind == .sum, term.filter.result < 0 else { return false }
    return term.steps.allSatisfy { step in
      guard case .read(let index) = step.operation else { return true }
      let read = clause.reads[index]
      let hasValues = read.indices.contains { if case .value = $0 { true } else { false } }
      return read.condition < 0 && !(hasValues && read.leavesOut)
    }
  }

  /// Moves what is the same for all terms, such as the derivative times a number, out of a term's adjoint.
  private func hoist(_ steps: [CellStep], own: Set<Int32>, _ writer: inout StepWriter) -> [CellStep] {
    var inside = Set(steps.map(\.number))
    return steps.filter { step in
      switch step.operation {
      case .number: break
      case .element(let op, let a, let b, let c)
      where [a, b, c].prefix(op.arity).allSatisfy({ !inside.contains($0) }): break
      default: return true
      }
      if own.contains(step.number) { return true }
      inside.remove(step.number)
      writer.place(step)
      return false
    }
  }
}
