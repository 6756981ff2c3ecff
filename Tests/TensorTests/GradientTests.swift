// Every row of the derivative table against central differences, to second order: the gradient of the gradient is
// compared with differences of the gradient.
import KernelTypes
import Kernels
import Tensor
import Testing

private func unary(_ op: ElementOp, _ range: ClosedRange<Double> = 0.3...1.7) -> Case {
  Case(name: "\(op)", shapes: [[2, 3]], range: range) { graph, x in try graph.unary(op, x[0]) }
}

private func binary(_ op: ElementOp, _ range: ClosedRange<Double> = 0.3...1.7) -> [Case] {
  [[[2, 3], [2, 3]], [[2, 3], [3]], [[2, 1], [1, 3]], [[], [2, 2]]].map { shapes in
    Case(name: "\(op) \(shapes)", shapes: shapes, range: range) { graph, x in
      try graph.binary(op, .node(x[0]), .node(x[1]))
    }
  }
}

/// Unary operations with a derivative, by exhaustion of the operation table.
private func elementCases() -> [Case] {
  var cases: [Case] = []
  for op in ElementOp.allCases {
    switch op {
    case .copy, .neg, .abs, .square, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .reciprocal, .sin, .cos, .tan, .tanh,
      .sigmoid, .relu, .softplus, .gelu, .erf, .castF64:
      cases.append(unary(op, op == .tan ? 0.3...1.2 : 0.3...1.7))
      if [.neg, .abs, .square, .exp, .expm1, .sin, .cos, .tanh, .sigmoid, .relu, .softplus, .gelu, .erf].contains(op) {
        cases.append(unary(op, -1.7 ... -0.3))
      }
    case .add, .sub, .mul, .div, .pow, .max, .min: cases += binary(op)
    case .mod: cases += binary(op, 1.1...1.9)
    case .select:
      cases.append(
        Case(name: "select", shapes: [[2, 3], [3]]) { graph, x in
          let mask = try graph.tensor([1, 0, 1, 0, 0, 1], [2, 3], .bool)
          return try graph.select(mask, .node(x[0]), .node(x[1]))
        })
    case .castF32, .castI64, .castBool, .floor, .ceil, .round, .sign, .not, .isnan, .isfinite, .floordiv, .and, .or,
      .eq,
      .ne, .lt, .le, .gt, .ge:
      break  // piecewise constant, or not a number
    }
  }
  return cases
}

private func structureCases() -> [Case] {
  var cases: [Case] = []
  for reduction in [Reduction.sum, .prod, .max, .min, .mean, .logsumexp] {
    for axes in [nil, [0], [1], [2], [0, 2], [1, 2]] as [[Int]?] {
      cases.append(
        Case(name: "\(reduction) \(String(describing: axes))", shapes: [[2, 3, 4]]) { graph, x in
          try graph.reduce(reduction, x[0], axes: axes, keepDims: false)
        })
    }
  }
  for axis in 0..<2 {
    cases.append(Case(name: "softmax \(axis)", shapes: [[3, 4]]) { try $0.softmax($1[0], axis: axis) })
    cases.append(Case(name: "log_softmax \(axis)", shapes: [[3, 4]]) { try $0.logSoftmax($1[0], axis: axis) })
    cases.append(Case(name: "cumsum \(axis)", shapes: [[3, 4]]) { try $0.cumulativeSum($1[0], axis: axis) })
    cases.append(Case(name: "concat \(axis)", shapes: [[2, 2], [2, 2]]) { try $0.concat($1, axis: axis) })
    cases.append(Case(name: "stack \(axis)", shapes: [[2, 3], [2, 3]]) { try $0.stack($1, axis: axis) })
  }
  for shapes in [
    [[3, 4], [4, 2]], [[4], [4, 2]], [[3, 4], [4]], [[4], [4]], [[2, 3, 4], [2, 4, 2]], [[2, 3, 4], [4, 2]],
  ] {
    cases.append(Case(name: "matmul \(shapes)", shapes: shapes) { try $0.matmul($1[0], $1[1]) })
  }
  cases += [
    Case(name: "reshape", shapes: [[2, 6]]) { try $0.reshape($1[0], [3, -1]) },
    Case(name: "permute", shapes: [[2, 3, 4]]) { try $0.permute($1[0], [2, 0, 1]) },
    Case(name: "broadcast", shapes: [[3, 1]]) { try $0.broadcast($1[0], [2, 3, 4]) },
    Case(name: "slice", shapes: [[4, 5]]) {
      try $0.slice($1[0], [.range(1, nil, step: 2), .range(nil, nil, step: -1)])
    },
    Case(name: "slice index", shapes: [[4, 5]]) { try $0.slice($1[0], [.index(-1), .newAxis, .range(1, 4, step: 1)]) },
    Case(name: "element", shapes: [[4, 5]]) { try $0.slice($1[0], [.index(2), .index(3)]) },
    Case(name: "gather", shapes: [[4, 3]]) { graph, x in
      let ids = try graph.tensor([3, 0, 0, 1], [2, 2], .i64)
      return try graph.gather(x[0], ids)
    },
    Case(name: "gather in the middle", shapes: [[2, 4, 3]]) { graph, x in
      let ids = try graph.tensor([3, 0, 0], [3], .i64)
      return try graph.slice(x[0], [.range(nil, nil, step: 1), .gather(ids), .index(1)])
    },
    Case(name: "mask", shapes: [[3, 2]]) { graph, x in
      let mask = try graph.tensor([1, 0, 0, 1, 1, 0], [3, 2], .bool)
      return try graph.slice(x[0], [.gather(mask)])
    },
    Case(name: "assign", shapes: [[3, 4], [2]]) { graph, x in
      try graph.assign(graph.retain(x[0]), [.range(0, 2, step: 1), .index(1)], .node(x[1]))
    },
    Case(name: "assign by ids", shapes: [[4, 2], [3, 2]]) { graph, x in
      let ids = try graph.tensor([2, 0, 2], [3], .i64)
      return try graph.assign(graph.retain(x[0]), [.gather(ids)], .node(x[1]))
    },
    Case(name: "cross_entropy", shapes: [[3, 4]]) { graph, x in
      let labels = try graph.tensor([1, 3, 0], [3], .i64)
      return try graph.crossEntropy(x[0], labels)
    },
    Case(name: "cross_entropy with probabilities", shapes: [[3, 4], [3, 4]]) { try $0.crossEntropy($1[0], $1[1]) },
    Case(name: "prod with a zero", shapes: [[3]]) { graph, x in
      let shifted = try graph.binary(.mul, .node(x[0]), .node(graph.tensor([1, 0, 1], [3])))
      return try graph.reduce(.prod, shifted, axes: nil, keepDims: false)
    },
  ]
  return cases
}

