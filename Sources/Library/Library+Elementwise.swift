// Elementwise functions: on numbers, tensors, and every leaf of a tree. The plain ones differ in name and text only, so
// they are rows of a table; `clip` and `where` follow.
import Diagnostics
import KernelTypes
import Tensor
import VM

private struct ElementwiseRow {
  let op: ElementOp
  let summary: String
  let details: String
  let example: String
  let expected: String
  let derivative: Derivative

  init(
    _ op: ElementOp, _ summary: String, _ details: String = "", example: String, prints expected: String,
    slope: String? = nil, flat: String? = nil
  ) {
    self.op = op
    self.summary = summary
    self.details = details
    self.example = example
    self.expected = expected
    derivative = flat.map { .none(because: $0) } ?? .rule(slope ?? "")
  }
}

private let steps = "it is constant between its steps: the derivative is 0"

private let rows: [ElementwiseRow] = [
  ElementwiseRow(
    .abs, "The absolute value.", "Integers stay integers; the smallest integer overflows.",
    example: "print(abs(-3), abs(tensor([-1.5, 2.0])))", prints: "3 tensor([1.5, 2.0])", slope: "sign(x); 0 at 0"),
  ElementwiseRow(
    .sign, "-1, 0 or 1 as the sign says.", example: "print(sign(-2.5), sign(7))", prints: "-1.0 1", flat: steps),
  ElementwiseRow(
    .floor, "The largest whole number not above x; a float stays a float.",
    "`cast(floor(x), i64)` makes it an integer.",
    example: "print(floor(2.7), floor(-2.1))", prints: "2.0 -3.0", flat: steps),
  ElementwiseRow(
    .ceil, "The smallest whole number not below x; a float stays a float.",
    example: "print(ceil(2.1), ceil(-2.7))", prints: "3.0 -2.0", flat: steps),
  ElementwiseRow(
    .round, "The nearest whole number; halves go to the even one.",
    example: "print(round(2.5), round(3.5), round(-0.4))", prints: "2.0 4.0 -0.0", flat: steps),
  ElementwiseRow(
    .sqrt, "The square root; NaN below 0.", example: "print(sqrt(16), sqrt({a: 4.0}))", prints: "4.0 {a: 2.0}",
    slope: "1 / (2 sqrt(x))"),
  ElementwiseRow(
    .rsqrt, "1 / sqrt(x).", example: "print(rsqrt(4.0))", prints: "0.5", slope: "-rsqrt(x)^3 / 2"),
  ElementwiseRow(
    .square, "x * x.", example: "print(square(3), square(tensor([0.5])))", prints: "9 tensor([0.25])", slope: "2 x"),
  ElementwiseRow(
    .exp, "e to the power x.", example: "print(exp(0.0), \"{exp(1.0):.4f}\")", prints: "1.0 2.7183", slope: "exp(x)"),
  ElementwiseRow(
    .expm1, "exp(x) - 1, exact for small x.", example: "print(expm1(1e-20))", prints: "1e-20", slope: "exp(x)"),
  ElementwiseRow(
    .log, "The natural logarithm; -inf at 0, NaN below.", example: "print(log(1.0), log(0.0))", prints: "0.0 -inf",
    slope: "1 / x"),
  ElementwiseRow(
    .log1p, "log(1 + x), exact for small x.", example: "print(log1p(1e-20))", prints: "1e-20", slope: "1 / (1 + x)"),
  ElementwiseRow(.sin, "The sine; x in radians.", example: "print(sin(0.0))", prints: "0.0", slope: "cos(x)"),
  ElementwiseRow(.cos, "The cosine; x in radians.", example: "print(cos(0.0))", prints: "1.0", slope: "-sin(x)"),
  ElementwiseRow(.tan, "The tangent; x in radians.", example: "print(tan(0.0))", prints: "0.0", slope: "1 + tan(x)^2"),
  ElementwiseRow(
    .tanh, "The hyperbolic tangent, from -1 to 1.", example: "print(tanh(0.0), tanh(1000.0))", prints: "0.0 1.0",
    slope: "1 - tanh(x)^2"),
  ElementwiseRow(
    .sigmoid, "1 / (1 + exp(-x)), from 0 to 1.", example: "print(sigmoid(0.0), sigmoid(-1000.0))", prints: "0.5 0.0",
    slope: "sigmoid(x) (1 - sigmoid(x))"),
  ElementwiseRow(
    .relu, "x where it is positive, else 0.", example: "print(relu(tensor([-1.0, 2.0])))", prints: "tensor([0.0, 2.0])",
    slope: "1 where x > 0, else 0"),
  ElementwiseRow(
    .softplus, "log(1 + exp(x)), a smooth relu; safe for large x.",
    example: "print(softplus(1000.0), \"{softplus(0.0):.4f}\")",
    prints: "1000.0 0.6931", slope: "sigmoid(x)"),
  ElementwiseRow(
    .gelu, "x times the normal distribution's mass below x.", "Source: Hendrycks and Gimpel 2016, exact form with erf.",
    example: "print(gelu(0.0), \"{gelu(1.0):.4f}\")", prints: "0.0 0.8413", slope: "cdf(x) + x pdf(x)"),
  ElementwiseRow(
    .erf, "The error function.", example: "print(erf(0.0), \"{erf(1.0):.4f}\")", prints: "0.0 0.8427",
    slope: "2 exp(-x^2) / sqrt(pi)"),
  ElementwiseRow(
    .isnan, "Whether x is NaN.", example: "print(isnan(nan), isnan(tensor([1.0, nan])))",
    prints: "true tensor([false, true])", flat: "it gives booleans"),
  ElementwiseRow(
    .isfinite, "Whether x is neither infinite nor NaN.", example: "print(isfinite(1.0), isfinite(inf))",
    prints: "true false", flat: "it gives booleans"),
]

