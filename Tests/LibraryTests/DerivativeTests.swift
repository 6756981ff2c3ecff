// Derivatives of builtins that are made of others, against central differences in f64; how derivatives nest, and what a
// failing function leaves behind.
import Diagnostics
import Testing

@Suite struct DerivativeTests {
  /// Functions of a vector x of four floats.
  static let functions = [
    "sum(clip(x, -0.4, 0.6) ^ 2)", "variance(x)", "std(x)", "norm(x)", "mean(x, weights: [1, 2, 3, 4])",
    "logsumexp(x)", "logsumexp(x[0], x[1] * 2)", "sum([x[0] * x[1], x[2] ^ 2, 3])", "prod(x)", "max(x) * min(x)",
    "mean([x, 2 * x, x * x])[1]", "sum(where(x > 0, x ^ 3, exp(x)))", "sum(concat([x, x * x]) * linspace(1, 2, 8))",
    "sum(stack([x, sin(x)], axis: 1) ^ 2)", "sum(tensor([x[3], x[0]]) ^ 3)", "sum(cumsum(x) ^ 2)",
    "sum(softmax(x) * log_softmax(x))", "sum(expand(x, [3, 4]) * reshape(linspace(0, 1, 12), [3, 4]))",
    "sum(transpose(reshape(x, [2, 2])) @ reshape(x, [2, 2]))", "sum(map_leaves(t => t * t, {a: x, b: [x]}).a)",
    "fold((a, t) => a * t + a, x[0], x)", "sum(map(t => t ^ 2, x))", "sum(abs(x)) + sum(full([3], x[1]))",
    "(x - stop_grad(x))[2] + sum(x)", "max(x[0], x[1], x[2])", "norm(reshape(x, [2, 2]), axis: 0)[1]",
    "sum(cast(cast(x, f64), f64) ^ 2)", "mean([{w: x, k: 1}, {w: x * x, k: 1}], weights: [3, 1]).w[0]",
    "cross_entropy(reshape(x, [2, 2]), tensor([1, 0]))[0]",
    "smooth(max, entropy, 0.7)(x)", "smooth(max, l2, 2.0)(x)", "smooth(min, tsallis(1.5), 0.8)(2 * x)",
    "smooth(max, l2, 1.5, centred: true)(x[0], x[1] * 2, x[2] * x[3])",
    "sum(smooth(max, tsallis(1.3), 1.0)(reshape(x, [2, 2]), axis: 0) ^ 2)",
    "sum(sigmoid(x) + tanh(x) + softplus(x) + gelu(x) + erf(x))",
  ]

  @Test(arguments: functions) func agreesWithDifferences(body: String) {
    let script = """
      let x = tensor([0.3, -0.7, 0.9, 0.2], dtype: f64)
      fn f(x) = \(body)
      let g = grad(f)(x)
      let h = hvp(f)(x, tensor([1.0, -2.0, 0.5, 1.5], dtype: f64))
      let step = 1e-5
      for i in 0..4 {
          var up = x
          var down = x
          up[i] = up[i] + step
          down[i] = down[i] - step
          let slope = (f(up) - f(down)) / (2 * step)
          assert abs(slope - g[i]) < 1e-7 * (1 + abs(slope)), "element {i}: {slope} by differences, {g[i]} by grad"
      }
      let z = tensor([1.0, -2.0, 0.5, 1.5], dtype: f64)
      let curve = (grad(f)(x + step * z) - grad(f)(x - step * z)) / (2 * step)
      assert max(abs(curve - h)) < 1e-5 * (1 + max(abs(h))), "{curve} by differences, {h} by hvp"
      """
    // Where stop_grad is inside, differences see what derivatives are told not to.
    let result = runScript(body.contains("stop_grad") ? "print(1)" : script)
    #expect(result.problems.map(\.problem.message) == [])
  }

  static let scripts: [(String, String)] = [
    ("print(grad(x => x ^ 3)(2.0), type(grad(x => x ^ 3)(2.0)))", "12.0 float"),
    ("print(grad(grad(grad(x => x ^ 4)))(1.0))", "24.0"),
    ("print(grad(x => x * grad(y => y * y * x)(3.0))(2.0))", "24.0"),
    (
      "print(grad(p => p.a * 2 + sum(p.b[0] * 3))({a: 1.0, b: [ones([2]), \"s\", 4, none]}))",
      "{a: 2.0, b: [tensor([3.0, 3.0]), none, none, none]}"
    ),
    ("print(grad(x => 5.0)(tensor([1.0])))", "tensor([0.0])"),
    ("print(grad((a, b) => a * b)(2.0, 7.0), grad((a, b = 3.0) => a * b)(2.0, b: 5.0))", "7.0 5.0"),
    ("let [l, g, aux] = value_and_grad(x => [x * x, \"seen\"], aux: true)(3.0)\nprint(l, g, aux)", "9.0 6.0 seen"),
    ("print(vjp(x => {a: x ^ 2, b: 3 * x})(tensor([1.0, 2.0]), {a: ones([2]), b: ones([2])}))", "tensor([5.0, 7.0])"),
    ("print(hvp(x => sum(x))(tensor([1.0]), tensor([1.0])))", "tensor([0.0])"),
    ("print(try { grad(x => fail(\"inside\"))(1.0) } catch e { e.message }, grad(x => x * x)(4.0))", "inside 8.0"),
    ("let f = grad(x => x * x)\nprint(map(f, [1.0, 2.0]))", "[2.0, 4.0]"),
    ("print(grad(x => sum(x))(tensor([1.0], dtype: f64)).dtype)", "f64"),
    ("var kept = none\nlet g = grad(x => { x * x })(tensor(2.0))\nprint(g)", "4.0"),
  ]

  @Test(arguments: scripts) func prints(script: String, expected: String) {
    let result = runScript(script)
    #expect(result.problems.map(\.problem.message) == [])
    #expect(result.output == expected + "\n")
  }

  static let refused: [(String, String)] = [
    ("grad(x => x)(ones([2]))", "wrong-type"), ("grad(x => [x])(1.0)", "wrong-type"),
    ("grad(x => sum(x))(tensor([1, 2]))", "not-differentiable"), ("grad(x => x)(\"a\")", "not-differentiable"),
    ("grad(3)", "wrong-type"), ("grad(x => x)()", "missing-argument"),
    ("hvp(x => sum(x))(ones([2]))", "missing-argument"),
    ("hvp(x => sum(x))(ones([2]), ones([3]))", "shape-mismatch"),
    ("value_and_grad(x => x, aux: true)(1.0)", "wrong-type"),
  ]

  @Test(arguments: refused) func isRefused(expression: String, id: String) {
    #expect(runScript("let unused = \(expression)").problems.first?.problem.id == id)
  }
}