@Suite struct GradientTests {
  @Test func everyRuleMatchesFiniteDifferences() throws {
    var generator = Generator(state: 7)
    let step = 1e-5
    for test in elementCases() + structureCases() {
      let inputs = test.shapes.map { generator.doubles($0.reduce(1, *), test.range) }
      let found = try gradients(test, inputs)
      for (which, input) in inputs.enumerated() {
        for index in input.indices {
          var up = inputs
          var down = inputs
          up[which][index] += step
          down[which][index] -= step
          let expected = (try value(test, up) - value(test, down)) / (2 * step)
          let error = abs(found[which][index] - expected) / max(1, abs(expected))
          #expect(error < 1e-6, "\(test.name): input \(which)[\(index)]: \(found[which][index]) for \(expected)")
        }
      }
    }
  }

  /// Hessian-vector products: the gradient of <gradient, v> against differences of the gradient along v.
  @Test func everyRuleDifferentiatesTwice() throws {
    var generator = Generator(state: 8)
    let step = 1e-5
    for test in elementCases() + structureCases() where test.name != "prod with a zero" {
      let inputs = test.shapes.map { generator.doubles($0.reduce(1, *), test.range) }
      let directions = test.shapes.map { generator.doubles($0.reduce(1, *), -1...1) }
      let found = try hessianProduct(test, inputs, directions)
      func moved(_ by: Double) -> [[Double]] {
        zip(inputs, directions).map { zip($0, $1).map { $0 + by * $1 } }
      }
      let up = try gradients(test, moved(step))
      let down = try gradients(test, moved(-step))
      for which in inputs.indices {
        for index in inputs[which].indices {
          let expected = (up[which][index] - down[which][index]) / (2 * step)
          let error = abs(found[which][index] - expected) / max(1, abs(expected))
          #expect(error < 1e-5, "\(test.name): input \(which)[\(index)]: \(found[which][index]) for \(expected)")
        }
      }
    }
  }

  private func hessianProduct(_ test: Case, _ inputs: [[Double]], _ directions: [[Double]]) throws -> [[Double]] {
    let graph = Graph()
    let nodes = try zip(inputs, test.shapes).map { try graph.tensor($0, $1) }
    let outer = try graph.beginGradient()
    let leaves = try nodes.map { try graph.leaf($0, outer) }
    let first = try gradientNodes(graph, leaves, test)
    var total = try graph.filled([], .f64, .float(0))
    for (gradient, direction) in zip(first, zip(directions, test.shapes)) {
      let v = try graph.tensor(direction.0, direction.1)
      let product = try graph.binary(.mul, .node(gradient), .node(v))
      total = try graph.binary(.add, .node(total), .node(graph.reduce(.sum, product, axes: nil, keepDims: false)))
    }
    let second = try graph.gradient(total, leaves, outer)
    graph.endGradient(outer)
    return try zip(second, inputs).map { try $0.map { try graph.values($0) } ?? $1.map { _ in 0 } }
  }

  @Test func stopGradientPassesNothing() throws {
    let test = Case(name: "stop", shapes: [[2]]) { graph, x in
      try graph.binary(.mul, .node(graph.stopGradient(x[0])), .node(x[0]))
    }
    var generator = Generator(state: 99)
    let weights = generator.doubles(2, -1...1)
    let found = try gradients(test, [[2, 3]])
    #expect(found[0] == [2 * weights[0], 3 * weights[1]])
  }
}
