// Reductions that are values: `smooth(max, entropy, 0.1)`. They are called like `max` (Reducing.swift), and dynamic programs take
// them in its place.
import Diagnostics
import Recurrences
import VM

extension Library {
  static let smoothing: [Builtin] = [smooth, tsallis]

  /// Regularisers that need no parameter: names whose value is their own text.
  package static let regularisers: [(name: String, summary: String)] = [
    ("entropy", "a regulariser for `smooth`: sum(q * log(q)), whose weights are a softmax"),
    ("l2", "a regulariser for `smooth`: sum(q ^ 2) / 2, whose weights are sparse"),
  ]

  private static let smooth = Builtin(
    "smooth",
    [
      BuiltinParameter("reduction", .function, .required, "`max` or `min`"),
      BuiltinParameter("regulariser", [.string, .record], .required, "`entropy`, `l2` or `tsallis(alpha)`"),
      BuiltinParameter(
        "gamma", .numeric, .optional(shownDefault: "1.0"), "the temperature, above 0: the smaller, the closer to hard"),
      BuiltinParameter(
        "centred", .bool, .optional(shownDefault: "false"), "with `l2`: one term alone keeps its value"),
    ],
    summary: "A smoothed maximum or minimum: a reduction to call like `max`, or to pass for it.",
    details: """
      The maximum over weights q (not negative, of sum 1) of sum(q * x) - gamma * omega(q); the derivative is the q that \
      attains it. `entropy`: omega = sum(q * log(q)); the value is gamma * logsumexp(x / gamma), q is a softmax and never 0. \
      `l2`: omega = sum(q ^ 2) / 2; q is the projection on the simplex and mostly 0 (sparsemax). `tsallis(alpha)` lies \
      between. A smoothed minimum is minus the smoothed maximum of the negated terms.

      One term alone keeps its value with `entropy` and `tsallis`, but `l2` takes gamma / 2 off. With `centred: true`, \
      omega = (sum(q ^ 2) - 1) / 2 and the term keeps its value. The weights are the same, and so are the derivatives of a \
      dynamic program whose paths all take equally many reductions (Viterbi). Where they don't, as in alignments, each \
      reduction of the uncentred form costs gamma / 2, which favours short paths. `smooth(max, l2, g, centred: true)` is \
      `smooth(max, tsallis(2), g)`.

      Terms of -inf (inf for a minimum) are absent: no weight, and never a NaN. Nothing reduces to -inf (inf). gamma \
      passes no derivative. Second derivatives are there for all, third ones for `entropy` alone.
      """,
    example: """
      let soft = smooth(max, entropy, 1.0)
      print(soft, "{soft(1, 2, 3):.4f}")
      let sparse = smooth(max, l2, 1.0)
      print(sparse(tensor([[0.0, 0.5], [3.0, 1.0]]), axis: 1), grad(sparse)(tensor([0.0, 0.5])))
      """,
    expected: """
      <function smooth(max, entropy, 1.0)> 3.4076
      tensor([0.0625, 2.5]) tensor([0.25, 0.75])
      """,
    derivative: .rule("the weights q, and their derivative along a direction for the second order"),
    source: "Mensch and Blondel, Differentiable Dynamic Programming for Structured Prediction and Attention, ICML 2018"
  ) { call in
    let heap = call.heap
    guard let given = call.machine.reductionOperator(call[0]), given.kind == .max else {
      throw call.wrong(0, "`max` or `min`", help: "as in `smooth(max, entropy, 0.1)`")
    }
    var operation = try regulariser(call)
    operation.isMinimum = given.isMinimum
    operation.gamma = try call.number(2, default: 1)
    if !(operation.gamma > 0 && operation.gamma.isFinite) {
      throw call.bad(
        "`gamma` is \(shown(operation.gamma, heap)), and a temperature is a finite number above 0",
        help: operation.gamma == 0 ? "without smoothing it is `max` itself" : nil)
    }
    operation.isCentred = try call.bool(3, default: false)
    if operation.isCentred && operation.kind != .l2 {
      throw call.bad("`centred` goes with `l2`; the other regularisers are 0 for one sure term already")
    }
    let name =
      "smooth(\(given.isMinimum ? "min" : "max"), \(regulariserName(operation.kind, heap)), "
      + shown(operation.gamma, heap) + (operation.isCentred ? ", centred: true)" : ")")
    return heap.box(ReductionValue(name: name, operation: operation, apply: apply))
  }

