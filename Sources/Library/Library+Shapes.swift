// Rearranging tensors, and the row functions that models end in.
import Diagnostics
import KernelTypes
import Tensor
import VM

private let tensorParameter = BuiltinParameter("x", [.tensor, .list], .required, "a tensor")
private let listOfTensors = BuiltinParameter("xs", .list, .required, "a list of tensors, not empty")

extension Library {
  static let shapes: [Builtin] =
    [reshape, transpose, expand, joining("concat"), joining("stack"), row("softmax"), row("log_softmax"), crossEntropy]

  private static let reshape = Builtin(
    "reshape",
    [
      tensorParameter,
      BuiltinParameter("shape", .shape, .required, "sizes with the same product; one may be -1: what is left"),
    ],
    summary: "The same elements in row-major order, in another shape.", example: "print(reshape(arange(6), [2, -1]))",
    expected: "tensor([[0, 1, 2], [3, 4, 5]])", derivative: .rule("reshaped back")
  ) { call in
    let x = Value(try call.tensor(0))
    defer { call.heap.release(x) }
    return Value(try call.graph.reshape(tensorNode(x), call.dims(1, wildcard: true)))
  }

  private static let transpose = Builtin(
    "transpose",
    [
      tensorParameter,
      BuiltinParameter(
        "axes", .list, .optional(shownDefault: "none"), "for each new axis the old one; without it reversed"),
    ],
    summary: "The axes in another order. `x.T` reverses them.",
    example: "print(transpose(ones([2, 3, 4]), [2, 0, 1]).shape)", expected: "[4, 2, 3]",
    derivative: .rule("transposed back")
  ) { call in
    let x = Value(try call.tensor(0))
    defer { call.heap.release(x) }
    let rank = tensorNode(x).rank
    let axes = try call.axes(1)?.map { try call.axis($0, rank: rank) } ?? Array((0..<rank).reversed())
    if axes.sorted() != Array(0..<rank) {
      throw call.bad("`axes` \(axes) does not name each of the \(rank) axes once")
    }
    return Value(try call.graph.permute(tensorNode(x), axes))
  }

  private static let expand = Builtin(
    "expand", [tensorParameter, shapeParameter],
    summary: "x repeated along axes of size 1, and along new leading axes.",
    example: "print(expand(tensor([1, 2]), [2, 2]))", expected: "tensor([[1, 2], [1, 2]])",
    derivative: .rule("summed over the repetitions")
  ) { call in
    let x = Value(try call.tensor(0))
    defer { call.heap.release(x) }
    return Value(try call.graph.broadcast(tensorNode(x), call.dims(1)))
  }

  private static func joining(_ name: String) -> Builtin {
    let isStack = name == "stack"
    return Builtin(
      name,
      [
        listOfTensors,
        BuiltinParameter(
          "axis", .int, .optional(shownDefault: "0"), isStack ? "where the new axis goes" : "axis to join along"),
      ],
      summary: isStack
        ? "Tensors of one shape, side by side along a new axis." : "Tensors joined along an axis they have.",
      details: isStack ? "" : "All other sizes must agree. Element types are promoted as in arithmetic.",
      example: isStack
        ? "print(stack([tensor([1, 2]), tensor([3, 4])]))" : "print(concat([tensor([1]), tensor([2, 3])], axis: 0))",
      expected: isStack ? "tensor([[1, 2], [3, 4]])" : "tensor([1, 2, 3])",
      derivative: .rule("each part gets its own slice back")
    ) { call in
      let heap = call.heap
      guard let items = try call.items(of: call[0]) else { throw call.wrong(0, "a list of tensors") }
      defer { heap.release(items) }
      var nodes: [Node] = []
      defer { for node in nodes { heap.release(Value(node)) } }
      for item in ListRef(items).buffer {
        guard item.tag == .tensor || item.tag == .list || item.isPlain else {
          throw call.wrong(0, "tensors in the list", found: item)
        }
        nodes.append(try TensorBuilder(call: call).node(item, nil))
      }
      guard let first = nodes.first else { throw call.bad("`xs` is empty, so the result has no shape") }
      let type = nodes.dropFirst().reduce(first.dtype) { $0.joined(with: $1.dtype) }
      for index in nodes.indices where nodes[index].dtype != type {
        let cast = try call.graph.cast(nodes[index], type)
        heap.release(Value(nodes[index]))
        nodes[index] = cast
      }
      let rank = first.rank + (isStack ? 1 : 0)
      let axis = try call.axis(call.int(1, default: 0), rank: rank)
      return Value(try isStack ? call.graph.stack(nodes, axis: axis) : call.graph.concat(nodes, axis: axis))
    }
  }

  private static func row(_ name: String) -> Builtin {
    let isLog = name == "log_softmax"
    return Builtin(
      name,
      [
        tensorParameter,
        BuiltinParameter("axis", .int, .optional(shownDefault: "-1"), "the axis along which the weights add up to 1"),
      ],
      summary: isLog
        ? "The logarithm of the softmax, exact where the softmax is 0." : "exp(x) divided by its sum along an axis.",
      details: "Safe for large values.",
      example: isLog ? "print(log_softmax(tensor([0.0, 1000.0])))" : "print(softmax(tensor([0.0, 0.0])))",
      expected: isLog ? "tensor([-1000.0, 0.0])" : "tensor([0.5, 0.5])",
      derivative: .rule(isLog ? "g - softmax(x) sum(g)" : "p (g - sum(p g))")
    ) { call in
      let x = Value(try call.tensor(0))
      defer { call.heap.release(x) }
      let node = tensorNode(x)
      let axis = try call.axis(call.int(1, default: -1), rank: node.rank)
      return Value(try isLog ? call.graph.logSoftmax(node, axis: axis) : call.graph.softmax(node, axis: axis))
    }
  }

  private static let crossEntropy = Builtin(
    "cross_entropy",
    [
      BuiltinParameter("logits", .tensor, .required, "scores [n, classes], not normalised"),
      BuiltinParameter(
        "labels", [.tensor, .list], .required, "class numbers [n] (i64), or probabilities [n, classes]"),
    ],
    summary: "Each sample's -log softmax(logits)[label], [n], in nats.",
    details: "A label outside 0..classes is an error. `mean(...)` makes a loss of it.",
    example: "print(cross_entropy(zeros([1, 2]), tensor([0])))", expected: "tensor([0.6931472])",
    derivative: .rule("softmax(logits) - one_hot(labels)")
  ) { call in
    let heap = call.heap
    let logits = Value(try call.tensor(0))
    defer { heap.release(logits) }
    let labels = Value(try call.tensor(1))
    defer { heap.release(labels) }
    return Value(try call.graph.crossEntropy(tensorNode(logits), tensorNode(labels)))
  }
}
