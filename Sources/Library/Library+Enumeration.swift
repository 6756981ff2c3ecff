// The paths of a dynamic program one by one: the best of them, and their number. The function runs as for its derivative;
// the graph then goes through its dynamic programs again with lists of alternatives instead of values.
import Diagnostics
import KernelTypes
import Tensor
import VM

extension Library {
  static let enumeration: [Builtin] = [kBest, countPaths]

  private static let function = BuiltinParameter(
    "f", .function, .required, "function whose value, one number, is that of dynamic programs that only add")

  private static let additions = """
    f may compute scores by any operations, but what comes from reductions may only be added, subtracted, chosen by a \
    condition or multiplied by a number. Smoothed reductions count as their hard ones. A path of score -inf (inf for \
    minima) is none, and what does not depend on u is a number.
    """

  /// What the examples tell paths of.
  private static let alignment = """
    fn dtw(cost: [n, m], min = min) {
        rec v[i < n, j < m] {
            v[0, 0] = cost[0, 0]
            v[i, j] = cost[i, j] + min(v[i-1, j], v[i, j-1], v[i-1, j-1])
        }
        v[n-1, m-1]
    }
    """

  private static let kBest = Builtin(
    "kbest", [function, BuiltinParameter("k", .int, .required, "how many, 1 or more")],
    summary: "The function that gives the k best paths: `kbest(f, k)(u)`.",
    details: """
      A list of records `{score, path}`, best first: the largest scores where f takes maxima, the smallest where it takes \
      minima. `path` is a table like `grad(f)(u)` for the hard reductions: a tree like u, which says how often the path \
      takes each score. Fewer than k where there are fewer paths. Each choice of terms is a path of its own, also if \
      another one takes the same scores; where two parts of a path use the same cell, each chooses for itself.

      Of equal paths, the one that takes the earlier term of a reduction comes first, from the value back to the first \
      cells. Memory is the number of cells times k.

      \(additions)
      """,
    example: """
      \(alignment)
      let cost = tensor([[1.0, 5.0], [2.0, 1.0]])
      for p in kbest(dtw, 2)(cost) { print(p.score, p.path) }
      """,
    expected: """
      2.0 tensor([[1.0, 0.0], [0.0, 1.0]])
      4.0 tensor([[1.0, 0.0], [1.0, 1.0]])
      """, derivative: .none(because: "which paths are best does not change by small steps"),
    source: "Huang and Chiang, Better k-best Parsing, IWPT 2005: algorithm 2"
  ) { call in
    let most = try call.int(1)
    if most < 1 { throw call.bad("`k` is \(most), and must be 1 or more") }
    return bound(call, "kbest", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "kbest")
      var type: DType?
      let paths = try work.enumerated(captured[0], positional, named) { output, variables, scope in
        guard let node = output.node else {
          return [GraphPath(score: output.number, gradients: variables.nodes.map { _ in nil })]
        }
        type = node.dtype
        return try machine.heap.graph.bestPaths(node, most: most, variables.nodes, scope)
      }
      return try list(work, paths, type, positional[0])
    }
  }

  /// The list of records; gradients are taken over.
  private static func list(
    _ work: Differentiation, _ paths: [GraphPath], _ type: DType?, _ argument: Value
  ) throws -> Value {
    let heap = work.heap
    let result = heap.list(capacity: paths.count)
    do {
      for path in paths {
        let tree = try work.gradientTree(argument, path.gradients)
        let score = try type.map { Value(try heap.graph.scalar(.float(path.score), $0)) } ?? Value(path.score)
        ListRef(result).append(heap.record(["score": score, "path": tree]), heap)
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  private static let countPaths = Builtin(
    "count_paths", [function], summary: "The function that counts paths: `count_paths(f)(u)`.",
    details: """
      An integer: how many paths `kbest` could tell. Where f adds its scores as they are, the logarithm of the number is \
      the value of f with scores of 0 and `smooth(max, entropy, 1.0)` for its reductions, which also does where no integer \
      holds the number.

      \(additions)
      """,
    example: """
      \(alignment)
      print(count_paths(dtw)(zeros([3, 3])))
      """, expected: "13", derivative: .none(because: "a number of paths does not change by small steps")
  ) { call in
    bound(call, "count_paths", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "count_paths")
      let count: Int? = try work.enumerated(captured[0], positional, named) { output, _, scope in
        guard let node = output.node else { return 1 }
        return try machine.heap.graph.countPaths(node, scope)
      }
      guard let count else {
        throw Diagnostic(
          .integerOverflow(operation: "count_paths"), at: nil,
          help: "its logarithm is the value with scores of 0 and `smooth(max, entropy, 1.0)` for the reductions")
      }
      return Value(count)
    }
  }
}

extension Differentiation {
  /// Runs `function` in a gradient scope and `body` on its value, a scalar or a number that depends on nothing.
  fileprivate func enumerated<T>(
    _ function: Value, _ positional: [Value], _ named: [(name: String, value: Value)],
    _ body: ((node: Node?, number: Double), Variables, GradientScope) throws -> T
  ) throws -> T {
    guard let argument = positional.first else {
      throw Diagnostic(.missingArgument(function: "\(name)(f)", name: "the first argument of f"), at: nil)
    }
    return try graph.keepingReductions {
      try scoped { scope in
        let variables = try variables(argument, scope)
        defer { free(variables) }
        let result = try machine.call(function, [variables.tree] + positional.dropFirst(), named: named)
        defer { heap.release(result) }
        if result.tag == .tensor && tensorNode(result).rank > 0 {
          throw Diagnostic(
            .wrongType(
              operation: name, expected: "a function that gives one number",
              found: "one that gives " + heap.typeName(result)), at: nil,
            help:
              "of several dynamic programs take one, `u => f(u)[0]`; the paths of `sum(f(u))` are those of all together"
          )
        }
        guard let output = try scalar(result) else { return try body((nil, result.asDouble), variables, scope) }
        defer { heap.release(Value(output)) }
        return try body((output, 0), variables, scope)
      }
    }
  }
}
