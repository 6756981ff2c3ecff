// The ways of calling a reduction, what is refused and with which cure, and the neutral elements.
import Diagnostics
import Testing

@Suite struct ReductionTests {
  static let cases: [(String, String)] = [
    ("sum([])", "0"), ("prod([])", "1"), ("max([])", "-inf"), ("min([])", "inf"), ("mean([])", "nan"),
    ("any([])", "false"), ("all([])", "true"), ("logsumexp([])", "-inf"),
    ("sum(zeros([0]))", "0.0"), ("max(zeros([0]))", "-inf"), ("sum(zeros([0, 3]), axis: 0)", "tensor([0.0, 0.0, 0.0])"),
    ("sum([true, false, true])", "2"), ("sum(1..4)", "6"), ("sum([1, 2.5])", "3.5"), ("mean(3)", "3.0"),
    ("max(2, 7, 5)", "7"), ("min(2.5, 1)", "1"), ("sum(1, 2, 3)", "6"), ("mean(1, 2)", "1.5"), ("max(3)", "3"),
    ("max(nan, 1.0)", "nan"), ("min([1.0, nan])", "nan"),
    ("max(tensor([1, 5]), tensor([4, 2]))", "tensor([4, 5])"),
    ("sum([tensor([1, 2]), tensor([3, 4])])", "tensor([4, 6])"),
    ("sum([{a: 1}, {a: 2}, {a: 3}])", "{a: 6}"), ("max({a: 1, b: 9}, {a: 5, b: 2})", "{a: 5, b: 9}"),
    ("mean([tensor([1.0]), tensor([4.0])])", "tensor([2.5])"),
    ("mean([{w: 1.0, n: 3, k: \"x\"}, {w: 3.0, n: 3, k: \"x\"}])", "{w: 2.0, n: 3, k: \"x\"}"),
    ("mean([1.0, 4.0], weights: [2, 1])", "2.0"), ("mean(tensor([1.0, 4.0]), weights: [2, 1])", "2.0"),
    ("mean(tensor([[1.0, 2.0], [5.0, 6.0]]), axis: 0, weights: [3, 1])", "tensor([2.0, 3.0])"),
    ("max([[1, 5], [4, 2]], axis: 1)", "tensor([5, 4])"),
    ("sum(ones([2, 3]), axis: [0, 1])", "6.0"), ("sum(ones([2, 3]), axis: -1, keep: true)", "tensor([[3.0], [3.0]])"),
    ("\"{logsumexp(0.0, 0.0):.4f}\"", "0.6931"), ("argmax([3, 9, 9])", "1"), ("std([2.0, 4.0])", "1.0"),
    ("variance(tensor([[1.0, 3.0], [2.0, 6.0]]), axis: 1)", "tensor([1.0, 4.0])"), ("norm([3.0, 4.0])", "5.0"),
    ("sum(x * x for x in [1, 2, 3])", "14"), ("max(len(w) for w in [\"a\", \"bcd\"])", "3"),
    ("[f([1, 2]) for f in [sum, max, min]]", "[3, 2, 1]"), ("sum(tensor(2.5))", "2.5"),
  ]

  @Test(arguments: cases) func gives(expression: String, expected: String) {
    let result = runScript("print(\(expression))")
    #expect(result.problems.map(\.problem.message) == [])
    #expect(result.output == expected + "\n")
  }

  static let refused: [(String, String, String?)] = [
    ("sum(ones([2, 2]), 0)", "wrong-type", "axis: 0"), ("mean(ones([2, 2]), 1)", "wrong-type", "axis: 1"),
    ("sum()", "missing-argument", nil), ("sum({a: 1})", "wrong-type", "values(r)"), ("sum(\"abc\")", "wrong-type", nil),
    ("sum([\"a\"])", "wrong-type", nil), ("any([1])", "wrong-type", nil),
    ("all(ones([2]))", "wrong-type", "all(x > 0)"),
    ("sum(ones([2]), axis: 1)", "axis-out-of-range", nil), ("sum(ones([2, 2]), axis: [0, 0])", "bad-value", nil),
    ("mean([1, 2], weights: [1])", "bad-value", nil), ("mean([1, 2], weights: [0, 0])", "bad-value", nil),
    ("sum([9223372036854775807, 1])", "integer-overflow", nil), ("argmax([])", "bad-value", nil),
    ("mean([{k: \"a\"}, {k: \"b\"}])", "tree-mismatch", nil), ("sum([{a: 1}, {b: 1}])", "tree-mismatch", nil),
  ]

  @Test(arguments: refused) func isRefused(expression: String, id: String, cure: String?) {
    let problem = runScript("let unused = \(expression)").problems.first
    #expect(problem?.problem.id == id)
    if let cure { #expect(problem?.help?.contains(cure) == true) }
  }
}
