// Definitions that are products of matrices: one cell is the sum of the products of two reads, with plain indices and no
// conditions. They go to `matmul` with the axes arranged as
//
//     [in both and in the table] x [first alone] x [summed]  @  [in both and in the table] x [summed] x [second alone]
//
// A sum of one read is a sum over axes. What does not fit exactly is nil, and runs as a program.
import KernelTypes
import Recurrences
import Tensor

extension Graph {
  /// The table of a definition that is a contraction, owned; nil if it is none.
  func contraction(_ program: Program, _ inputs: [Node]) throws -> Node? {
    guard let found = Contraction(program) else { return nil }
    if found.factors.count == 1 {
      let (input, labels) = found.factors[0]
      let kept = found.head.filter(labels.contains)
      guard kept.count == found.head.count else { return nil }
      let arranged = try permute(inputs[input], (kept + found.summed).compactMap { labels.firstIndex(of: $0) })
      defer { release(arranged) }
      return try reduce(.sum, arranged, axes: Array(kept.count..<labels.count), keepDims: false)
    }
    return try product(found, inputs)
  }

  private func product(_ found: Contraction, _ inputs: [Node]) throws -> Node? {
    let (first, second) = (found.factors[0], found.factors[1])
    let shared = found.head.filter { first.labels.contains($0) && second.labels.contains($0) }
    let left = found.head.filter { first.labels.contains($0) && !second.labels.contains($0) }
    let right = found.head.filter { second.labels.contains($0) && !first.labels.contains($0) }
    guard shared.count + left.count + right.count == found.head.count,
      found.summed.allSatisfy({ first.labels.contains($0) && second.labels.contains($0) })
    else { return nil }
    func size(_ labels: [Int]) -> Int { labels.reduce(1) { $0 * found.sizes[$1] } }
    func arranged(_ factor: (input: Int, labels: [Int]), _ order: [[Int]]) throws -> Node {
      let moved = try permute(inputs[factor.input], order.joined().compactMap { factor.labels.firstIndex(of: $0) })
      defer { release(moved) }
      let groups = shared.isEmpty ? Array(order.dropFirst()) : order
      return try reshape(moved, groups.map(size))
    }
    let a = try arranged(first, [shared, left, found.summed])
    defer { release(a) }
    let b = try arranged(second, [shared, found.summed, right])
    defer { release(b) }
    let product = try matmul(a, b)
    defer { release(product) }
    let labels = shared + left + right
    let split = try reshape(product, labels.map { found.sizes[$0] })
    defer { release(split) }
    return try permute(split, found.head.compactMap { labels.firstIndex(of: $0) })
  }
}

/// A sum over products of reads, by the numbers of their indices.
private struct Contraction {
  var factors: [(input: Int, labels: [Int])] = []
  let head: [Int]
  let summed: [Int]
  private(set) var sizes: [Int]

  init?(_ program: Program) {
    guard program.tables.count == 1, program.clauses.count == 1, program.tables[0].band.isEmpty, program.dtype.isFloat
    else { return nil }
    let clause = program.clauses[0]
    guard clause.match.isTrivial, clause.steps.count == 1, clause.steps[0].number == clause.result,
      case .reduce(let number) = clause.steps[0].operation, clause.reductions.count == 1,
      clause.reductions[number].terms.count == 1,
      program.operators[clause.reductions[number].operation] == ReductionOperator(.sum)
    else { return nil }
    let term = clause.reductions[number].terms[0]
    guard term.filter.isTrivial, !term.variables.isEmpty, term.filter.steps.isEmpty else { return nil }
    head = Array(program.tables[0].sizes.indices)
    summed = term.variables.map(\.number)
    sizes = program.tables[0].sizes + Array(repeating: 0, count: clause.variableCount - head.count)
    for variable in term.variables {
      guard variable.start == Affine(0), variable.end.isConstant else { return nil }
      sizes[variable.number] = Swift.max(0, variable.end.constant)
    }
    // Products of reads only, each used once.
    var parts: [Int32: [Int]] = [:]
    for step in term.steps {
      switch step.operation {
      case .read(let read): parts[step.number] = [read]
      case .element(.mul, let a, let b, _):
        guard let left = parts.removeValue(forKey: a), let right = parts.removeValue(forKey: b) else { return nil }
        parts[step.number] = left + right
      default: return nil
      }
    }
    guard parts.count == 1, let reads = parts[term.result], reads.count <= 2 else { return nil }
    for read in reads.map({ clause.reads[$0] }) {
      guard case .input(let input) = read.source, read.condition < 0, program.inputs[input].dtype == program.dtype,
        let labels = labels(read, program.inputs[input].sizes)
      else { return nil }
      factors.append((input, labels))
    }
  }

  /// The indices of a read that takes each axis whole, by an index of its own.
  private func labels(_ read: Read, _ axes: [Int]) -> [Int]? {
    var labels: [Int] = []
    for (index, size) in zip(read.indices, axes) {
      guard case .affine(let affine) = index, let label = affine.soleVariable, label < sizes.count,
        sizes[label] == size, !labels.contains(label)
      else { return nil }
      labels.append(label)
    }
    return labels.count == axes.count ? labels : nil
  }
}
