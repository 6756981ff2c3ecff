// The derivative of one call of a Swift function. The host's rule is called backwards, with numbers; what it gives has no
// derivative of its own, and says so when one is asked for.
import Diagnostics
import Tensor
import VM

struct HostDerivative {
  let core: EngineCore
  let function: HostFunction
  /// The script's arguments, borrowed while the call runs.
  let values: [Value]
  let arguments: [ScriptValue]

  /// A node with the elements of `y` (taken over) whose derivative flows to `inputs` as the host says.
  func attached(to y: Node, _ inputs: [Node]) throws -> Node {
    let (core, function, arguments) = (core, function, arguments)
    let graph = core.graph
    defer { graph.release(y) }
    // Which argument each input is.
    let places = values.indices.filter { index in
      values[index].tag == .tensor && inputs.contains(tensorNode(values[index]))
    }
    return try graph.ruled(y, inputs: places.map { tensorNode(values[$0]) }) { [weak core] y, upstream, inputs in
      guard let core else { return [] }
      let graph = core.graph
      defer {
        graph.release(y)
        graph.release(upstream)
      }
      guard let rule = function.derivative else {
        throw HostDerivative.missing(function, "the host gave no derivative for it")
      }
      let given = try core.answer(function) {
        try rule(arguments, try core.tensor(graph.retain(y)), try core.tensor(graph.retain(upstream)))
      }
      return try places.map { place -> Node? in
        guard place < given.count, let part = given[place] else { return nil }
        let node = try core.node(part)
        // The result depends on the arguments and on the derivative that arrived, in a way that nobody knows.
        let origins = ([upstream] + inputs).filter(\.isTracked)
        if origins.isEmpty { return node }
        defer { graph.release(node) }
        return try graph.ruled(node, inputs: origins) { y, v, _ in
          graph.release(y)
          graph.release(v)
          throw HostDerivative.missing(function, "the host's derivative is given by numbers, which have none")
        }
      }
    }
  }

  private static func missing(_ function: HostFunction, _ why: String) -> Diagnostic {
    Diagnostic(.notDifferentiable(operation: function.name, why: why), at: nil)
  }
}

extension EngineCore {
  /// The elements of a node, outside; takes over its count.
  func tensor(_ node: Node) throws -> Tensor { try out(Value(node)).as(Tensor.self) }
}
