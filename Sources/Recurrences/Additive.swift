// Whether a program only adds, so that its paths can be told one by one: which values of its clauses hang on reductions
// or cells (they have alternatives; all others are plain numbers), and that nothing is done to them but what keeps the
// order of their alternatives: sums, differences, products with a number, choices by a condition, casts.
//
// A sign goes down from the result to what it is made of. It tells which way each reduction looks: a maximum that is
// subtracted picks what makes the result least. All must look one way.
import KernelTypes

package struct Additive {
  /// Per clause: whether each of its values has alternatives.
  package private(set) var derived: [[Bool]] = []
  /// Whether the largest value is the best; nil while no reduction has said so.
  package var looksUp: Bool?
  /// The sign with which each input enters whose elements have alternatives.
  package private(set) var inputSigns: [Int: Int] = [:]
  private let program: Program
  /// Inputs whose elements have alternatives.
  package let derivedInputs: Set<Int>
  private let sign: Int
  /// Of the reduction, or clause, around the value at hand.
  private var place = 0

  /// `derivedInputs` have alternatives themselves; the tables enter with `sign`.
  package init(_ program: Program, derivedInputs: Set<Int>, sign: Int, looksUp: Bool?) throws(ProgramError) {
    self.program = program
    self.derivedInputs = derivedInputs
    self.sign = sign
    self.looksUp = looksUp
    for clause in program.clauses {
      place = clause.place
      derived.append(Array(repeating: false, count: clause.types.count))
      try mark(clause.match.steps, clause)
      try mark(clause.steps, clause)
      if clause.result >= 0 { try descend(clause.result, sign, clause, Additive.definitions(clause)) }
    }
  }

  /// Whether any reduction of the program chooses among its terms, or its cells read cells: otherwise a definition like
  /// others, whose elements are scores.
  package static func isRecursive(_ program: Program) -> Bool {
    program.clauses.contains { clause in
      clause.reads.contains { if case .table = $0.source { true } else { false } }
    }
  }
  package static func chooses(_ program: Program) -> Bool {
    program.clauses.contains { clause in
      clause.reductions.contains { reduction in
        program.operators[reduction.operation].isChoice
          && reduction.terms.contains { clause.types[Int($0.result)].isFloat }
      }
    }
  }

  /// The operation that makes each value.
  static func definitions(_ clause: Clause) -> [Operation?] {
    var found: [Operation?] = Array(repeating: nil, count: clause.types.count)
    func add(_ steps: [Step]) { for step in steps { found[Int(step.number)] = step.operation } }
    add(clause.match.steps)
    add(clause.steps)
    for reduction in clause.reductions {
      for term in reduction.terms {
        add(term.filter.steps)
        add(term.steps)
      }
    }
    return found
  }

  // MARK: Which values have alternatives

  private func has(_ value: Int32) -> Bool { value >= 0 && derived[derived.count - 1][Int(value)] }

  private func no(_ operation: String) -> ProgramError { .notAdditive(operation: operation, place: place) }

  private mutating func mark(_ steps: [Step], _ clause: Clause) throws(ProgramError) {
    for step in steps {
      let number = Int(step.number)
      switch step.operation {
      case .number, .integer, .boolean, .index: break
      case .read(let read):
        for case .value(let index) in clause.reads[read].indices where has(index) { throw no("an index") }
        if has(clause.reads[read].condition) { throw no("a condition") }
        switch clause.reads[read].source {
        case .table: derived[derived.count - 1][number] = true
        case .input(let input): derived[derived.count - 1][number] = derivedInputs.contains(input)
        }
      case .reduce(let index): try mark(clause.reductions[index], number, clause)
      case .element(let op, let a, let b, let c):
        guard has(a) || has(b) || has(c) else { break }
        // Whether a cell is there at all (see VM/Indexing/Bands).
        if op == .eq, a == b { continue }
        switch op {
        case .add, .sub, .neg, .copy, .castF32, .castF64: break
        case .mul where !(has(a) && has(b)): break
        case .div where !has(b): break
        case .select where !has(a): break
        default: throw no(Additive.name(op))
        }
        derived[derived.count - 1][number] = true
      }
    }
  }

  private mutating func mark(_ reduction: Reduction, _ number: Int, _ clause: Clause) throws(ProgramError) {
    let outer = place
    place = reduction.place
    defer { place = outer }
    for term in reduction.terms {
      try mark(term.filter.steps, clause)
      if has(term.filter.result) { throw no("a condition") }
      try mark(term.steps, clause)
    }
    let operation = program.operators[reduction.operation]
    if case .user = operation.kind { throw .userReduction(place: place) }
    if operation.isChoice {
      derived[derived.count - 1][number] = clause.types[number].isFloat
    } else if reduction.terms.contains(where: { has($0.result) }) {
      guard operation.kind == .sum || operation.kind == .mean else { throw no("\(operation.kind)") }
      derived[derived.count - 1][number] = true
    }
  }

  /// As scripts write it.
  package static func name(_ op: ElementOp) -> String {
    switch op {
    case .mul: "*"
    case .div: "/"
    case .floordiv: "//"
    case .mod: "%"
    case .pow, .square: "^"
    case .eq: "=="
    case .ne: "!="
    case .lt: "<"
    case .le: "<="
    case .gt: ">"
    case .ge: ">="
    case .castI64, .castBool: "cast"
    case .max, .min: "clip"
    default: "\(op)"
    }
  }

  // MARK: Signs

  private mutating func descend(
    _ value: Int32, _ sign: Int, _ clause: Clause, _ definitions: [Operation?]
  ) throws(ProgramError) {
    var seen = Set<Int32>()
    var open: [(value: Int32, sign: Int, place: Int)] = [(value, sign, clause.place)]
    while let (value, sign, place) = open.popLast() {
      guard has(value), seen.insert(sign > 0 ? value : -value - 1).inserted, let operation = definitions[Int(value)]
      else { continue }
      self.place = place
      switch operation {
      case .number, .integer, .boolean, .index: break
      case .read(let read):
        switch clause.reads[read].source {
        case .table: if sign != self.sign { throw no("-") }
        case .input(let input):
          if let other = inputSigns[input], other != sign { throw no("-") }
          inputSigns[input] = sign
        }
      case .reduce(let index):
        let reduction = clause.reductions[index]
        let operation = program.operators[reduction.operation]
        if operation.isChoice {
          let up = operation.isMinimum == (sign < 0)
          if let looksUp, looksUp != up { throw .opposed(place: reduction.place) }
          looksUp = up
        }
        for term in reduction.terms { open.append((term.result, sign, reduction.place)) }
      case .element(let op, let a, let b, let c):
        switch op {
        case .sub: open += [(a, sign, place), (b, -sign, place)]
        case .neg: open.append((a, -sign, place))
        case .mul, .div:
          // What is no number written in the script is tested as it comes.
          let (inner, factor) = has(a) ? (a, b) : (b, a)
          var isNegative = false
          if case .number(let number)? = definitions[Int(factor)] { isNegative = number < 0 }
          open.append((inner, isNegative ? -sign : sign, place))
        case .select: open += [(b, sign, place), (c, sign, place)]
        case .add: open += [(a, sign, place), (b, sign, place)]
        default: open.append((a, sign, place))
        }
      }
    }
  }
}

extension ReductionOperator {
  /// A maximum or minimum, hard or smoothed: it chooses among its terms.
  package var isChoice: Bool {
    switch kind {
    case .max, .entropy, .l2, .tsallis: true
    case .sum, .prod, .mean, .any, .all, .user: false
    }
  }
}
