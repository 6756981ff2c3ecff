// A plain evaluator of programs: cell by cell, each when it is first read, in doubles. It stands in for the executor, knows
// no derivatives, and goes when that is there.
import KernelTypes
import Recurrences
import Tensor

private struct Leave: Error {}

final class ReferenceRun {
  let p: Program
  let data: [[Double]]
  var cells: [[Double]]
  var state: [[UInt8]]
  init(_ p: Program, _ data: [[Double]]) {
    self.p = p
    self.data = data
    cells = p.tables.map { Array(repeating: .nan, count: $0.count) }
    state = p.tables.map { Array(repeating: 0, count: $0.count) }
  }
  struct Env { var vars: [Int]; var vals: [Int32: Double]; var cell: [Int] }
  func flat(_ index: [Int], _ sizes: [Int]) -> Int? {
    var r = 0
    for (i, s) in zip(index, sizes) {
      if i < 0 || i >= s { return nil }
      r = r * s + i
    }
    return r
  }
  func ev(_ a: Affine, _ e: Env) -> Int {
    var r = a.constant
    for (v, f) in a.factors.enumerated() { r += f * e.vars[v] }
    return r
  }
  func holds(_ g: Guard, _ c: Clause, _ e: inout Env) throws -> Bool {
    for i in g.inequalities where ev(i, e) < 0 { return false }
    try steps(g.steps, c, &e)
    return g.result < 0 || e.vals[g.result] != 0
  }
  func steps(_ s: [Step], _ c: Clause, _ e: inout Env) throws {
    for step in s { e.vals[step.number] = try op(step.operation, c, &e) }
  }
  func op(_ o: Operation, _ c: Clause, _ e: inout Env) throws -> Double {
    switch o {
    case .number(let d): return d
    case .integer(let i): return Double(i)
    case .boolean(let b): return b ? 1 : 0
    case .index(let a): return Double(ev(a, e))
    case .element(let op, let a, let b, let cc):
      let x = e.vals[a] ?? .nan, y = e.vals[b] ?? .nan, z = e.vals[cc] ?? .nan
      switch op {
      case .add: return x + y
      case .sub: return x - y
      case .mul: return x * y
      case .div: return x / y
      case .floordiv: return (x / y).rounded(.down)
      case .mod: return x - (x / y).rounded(.down) * y
      case .max: return Swift.max(x, y)
      case .min: return Swift.min(x, y)
      case .eq: return x == y ? 1 : 0
      case .ne: return x != y ? 1 : 0
      case .lt: return x < y ? 1 : 0
      case .le: return x <= y ? 1 : 0
      case .gt: return x > y ? 1 : 0
      case .ge: return x >= y ? 1 : 0
      case .and: return x != 0 && y != 0 ? 1 : 0
      case .or: return x != 0 || y != 0 ? 1 : 0
      case .not: return x == 0 ? 1 : 0
      case .select: return x != 0 ? y : z
      case .castF32, .castF64, .castI64, .castBool: return x
      default: return Heap.function(op, x)
      }
    case .read(let n):
      let r = c.reads[n]
      if r.condition >= 0, e.vals[r.condition] == 0 { return 0 }
      let index = r.indices.map { i -> Int in
        switch i {
        case .affine(let a): return ev(a, e)
        case .value(let v): return Int(e.vals[v] ?? 0)
        }
      }
      switch r.source {
      case .input(let k):
        guard let f = flat(index, p.inputs[k].sizes) else {
          if r.leavesOut { throw Leave() }
          throw TensorError(.cell(.outside(place: r.place, index: index, sizes: p.inputs[k].sizes)))
        }
        return data[k][f]
      case .table(let k):
        guard let f = flat(index, p.tables[k].sizes) else {
          if r.leavesOut { throw Leave() }
          throw TensorError(.cell(.outside(place: r.place, index: index, sizes: p.tables[k].sizes)))
        }
        if state[k][f] == 1 { throw TensorError(.program(.cycle(first: r.place, second: r.place))) }
        try cell(k, index)
        if state[k][f] == 3 {
          if r.leavesOut { throw Leave() }
          throw TensorError(.cell(.leftOut(place: r.place, index: index)))
        }
        return cells[k][f]
      }
    case .reduce(let n):
      let r = c.reductions[n]
      let o = p.operators[r.operation]
      var xs: [Double] = []
      for t in r.terms { try gather(t, 0, c, e, &xs) }
      switch o.kind {
      case .sum: return xs.reduce(0, +)
      case .prod: return xs.reduce(1, *)
      case .mean: return xs.reduce(0, +) / Double(xs.count)
      case .any: return xs.contains { $0 != 0 } ? 1 : 0
      case .all: return xs.allSatisfy { $0 != 0 } ? 1 : 0
      case .max: return o.isMinimum ? xs.min() ?? .infinity : xs.max() ?? -.infinity
      case .entropy:
        let s = o.isMinimum ? -1.0 : 1.0
        let ys = xs.map { s * $0 / o.gamma }
        guard let m = ys.max(), m > -.infinity else { return -s * .infinity }
        let total = ys.map { Heap.function(.exp, $0 - m) }.reduce(0, +)
        return s * o.gamma * (m + Heap.function(.log, total))
      default: throw TensorError(.badValue(operation: "reduction", detail: "not here"))
      }
    }
  }
  func gather(_ t: Term, _ k: Int, _ c: Clause, _ e: Env, _ xs: inout [Double]) throws {
    var e = e
    if k < t.variables.count {
      let v = t.variables[k]
      var i = ev(v.start, e)
      let end = ev(v.end, e)
      while i < end {
        e.vars[v.number] = i
        try gather(t, k + 1, c, e, &xs)
        i += 1
      }
      return
    }
    do {
      guard try holds(t.filter, c, &e) else { return }
      // A table read outside takes the term along before anything of it is evaluated.
      for step in t.steps {
        guard case .read(let n) = step.operation, c.reads[n].leavesOut, c.reads[n].condition < 0 else { continue }
        let sizes: [Int] =
          switch c.reads[n].source {
          case .table(let k): p.tables[k].sizes
          case .input(let k): p.inputs[k].sizes
          }
        for (i, size) in zip(c.reads[n].indices, sizes) {
          if case .affine(let a) = i, !(0..<size).contains(ev(a, e)) { return }
        }
      }
      try steps(t.steps, c, &e)
      xs.append(e.vals[t.result] ?? .nan)
    } catch is Leave {}
  }
  func cell(_ k: Int, _ index: [Int]) throws {
    guard let f = flat(index, p.tables[k].sizes), state[k][f] == 0 else { return }
    for b in p.tables[k].band {
      var e = Env(vars: index + Array(repeating: 0, count: b.variableCount - index.count), vals: [:], cell: index)
      var inside = try holds(b.match, b, &e)
      if inside {
        try steps(b.steps, b, &e)
        inside = b.result < 0 || e.vals[b.result] != 0
      }
      if !inside {
        state[k][f] = 3
        return
      }
    }
    state[k][f] = 1
    for c in p.clauses where c.table == k {
      var e = Env(vars: index + Array(repeating: 0, count: c.variableCount - index.count), vals: [:], cell: index)
      guard try holds(c.match, c, &e) else { continue }
      try steps(c.steps, c, &e)
      cells[k][f] = e.vals[c.result] ?? .nan
      state[k][f] = 2
      return
    }
    throw TensorError(.cell(.undefined(table: k, cell: index)))
  }
}

