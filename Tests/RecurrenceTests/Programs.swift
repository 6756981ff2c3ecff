// Programs that the tests share, written down by hand: the chain of Viterbi and the alignment of DTW.
import KernelTypes
import Recurrences

func variable(_ number: Int, plus constant: Int = 0) -> Affine { .variable(number) + Affine(constant) }

/// v[b, t, s] = u[b, t, s] + op(v[b, t-1, r] + a[r, s] for r), v[b, 0, s] = u[b, 0, s].
func chain(_ b: Int, _ t: Int, _ s: Int, _ operation: ReductionOperator) -> Program {
  let here: [Read.Index] = [.affine(variable(0)), .affine(variable(1)), .affine(variable(2))]
  var first = Clause(table: 0, match: Guard(inequalities: [-variable(1)]), variableCount: 3, place: 1)
  first.types = [.f64]
  first.reads = [Read(source: .input(0), indices: here, leavesOut: false, place: 2)]
  first.steps = [Step(0, .read(0))]
  first.result = 0
  var rest = Clause(table: 0, match: Guard(), variableCount: 4, place: 3)
  rest.types = Array(repeating: .f64, count: 6)
  rest.reads = [
    Read(source: .input(0), indices: here, leavesOut: false, place: 4),
    Read(
      source: .table(0), indices: [.affine(variable(0)), .affine(variable(1, plus: -1)), .affine(variable(3))],
      leavesOut: true, place: 5),
    Read(source: .input(1), indices: [.affine(variable(3)), .affine(variable(2))], leavesOut: false, place: 6),
  ]
  let term = Term(
    variables: [Variable(number: 3, start: Affine(0), end: Affine(s))], filter: Guard(),
    steps: [Step(1, .read(1)), Step(2, .read(2)), Step(3, .element(.add, 1, 2, -1))], result: 3)
  rest.reductions = [Reduction(operation: 0, terms: [term], place: 7)]
  rest.steps = [Step(0, .read(0)), Step(4, .reduce(0)), Step(5, .element(.add, 0, 4, -1))]
  rest.result = 5
  return Program(
    dtype: .f64, tables: [Table(name: "v", sizes: [b, t, s])],
    inputs: [Input(name: "u", dtype: .f64, sizes: [b, t, s]), Input(name: "a", dtype: .f64, sizes: [s, s])],
    operators: [operation], clauses: [first, rest])
}

/// v[i, j] = c[i, j] + op over the cells at `offsets` from it; v[0, 0] = c[0, 0].
func grid(_ n: Int, _ m: Int, _ operation: ReductionOperator, offsets: [(Int, Int)]) -> Program {
  let here: [Read.Index] = [.affine(variable(0)), .affine(variable(1))]
  var first = Clause(table: 0, match: Guard(inequalities: [-variable(0), -variable(1)]), variableCount: 2, place: 1)
  first.types = [.f64]
  first.reads = [Read(source: .input(0), indices: here, leavesOut: false, place: 2)]
  first.steps = [Step(0, .read(0))]
  first.result = 0
  var rest = Clause(table: 0, match: Guard(), variableCount: 2, place: 3)
  let count = Int32(offsets.count)
  rest.types = Array(repeating: .f64, count: offsets.count + 3)
  rest.reads = [Read(source: .input(0), indices: here, leavesOut: false, place: 4)]
  rest.reads += offsets.enumerated().map { number, offset in
    Read(
      source: .table(0), indices: [.affine(variable(0, plus: offset.0)), .affine(variable(1, plus: offset.1))],
      leavesOut: true, place: 10 + number)
  }
  let terms = offsets.indices.map { number in
    Term(
      variables: [], filter: Guard(), steps: [Step(Int32(number) + 1, .read(number + 1))], result: Int32(number) + 1)
  }
  rest.reductions = [Reduction(operation: 0, terms: terms, place: 7)]
  rest.steps = [
    Step(0, .read(0)), Step(count + 1, .reduce(0)), Step(count + 2, .element(.add, 0, count + 1, -1)),
  ]
  rest.result = count + 2
  return Program(
    dtype: .f64, tables: [Table(name: "v", sizes: [n, m])],
    inputs: [Input(name: "c", dtype: .f64, sizes: [n, m])], operators: [operation], clauses: [first, rest])
}
