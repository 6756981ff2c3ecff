// What follows from a dynamic program beside its value and derivative: the weights of its reductions describe a random walk
// over its cells, from the value back to the first cells, whose mean is the derivative. Here: a path drawn from the
// walk, and the walk's entropy.
//
// Both run the function's derivative, once with each cell's weights replaced by one draw, once adding up the entropy of the
// weights, each times how often its cell is visited.
import Diagnostics
import Tensor
import VM

extension Library {
  static let paths: [Builtin] = [sample, pathEntropy]

  private static let sample = Builtin(
    "sample",
    [
      BuiltinParameter("rng", .generator, .required, "a random generator; each call of the result advances it by one"),
      BuiltinParameter(
        "f", .function, .required, "function whose value is that of dynamic programs with smoothed reductions"),
    ],
    summary: "The function that draws a path: `sample(rng, f)(u)`.",
    details: """
      The derivative of f, with the weights of each smoothed reduction replaced by one draw per cell: for scores u, a table \
      of zeros and ones (of counts where a path uses an entry several times). Its mean over many draws is `grad(f)(u)`.
      """,
    example: """
      let f = x => logsumexp(x[i] for i)
      print(sum(sample(random(1), f)(tensor([0.5, 1.0, 2.0]))))
      """, expected: "1.0", derivative: .none(because: "a path that was drawn does not change with its weights"),
    source: "Mensch and Blondel 2018, section 3.3: the random walk of a smoothed dynamic program"
  ) { call in
    let rng = call[0]
    _ = try call.generator(0)
    return bound(call, "sample", [try call.function(1), rng]) { machine, captured, positional, named in
      let graph = machine.heap.graph
      let generator = GeneratorRef(captured[1])
      let work = Differentiation(machine: machine, name: "sample")
      let counter = generator.counter
      generator.counter &+= 1
      let result = try graph.drawingPaths(key: generator.key, counter: counter) {
        try work.valueAndGradient(captured[0], positional, named, aux: false)
      }
      machine.heap.release(result.value)
      return result.gradient
    }
  }

  private static let pathEntropy = Builtin(
    "path_entropy",
    [BuiltinParameter("f", .function, .required, "function whose value is that of dynamic programs")],
    summary: "The function that gives the entropy of the random path, in nats: `path_entropy(f)(u)`.",
    details: """
      The path is that of `sample`. With an entropy of temperature 1, it is `f(u) - sum(grad(f)(u) * u)` where f only adds; \
      with `l2` a path can be certain, and the entropy 0.
      """,
    example: """
      let f = x => logsumexp(x[i] for i)
      print("{path_entropy(f)(tensor([1.0, 1.0])):.4f}")
      """, expected: "0.6931", derivative: .none(because: "it is a number; the formula in its details has a derivative")
  ) { call in
    bound(call, "path_entropy", [try call.function(0)]) { machine, captured, positional, named in
      let heap = machine.heap
      let outer = heap.graph.pathEntropy
      heap.graph.pathEntropy = 0
      defer { heap.graph.pathEntropy = outer }
      let work = Differentiation(machine: machine, name: "path_entropy")
      let result = try work.valueAndGradient(captured[0], positional, named, aux: false)
      defer {
        heap.release(result.value)
        heap.release(result.gradient)
      }
      var nodes: [Node] = []
      let walked = try heap.mapTrees([result.gradient], operation: "path_entropy") { leaves in
        if leaves[0].tag == .tensor { nodes.append(tensorNode(leaves[0])) }
        return .none
      }
      heap.release(walked)
      try heap.graph.force(nodes)
      return Value(heap.graph.pathEntropy ?? 0)
    }
  }
}
