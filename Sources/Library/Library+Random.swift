// Random numbers. A generator is a key and a counter; a draw is a function of both and of the element's index, so it is
// the same for any number of threads. Every draw takes its numbers at once and advances the counter by one; `fork`
// makes a new key from the old one and the arguments and advances nothing.
import Diagnostics
import KernelTypes
import Tensor
import VM

private let rngParameter = BuiltinParameter(
  "rng", .generator, .required, "a random generator; it is advanced by one draw")
private let drawn = Derivative.none(because: "a draw does not depend on the parameters in a differentiable way here")
private let pathwise = Derivative.none(because: "draws are constants: scale and shift standard draws to differentiate")

/// Mixes 64 bits so that neighbouring inputs give unrelated outputs (the finaliser of SplitMix64).
private func mixed(_ input: UInt64) -> UInt64 {
  var z = input &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

extension Library {
  static let random: [Builtin] = [
    generator, spawn, fork, copy, uniform, normal, integers, bernoulli, categorical, permutation, choice, gamma,
    dirichlet,
    exponential,
  ]

  private static let generator = Builtin(
    "random", [BuiltinParameter("seed", .int, .required, "any integer")],
    summary: "A random generator.", details: "The same seed gives the same numbers, on any number of threads.",
    example: "print(same(uniform(random(7), [3]), uniform(random(7), [3])))", expected: "true",
    derivative: .none(because: "it gives no number")
  ) { call in
    let seed = UInt64(bitPattern: Int64(try call.int(0)))
    return call.heap.generator(key: mixed(mixed(seed) ^ 0x7472_656C_6C69_73))
  }

  private static let spawn = Builtin(
    "spawn", [rngParameter, BuiltinParameter("n", .int, .required, "how many")],
    summary: "A list of n independent generators.", example: "print(len(spawn(random(0), 3)))", expected: "3",
    derivative: .none(because: "it gives no number")
  ) { call in
    let heap = call.heap
    let rng = try call.generator(0)
    let count = try call.int(1)
    if count < 0 { throw call.bad("`n` is \(count)") }
    try heap.reserve(bytes: count.multipliedReportingOverflow(by: 48).partialValue)
    let base = mixed(rng.key ^ mixed(rng.counter ^ 0x5350_4157_4E))
    rng.counter &+= 1
    let result = heap.list(capacity: count)
    for index in 0..<count {
      ListRef(result).append(heap.generator(key: mixed(base ^ mixed(UInt64(index)))), heap)
    }
    return result
  }

  private static let fork = Builtin(
    "fork",
    [
      BuiltinParameter("rng", .generator, .required, "a random generator; it is not advanced"),
      BuiltinParameter("labels", .any, .variadic, "what the new generator is for: strings, numbers, lists of these"),
    ],
    summary: "A generator that depends on rng's key and the labels alone.",
    details: "However far rng was advanced, the same labels give the same generator.",
    example: "let rng = random(0)\nprint(same(fork(rng, \"client\", 3), fork(rng, \"client\", 3)))", expected: "true",
    derivative: .none(because: "it gives no number")
  ) { call in
    let heap = call.heap
    var key = mixed(try call.generator(0).key ^ 0x464F_524B)
    for label in ListRef(call[1]).buffer {
      let plain = try heap.key(label)
      key = mixed(key ^ mixed(heap.hash(plain)))
      heap.release(plain)
    }
    return heap.generator(key: key)
  }

  private static let copy = Builtin(
    "copy", [BuiltinParameter("x", .any, .required, "a random generator; anything else is given back as it is")],
    summary: "A generator that goes its own way from here on.",
    details: "`let b = a` gives one generator a second name; only `copy` makes two.",
    example: "let a = random(0)\nlet b = copy(a)\nprint(same(uniform(a, [2]), uniform(b, [2])))", expected: "true",
    derivative: .rule("passes as it is")
  ) { call in
    guard call[0].tag == .generator else { return call.heap.retained(call[0]) }
    let rng = GeneratorRef(call[0])
    return call.heap.generator(key: rng.key, counter: rng.counter)
  }

  private static let uniform = Builtin(
    "uniform",
    [
      rngParameter, shapeParameter,
      BuiltinParameter("low", .numeric, .optional(shownDefault: "0.0"), "smallest number"),
      BuiltinParameter("high", .numeric, .optional(shownDefault: "1.0"), "numbers are below it"), dtypeParameter,
    ],
    summary: "Numbers spread evenly from `low` to below `high`.",
    example: "let x = uniform(random(1), [100], low: 2.0, high: 3.0)\nprint(min(x) >= 2.0, max(x) < 3.0)",
    expected: "true true", derivative: pathwise
  ) { call in
    let dims = try call.dims(1)
    let distribution = Distribution.uniform(low: try call.number(2, default: 0), high: try call.number(3, default: 1))
    return try call.draw(distribution, dims, call.floatType(4))
  }

  private static let normal = Builtin(
    "normal",
    [
      rngParameter, shapeParameter, BuiltinParameter("mean", .numeric, .optional(shownDefault: "0.0"), "mean"),
      BuiltinParameter("sd", .numeric, .optional(shownDefault: "1.0"), "standard deviation"), dtypeParameter,
    ],
    summary: "Normally distributed numbers.",
    example: "let x = normal(random(1), [10000], mean: 3.0)\nprint(abs(mean(x) - 3.0) < 0.05)", expected: "true",
    derivative: pathwise
  ) { call in
    let dims = try call.dims(1)
    let sd = try call.number(3, default: 1)
    if sd < 0 { throw call.bad("`sd` is \(sd)") }
    return try call.draw(.normal(mean: call.number(2, default: 0), sd: sd), dims, call.floatType(4))
  }

  private static let integers = Builtin(
    "integers",
    [
      rngParameter, BuiltinParameter("low", .int, .required, "smallest integer"),
      BuiltinParameter("high", .int, .required, "integers are below it"), shapeParameter,
    ],
    summary: "Integers from `low` to below `high`, each as likely; i64.",
    example: "let x = integers(random(1), 3, 6, [1000])\nprint(min(x), max(x))", expected: "3 5", derivative: drawn
  ) { call in
    let (low, high, dims) = (try call.int(1), try call.int(2), try call.dims(3))
    if high <= low { throw call.bad("there is no integer from \(low) to below \(high)") }
    return try call.draw(.integers(low: low, high: high), dims, .i64)
  }

  private static let bernoulli = Builtin(
    "bernoulli",
    [rngParameter, BuiltinParameter("p", .numeric, .required, "probability of true, 0 to 1"), shapeParameter],
    summary: "Booleans that are true with probability p.", details: "`x * bernoulli(rng, p, x.shape)` is a mask.",
    example: "print(abs(mean(bernoulli(random(1), 0.25, [10000])) - 0.25) < 0.02)", expected: "true", derivative: drawn
  ) { call in
    let (p, dims) = (try call.number(1), try call.dims(2))
    if !(p >= 0 && p <= 1) { throw call.bad("`p` is \(p), no probability") }
    return try call.draw(.bernoulli(p: p), dims, .bool)
  }

  private static let categorical = Builtin(
    "categorical",
    [
      rngParameter,
      BuiltinParameter("logits", [.tensor, .list], .required, "log-probabilities [.., classes], not normalised"),
      BuiltinParameter(
        "shape", .shape, .optional(shownDefault: "none"), "shape of the result; without it a draw a row"),
    ],
    summary: "Class numbers, drawn with probability softmax(logits); i64.", details: "A class with -inf never comes.",
    example: "print(categorical(random(1), tensor([-inf, 0.0]), [3]))", expected: "tensor([1, 1, 1])", derivative: drawn
  ) { call in
    let node = Value(try call.measured(1))
    defer { call.heap.release(node) }
    let dims = call.isMissing(2) ? Array(tensorNode(node).dims.dropLast()) : try call.dims(2)
    return try call.draw(.categorical(logits: tensorNode(node)), dims, .i64)
  }

  private static let permutation = Builtin(
    "permutation", [rngParameter, BuiltinParameter("n", .int, .required, "how many")],
    summary: "The integers 0 to n - 1 in random order; i64.",
    example: "print(sum(permutation(random(2), 100)))", expected: "4950", derivative: drawn
  ) { call in
    let count = try call.int(1)
    if count < 0 { throw call.bad("`n` is \(count)") }
    return try call.draw(.permutation, [count], .i64)
  }

  private static let choice = Builtin(
    "choice",
    [
      rngParameter, BuiltinParameter("n", .int, .required, "chosen from 0 to n - 1"),
      BuiltinParameter("k", .int, .required, "how many, at most n"),
    ],
    summary: "k different integers below n, in random order; i64.",
    example: "print(sum(choice(random(3), 4, 4)))", expected: "6", derivative: drawn
  ) { call in
    let (count, chosen) = (try call.int(1), try call.int(2))
    if chosen < 0 || count < 0 { throw call.bad("`k` is \(chosen) and `n` is \(count)") }
    if chosen > count { throw call.bad("\(chosen) different integers below \(count) do not exist") }
    let all = try call.draw(.permutation, [count], .i64)
    defer { call.heap.release(all) }
    return Value(try call.graph.slice(tensorNode(all), [.range(0, chosen, step: 1)]))
  }

  private static let gamma = Builtin(
    "gamma",
    [
      rngParameter, BuiltinParameter("alpha", .numeric, .required, "shape parameter, above 0"), shapeParameter,
      dtypeParameter,
    ],
    summary: "Gamma-distributed numbers with scale 1.",
    example: "print(abs(mean(gamma(random(1), 2.5, [20000])) - 2.5) < 0.06)", expected: "true", derivative: drawn,
    source: "Marsaglia and Tsang 2000, \"A simple method for generating gamma variables\""
  ) { call in
    let (alpha, dims) = (try call.number(1), try call.dims(2))
    if !(alpha > 0) { throw call.bad("`alpha` is \(alpha); it must be above 0") }
    return try call.draw(.gamma(shape: alpha), dims, call.floatType(3))
  }

  private static let dirichlet = Builtin(
    "dirichlet",
    [
      rngParameter, BuiltinParameter("alpha", [.tensor, .list], .required, "parameters [k], above 0"),
      BuiltinParameter("n", .int, .optional(shownDefault: "none"), "how many rows; without it one, [k]"),
      dtypeParameter,
    ],
    summary: "Shares that add up to 1: [n, k].",
    example: "let d = dirichlet(random(1), [0.5, 0.5, 0.5], 4)\nprint(d.shape, max(abs(sum(d, axis: 1) - 1.0)) < 1e-5)",
    expected: "[4, 3] true", derivative: drawn
  ) { call in
    let heap = call.heap
    let alpha = Value(try call.measured(1))
    defer { heap.release(alpha) }
    if tensorNode(alpha).rank != 1 { throw call.bad("`alpha` has \(tensorNode(alpha).rank) axes, not one") }
    let rows = call.isMissing(2) ? nil : try call.int(2)
    if let rows, rows < 0 { throw call.bad("`n` is \(rows)") }
    let type = try call.floatType(3)
    let size = tensorNode(alpha).dim(0)
    return try call.draw(.dirichlet(alpha: tensorNode(alpha)), rows.map { [$0, size] } ?? [size], type)
  }

  private static let exponential = Builtin(
    "exponential", [rngParameter, shapeParameter, dtypeParameter],
    summary: "Exponentially distributed numbers with mean 1.",
    example: "print(min(exponential(random(1), [1000])) >= 0.0)", expected: "true", derivative: pathwise
  ) { call in
    let dims = try call.dims(1)
    return try call.draw(.exponential, dims, call.floatType(2))
  }
}

extension Call {
  func floatType(_ index: Int) throws -> DType {
    let type = try dtype(index, default: .f32)
    if !type.isFloat { throw wrong(index, "a float type (f32, f64)") }
    return type
  }

  /// Takes the numbers of one draw and advances the generator in argument 0.
  func draw(_ distribution: Distribution, _ dims: [Int], _ type: DType) throws -> Value {
    let rng = try generator(0)
    let node = try graph.random(distribution, key: rng.key, counter: rng.counter, dims, type)
    rng.counter &+= 1
    return Value(node)
  }
}