  private static func regulariser(_ call: Call) throws -> ReductionOperator {
    switch call[1].tag {
    case .string:
      switch StringRef(call[1]).string {
      case "entropy": return ReductionOperator(.entropy)
      case "l2": return ReductionOperator(.l2)
      default: break
      }
    case .record:
      let record = RecordRef(call[1])
      for index in 0..<record.count {
        let key = record.key(at: index, call.heap)
        guard key.tag == .string, StringRef(key).string == "tsallis" else { continue }
        let alpha = try call.number(of: record.value(at: index, call.heap))
        if let alpha, alpha > 1, alpha.isFinite { return ReductionOperator(.tsallis(alpha)) }
      }
    default: break
    }
    throw call.wrong(1, "`entropy`, `l2` or `tsallis(alpha)`")
  }

  private static func regulariserName(_ kind: ReductionOperator.Kind, _ heap: Heap) -> String {
    switch kind {
    case .l2: "l2"
    case .tsallis(let alpha): "tsallis(\(shown(alpha, heap)))"
    default: "entropy"
    }
  }

  private static func shown(_ number: Double, _ heap: Heap) -> String {
    (try? heap.display(Value(number))) ?? ""
  }

  private static let tsallis = Builtin(
    "tsallis", [BuiltinParameter("alpha", .numeric, .required, "the exponent, above 1")],
    summary: "A regulariser for `smooth`: Tsallis entropies, between `entropy` (alpha near 1) and sparser than `l2`.",
    details: """
      omega = sum(q ^ alpha - q) / (alpha * (alpha - 1)); its weights are the alpha-entmax. Those of alpha = 1.5 are the \
      fastest; alpha = 2 is `l2`, centred.
      """,
    example: "print(grad(x => smooth(max, tsallis(1.5), 1.0)(x))(tensor([0.0, 0.5, 3.0])))",
    expected: "tensor([0.0, 0.0, 1.0])", derivative: .none(because: "it is a choice, not a computation"),
    source: "Peters, Niculae and Martins, Sparse Sequence-to-Sequence Models, ACL 2019"
  ) { call in
    let alpha = try call.number(0)
    if !(alpha > 1 && alpha.isFinite) {
      throw call.bad(
        "`alpha` is \(shown(alpha, call.heap)), and must be a finite number above 1",
        help: alpha == 1 ? "the limit at 1 is `entropy`" : nil)
    }
    return call.heap.record(["tsallis": Value(alpha)])
  }

  /// A reduction's value called: as `max` is.
  static func apply(
    _ machine: Machine, _ reduction: ReductionValue, _ positional: [Value], _ named: [(name: String, value: Value)]
  ) throws -> Value {
    guard let index = machine.builtinIndex("logsumexp") else { return .none }
    let heap = machine.heap
    let items = heap.list(positional.map { heap.retained($0) })
    defer { heap.release(items) }
    var window = [items, .absent, .absent]
    for (name, value) in named {
      switch name {
      case "axis": window[1] = value
      case "keep": window[2] = value
      default:
        throw Diagnostic(
          .unknownArgument(function: reduction.name, name: name, near: ["axis", "keep"]), at: nil)
      }
    }
    return try window.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return .none }
      let call = Call(machine: machine, builtinIndex: index, arguments: start, consumable: 0)
      return try Reducing(call: call, smoothing: reduction).run()
    }
  }
}