extension Library {
  static let elementwise: [Builtin] =
    rows.map { row in
      Builtin(
        "\(row.op)",
        [BuiltinParameter("x", .tree, .required, "a number, a tensor of any shape, or a tree of these")],
        summary: row.summary, details: row.details, example: row.example, expected: row.expected,
        derivative: row.derivative
      ) { call in try call.heap.unary(row.op, call[0]) }
    } + [clip, choose]

  private static let clip = Builtin(
    "clip",
    [
      BuiltinParameter("x", .tree, .required, "a number, tensor or tree"),
      BuiltinParameter("low", [.int, .float, .tensor, .none], .required, "lower bound; `none`: no bound"),
      BuiltinParameter("high", [.int, .float, .tensor, .none], .required, "upper bound; `none`: no bound"),
    ],
    summary: "x, but at least `low` and at most `high`.", details: "Bounds broadcast against x.",
    example: "print(clip(5, 0, 3), clip(tensor([-1.0, 0.5, 9.0]), 0.0, 1.0))", expected: "3 tensor([0.0, 0.5, 1.0])",
    derivative: .composed
  ) { call in
    let heap = call.heap
    let (low, high) = (call[1], call[2])
    return try heap.mapTrees([call[0]], operation: "clip") { leaves in
      let x = leaves[0]
      guard x.isNumber || x.tag == .tensor else { return heap.retained(x) }
      // A bound wins over x at equality, so that the slope at the bound is 0.
      let raised = low.tag == .none ? heap.retained(x) : try heap.binary(.max, low, x)
      defer { heap.release(raised) }
      return high.tag == .none ? heap.retained(raised) : try heap.binary(.min, high, raised)
    }
  }

  private static let choose = Builtin(
    "where",
    [
      BuiltinParameter("c", [.bool, .tensor], .required, "a boolean, or a tensor of booleans"),
      BuiltinParameter("a", .tree, .required, "taken where c is true"),
      BuiltinParameter("b", .tree, .required, "taken where c is false"),
    ],
    summary: "Elements of a where c is true, of b elsewhere.",
    details: """
      All three broadcast. a and b may be trees of equal structure. Both are computed everywhere; what is not taken has \
      the derivative 0 even if it is infinite or NaN there.
      """,
    example: "print(where(tensor([true, false]), tensor([1, 2]), 0))", expected: "tensor([1, 0])",
    derivative: .rule("passes to a where c, to b elsewhere")
  ) { call in
    let heap = call.heap
    let condition = call[0]
    if condition.tag == .bool { return heap.retained(condition.bool ? call[1] : call[2]) }
    guard condition.tag == .tensor, tensorNode(condition).dtype == .bool else {
      throw call.wrong(0, "a boolean tensor", help: "as in `x > 0`")
    }
    return try heap.mapTrees([call[1], call[2]], operation: "where") { leaves in
      guard let a = Heap.operand(leaves[0]), let b = Heap.operand(leaves[1]) else {
        if try heap.same(leaves[0], leaves[1]) { return heap.retained(leaves[0]) }
        throw call.wrong(Heap.operand(leaves[0]) == nil ? 1 : 2, "numbers or tensors", found: leaves[0])
      }
      return Value(try heap.graph.select(tensorNode(condition), a, b))
    }
  }
}