extension Graph {
  func recurrence(_ program: Program, inputs: [Node]) throws -> [Node] {
    var data: [[Double]] = []
    for n in inputs {
      try force([n])
      let m = try contents(n)
      data.append(
        (0..<n.count).map { i in
          switch n.dtype {
          case .f32: Double(m.assumingMemoryBound(to: Float.self)[i])
          case .f64: m.assumingMemoryBound(to: Double.self)[i]
          case .i64: Double(m.assumingMemoryBound(to: Int64.self)[i])
          case .bool: m.assumingMemoryBound(to: Bool.self)[i] ? 1 : 0
          }
        })
    }
    let run = ReferenceRun(program, data)
    return try program.tables.enumerated().map { k, t in
      for f in 0..<t.count {
        var index: [Int] = []
        var rest = f
        for s in t.sizes.reversed() {
          index.insert(rest % s, at: 0)
          rest /= s
        }
        try run.cell(k, index)
      }
      return try make(t.sizes, program.dtype) { out in
        for (i, x) in run.cells[k].enumerated() {
          switch program.dtype {
          case .f32: out.assumingMemoryBound(to: Float.self)[i] = Float(x)
          case .f64: out.assumingMemoryBound(to: Double.self)[i] = x
          case .i64: out.assumingMemoryBound(to: Int64.self)[i] = Int64(x)
          case .bool: out.assumingMemoryBound(to: Bool.self)[i] = x != 0
          }
        }
      }
    }
  }
}
