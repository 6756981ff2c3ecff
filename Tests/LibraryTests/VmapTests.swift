// Every builtin under `vmap`: what it gives for a batch is what it gives for the items one by one, to the bit, with
// derivatives in both nestings; or it looks at its argument and says so. A builtin without a line here fails
// `everyBuiltinHasALine`, so that none is added without a rule.
import Diagnostics
import Library
import Testing

@Suite struct VmapTests {
  enum Line: CustomStringConvertible, Sendable {
    /// A function of x, floats [3, 4] in 0.1..0.9.
    case maps(String)
    /// The same through a matrix product, which may round otherwise.
    case rounds(String)
    /// No derivative.
    case whole(String)
    /// Numbers from the generator `rng`.
    case draws(String)
    /// Looks at a mapped value.
    case looks(String)
    /// Has nothing to do with tensors.
    case apart

    var description: String {
      switch self {
      case .maps(let body), .rounds(let body), .whole(let body), .draws(let body), .looks(let body): body
      case .apart: "apart"
      }
    }
  }

  static let elementwise = [
    "abs", "sign", "floor", "ceil", "round", "sqrt", "rsqrt", "square", "exp", "expm1", "log", "log1p", "sin", "cos",
    "tan", "tanh", "sigmoid", "relu", "softplus", "gelu", "erf",
  ]
  static let reductions = ["sum", "prod", "max", "min", "mean", "logsumexp", "variance", "std", "norm"]

  static let lines: [String: [Line]] = {
    var lines: [String: [Line]] = [
      "isnan": [.whole("isnan(log(x - 0.5))")], "isfinite": [.whole("isfinite(log(x - 0.5))")],
      "clip": [.maps("clip(x, 0.3, none)"), .maps("clip(x, 0.2, x[0])")],
      "where": [.maps("where(x > 0.5, x * x, 1.0)"), .maps("where(x[0] > 0.5, x, x[:, 0][:, none])")],
      "any": [.whole("any(x > 0.8)"), .whole("any(x > 0.8, axis: 0)")],
      "all": [.whole("all(x > 0.2)"), .whole("all(x > 0.2, axis: 1, keep: true)")],
      "argmax": [.whole("argmax(x)"), .whole("argmax(x, axis: 0)")],
      "argmin": [.whole("argmin(x)"), .whole("argmin(x, axis: -1)")],
      "cumsum": [.maps("cumsum(x)"), .maps("cumsum(x, axis: 1)"), .whole("cumsum(cast(9 * x, i64))")],
      "smooth": [
        .maps("smooth(max, entropy, 0.5)(x, axis: 0)"), .maps("smooth(min, l2, 0.5)(x)"),
        .maps("smooth(max, tsallis(1.5), 0.5)(x, axis: 1)"), .maps("smooth(max, entropy, 0.5)(x[0], x[1])"),
      ],
      "tsallis": [.apart],
      "reshape": [.maps("reshape(x, [2, 6])"), .maps("reshape(x[..2, 1..], [-1])")],
      "transpose": [.maps("transpose(x)"), .maps("transpose(x[none], [2, 0, 1])"), .maps("x.T[1]")],
      "expand": [.maps("expand(x, [2, 3, 4])"), .maps("expand(x[0, 0], [2, 2])")],
      "concat": [.maps("concat([x, x[0, none]])"), .maps("concat([ones([3, 1]), x], axis: 1)")],
      "stack": [
        .maps("stack([x, x * x], axis: 2)"), .maps("stack([x[0, 0], x[1, 1]])"), .maps("stack([x, ones([3, 4])])"),
      ],
      "softmax": [.maps("softmax(x)"), .maps("softmax(x, axis: 0)")],
      "log_softmax": [.maps("log_softmax(x)"), .maps("log_softmax(x, axis: 0)")],
      "cross_entropy": [
        .maps("cross_entropy(x, tensor([0, 3, 1]))"), .maps("cross_entropy(x, argmax(x, axis: 1))"),
        .maps("cross_entropy(x, softmax(2 * x))"), .maps("cross_entropy(ones([3, 4]) * x, tensor([0, 3, 1]))"),
        .whole("cross_entropy(ones([3, 4]), argmin(x, axis: 1))"),
      ],
      "tensor": [.maps("tensor([x[0], x[2]])"), .maps("tensor([x[0, 0], 1, x[1, 2]])")],
      "zeros": [.maps("zeros([2, 4]) + x[1..]")], "ones": [.maps("ones(4) * x")],
      "full": [.maps("full([2, 2], x[0, 1])")],
      "zeros_like": [.maps("zeros_like(x) + x")], "ones_like": [.whole("ones_like(x)")],
      "arange": [.maps("arange(4) * x"), .looks("arange(0.0, x[0, 0], 0.1)")],
      "linspace": [.maps("linspace(0, 1, 4) * x"), .looks("linspace(0, x[0, 0], 3)")],
      "eye": [.maps("eye(4)[0] * x")],
      "one_hot": [.whole("one_hot(argmax(x, axis: 1), 4)"), .whole("one_hot(argmax(x), 12)")],
      "cast": [.maps("cast(cast(x, f64) / 3, f32)"), .whole("cast(10 * x, i64)"), .whole("cast(x - x[0], bool)")],
      "number": [.looks("number(x[0, 0])")], "force": [.maps("force(x * 2) + 1")],
      "len": [.maps("len(x) * x")], "append": [.maps("stack(append([x], x * 2))")],
      "insert": [.maps("stack(insert([x], 0, x * 2))")], "remove": [.maps("stack(remove([x, x * 2], 0))")],
      "sort": [.looks("sort(x[0])")], "min_by": [.looks("min_by(r => r[0], list(x))")],
      "max_by": [.looks("max_by(r => r[0], list(x))")], "counts": [.looks("counts(x[0])")],
      "group_by": [.looks("group_by(r => r[0], list(x))")], "count_by": [.looks("count_by(r => r[0], list(x))")],
      "mode": [.looks("mode(x[0])")], "index_of": [.looks("index_of(list(x[0]), 0.5)")],
      "first": [.maps("first(x) * 2")], "last": [.maps("last(x) * 2")], "take": [.maps("stack(take(x, 2))")],
      "drop": [.maps("stack(drop(x, 1))")], "chunk": [.maps("stack(chunk(x, 2)[0])")],
      "window": [.maps("stack([w[0] * w[1] for w in window(x, 2)])")],
      "scan": [.maps("stack(scan((a, r) => a * r + r, 1.0, x))")],
      "flat_map": [.maps("stack(flat_map(r => [r, r * r], x))")],
      "partition": [.looks("partition(r => sum(r) > 1, list(x))")],
      "sequence": [.maps("stack(take(sequence(x, s => [s * s[0], s + 1]), 3))")],
      "from_items": [.maps("from_items([[\"a\", x * 2]]).a")], "select": [.maps("select({a: x, b: 1}, [\"a\"]).a * 2")],
      "rename": [.maps("rename({a: x}, {a: \"b\"}).b * 2")],
      "merge": [.maps("merge({a: x}, {a: x * x}, (p, q) => p * q).a")],
      "map_values": [.maps("map_values(v => v * v, {a: x}).a")],
      "sort_keys": [
        .maps("sort_keys({b: 1, a: x}).a * 2"), .looks("sort_keys({a: x[0, 0], b: x[1, 1]}, key: p => p[1])"),
      ],
      "repeat": [.maps("stack(repeat([x], 2))")], "format": [.looks("format(x[0, 0], \".2f\")")],
      "median": [.looks("median(x)")], "quantile": [.looks("quantile(x, 0.5)")],
      "correlation": [.looks("correlation(x[0], x[1])")], "histogram": [.looks("histogram(x[0])")],
      "is_integer": [.looks("is_integer(x[0, 0])")], "round_to": [.looks("round_to(x[0, 0], 1)")],
      "to_json": [.looks("to_json(x)")], "to_csv": [.looks("to_csv([{a: x[0, 0]}])")],
      "reverse": [.maps("stack(reverse(list(x)))")],
      "zip": [.maps("stack([a * b for [a, b] in zip(x, x[1..])])")],
      "enumerate": [.maps("stack([i * r for [i, r] in enumerate(x)])")],
      "map": [.maps("stack(map(r => r * r, x))")], "filter": [.looks("filter(r => sum(r) > 1, list(x))")],
      "fold": [.maps("fold((a, r) => a * r + a, x[0], x)")], "list": [.maps("stack(list(x[0]))")],
      "flatten": [.maps("stack(flatten([[x], [x * 2]]))")], "unique": [.looks("unique(list(x[0]))")],
      "values": [.maps("stack(values({a: x, b: x * x}))")], "items": [.maps("items({a: x})[0][1] * 2")],
      "get": [.maps("get({a: x}, \"a\", 0) * 2")], "without": [.maps("without({a: x, b: 1}, \"b\").a * 2")],
      "update": [.maps("update({a: x}, \"a\", 0, t => t * 2).a")], "leaves": [.maps("stack(leaves([x, {b: x * 3}]))")],
      "map_leaves": [.maps("map_leaves(t => t * t, {a: x}).a")],
      "print": [.looks("print(x)")], "str": [.looks("str(x)")], "same": [.looks("same(x, x * 1)")],
      "metric": [.looks("metric(\"a\", x[0, 0])")], "table": [.looks("table([{a: x[0, 0]}])")],
      "type": [.maps("if type(x) == \"tensor\" { x } else { 0 * x }")],
      "progress": [.maps("sum(r * r for r in progress(x))")],
      "grad": [
        .maps("grad(x => sum(x ^ 3))(x)"), .maps("grad(w => sum((x * w) ^ 2))(2.0)"),
        .maps("grad(w => sum(tanh(x + w) * x))(tensor([0.5, 1.0, 0.0, -1.0]))"),
        .rounds("grad(w => sum((x @ w) ^ 2))(ones([4, 2]))"),
        .maps("grad(p => sum(p.a * x) * p.b)({a: x[0], b: 2.0}).a"),
        .maps("grad(w => max(x + w, axis: 0)[1])(x)"), .maps("grad(w => prod(w))(x)"),
        .maps("grad(w => sum(w[argmax(x[:, ..3], axis: 1)] ^ 2))(x * 2)"),
      ],
      "value_and_grad": [
        .maps("value_and_grad(w => sum(w * x))(x[0])[0]"), .maps("value_and_grad(w => sum(w * w))(x)[1]"),
      ],
      "hvp": [.maps("hvp(w => sum(w ^ 3 * x))(x, ones([3, 4]))"), .maps("hvp(w => sum(x * w ^ 3))(2.0, 1.0)")],
      "vjp": [.maps("vjp(w => w ^ 2 * x)(x, x)")],
      "jvp": [.maps("jvp(w => w ^ 2 * x)(x, x)"), .maps("jvp(w => w * x)(2.0, 1.0)")],
      "remat": [.maps("remat(x => { rec v[i < 4] { v[0] = x[0, 0]; v[i] = x[0, i] * v[i-1] }; v[3] })(x)")],
      "custom_grad": [
        .maps("custom_grad(w => w ^ 2 * x, (w, y, v) => clip(v, -0.3, 0.3) * w * x)(x)"),
        .maps("custom_grad((w, k) => w * k, (w, y, v, k) => v * k + y)(x, x[0])"),
      ],
      "stop_grad": [.maps("stop_grad(x) * x")],
      "vmap": [
        .maps("vmap(r => r * sum(r))(x)"), .maps("vmap(r => x * r)(x)"),
        .maps("vmap((r, c) => r[0] * c)(x[..2], x.T[..2])"),
        .maps("vmap(r => cumsum(x + r) + ones([3, 4])[0])(x)"), .rounds("vmap(r => x @ r)(x)"),
        .rounds("vmap(r => r @ x.T)(ones([2, 4]))"), .maps("vmap(r => r + 1)(ones([2, 4])) * x[0]"),
        .maps("vmap(grad(r => sum(r ^ 2 * x)))(x)"), .maps("vmap(i => x[i])(tensor([0, 2, 2]))"),
        .maps("vmap(r => x[argmax(r)])(x[:, ..3])"), .maps("vmap(r => grad(w => sum(w * x) * sum(r))(x[0]))(x)"),
        .maps("vmap(r => max(x[i, j] * r[j] for i, j))(x)"),
      ],
      "path_entropy": [.looks("path_entropy(u => logsumexp(u[i] for i))(x[0])")],
      "kbest": [.looks("kbest(u => max(u[i] for i), 2)(x[0])[0].path")],
      "count_paths": [.looks("count_paths(u => max(u[i] for i))(x[0])")],
      "reduction": [.looks("reduction(u => sum(u))(x)")],
      "sample": [.draws("sample(rng, u => logsumexp(u[i] for i))(x[0] * 0)")],
      "uniform": [.draws("uniform(rng, [2, 3])")], "normal": [.draws("normal(rng, [5])")],
      "integers": [.draws("integers(rng, 0, 1000000, [3])")], "bernoulli": [.draws("bernoulli(rng, 0.5, [40])")],
      "categorical": [
        .draws("categorical(rng, zeros([50]), [3])"),
        .draws("categorical(rng, concat([x[0] * 0, zeros([90])]), [2, 2])"),
      ],
      "permutation": [.draws("permutation(rng, 20)")], "choice": [.draws("choice(rng, 100, 5)")],
      "gamma": [.draws("gamma(rng, 2.0, [3])")], "dirichlet": [.draws("dirichlet(rng, [1.0, 2.0, 3.0], 2)")],
      "exponential": [.draws("exponential(rng, [3])")],
    ]
    for name in ["asin", "acos", "atan", "log2", "log10"] { lines[name] = [.looks("\(name)(x[0, 0])")] }
    for name in ["atan2", "hypot"] { lines[name] = [.looks("\(name)(x[0, 0], x[1, 1])")] }
    for name in elementwise { lines[name] = [.maps("\(name)(x)"), .whole("\(name)(x - 0.5)")] }
    for name in reductions {
      lines[name] = [
        .maps("\(name)(x)"), .maps("\(name)(x, axis: 0)"), .maps("\(name)(x, axis: 1, keep: true)"),
        .maps("\(name)(reshape(x, [2, 3, 2]), axis: [0, 2])"), .maps("\(name)(reshape(x, [2, 3, 2]), axis: 1)"),
      ]
    }
    lines["sum"]? += [
      .maps("sum(x, x[0], 2.0)"), .maps("sum(r * r for r in x)"), .whole("sum(cast(9 * x, i64), axis: 0)"),
    ]
    lines["mean"]? += [.maps("mean(x, weights: [1, 2, 3], axis: 0)"), .maps("mean([x, x * 2], weights: [1, 3])")]
    lines["max"]? += [.maps("max(x, x[0])"), .whole("max(x > 0.5)"), .maps("max(x[0, 0], x[1, 1])")]
    for name in [
      "random", "spawn", "fork", "copy", "join", "split", "replace", "trim", "find", "upper", "lower", "starts_with",
      "ends_with", "parse_int", "parse_float", "keys", "fail", "clock", "read_idx", "read_text", "file_exists",
      "cache_directory", "trim_left", "trim_right", "chars", "lines", "pad_left", "pad_right", "code_point",
      "from_code_point", "edit_distance", "regex_match", "regex_find", "regex_find_all", "regex_replace", "regex_split",
      "gcd", "lcm", "divmod", "bit_and", "bit_or", "bit_xor", "bit_not", "bit_count", "shift_left", "shift_right",
      "now",
      "sleep", "get_env", "read_lines", "write_text", "append_text", "path_join", "path_name", "path_stem",
      "path_extension", "path_parent", "is_directory", "file_size", "list_directory", "glob", "make_directory",
      "temporary_directory", "remove_file", "remove_directory", "copy_file", "rename_file", "parse_json", "read_json",
      "write_json", "parse_csv", "read_csv", "write_csv",
    ] {
      lines[name] = [.apart]
    }
    return lines
  }()

  /// What is no builtin.
  static let operators: [Line] = [
    .maps("x + x[0]"), .maps("1 - x"), .maps("x * x[:, 0][:, none]"), .maps("x / x[0, 0]"), .maps("x ^ 3"),
    .maps("2.0 ^ x"), .maps("-x"), .maps("x % 0.3"), .maps("x // 0.3"), .whole("cast(9 * x, i64) // 2"),
    .whole("x > 0.5 and x < 0.8"), .whole("not (x == x[0])"), .maps("x + cast(x, f64)[0, 0]"),
    .maps("(x + x[0, 0]) * cast(2, i64)"), .rounds("x @ x.T"), .rounds("x @ ones([4, 2])"), .rounds("ones([2, 3]) @ x"),
    .rounds("x[0] @ x[1]"), .rounds("x @ x[0]"), .rounds("x[:, 0] @ x"), .rounds("ones([2, 3]) @ x[:, 0]"),
    .rounds("x[none] @ ones([5, 4, 2])"), .maps("x[1]"), .maps("x[-1, 2]"), .maps("x[..2, 1..]"),
    .maps("x[..3 by 2]"), .maps("x[:, none, 0]"), .maps("x[..., 1]"), .maps("x[tensor([2, 0, -1])]"),
    .maps("x[:, [1, 1]]"), .maps("x[argmax(x[:, ..3], axis: 1)]"), .maps("x[:, argmin(x, axis: 1)]"),
    .maps("x[argmax(x[0, ..3]), 1]"), .maps("ones([5, 2])[argmax(x, axis: 1)] * x[:, ..2]"),
    .maps("x[[true, false, true]]"), .looks("x[x > 0.5]"), .looks("[1, 2, 3][argmax(x[0])]"),
    .looks("if x[0, 0] > 0 { 1 } else { 2 }"), .looks("0..argmax(x)"), .looks("\"{x}\""),
    .maps("{ var y = x; y[0] = 2.0; y[1, 1] = x[0, 0]; y[2] = x[0]; y }"),
    .maps("{ var y = ones([3, 4]); y[1] = x[0]; y }"), .maps("{ var y = x; y[[0, 2], 1] = x[0, ..2]; y }"),
    .maps("{ var s = x[0]; for r in x { s = s * r + r }; s }"), .maps("{ let y[i, j] = x[i, j] * x[i, 0]; y }"),
    .rounds("{ let y[i, k] = sum(x[i, j] * x[k, j] for j); y }"),
    .maps("{ let y[i] = sum(x[i + k, 0] * x[0, k] for k in 0..2); y }"),
    .maps("tensor(x[j, i] for i, j)"), .maps("max(x[i, j] * x[i, 0] for i, j)"),
    .maps("{ let k = argmax(x, axis: 1); let y[i] = x[i, k[i]]; y }"),
    .maps("{ rec v[i < 4] { v[0] = x[0, 0]; v[i] = x[0, i] + v[i-1] * x[1, i] }; v }"),
    .maps("{ rec v[i < 3, j < 4] { v[0, 0] = x[0, 0]; v[i, j] = x[i, j] + min(v[i-1, j], v[i, j-1]) }; v[2, 3] }"),
    .maps("{ rec a[i < 4], b[i < 4] { a[0] = 1; a[i] = b[i-1] * x[0, i]; b[i] = a[i] + x[1, i] }; a + b }"),
    .maps("{ rec v[i < 4] if i < 3 { v[0] = x[0, 0]; v[i] = v[i-1] * x[0, i] }; v[2] }"),
  ]

  @Test func everyBuiltinHasALine() {
    for builtin in Library.all {
      #expect(VmapTests.lines[builtin.name] != nil, "say in VmapTests.lines what vmap does with `\(builtin.name)`")
    }
    for name in VmapTests.lines.keys { #expect(Library.all.contains { $0.name == name }, "there is no `\(name)`") }
  }

  static let all: [Line] = lines.sorted { $0.key < $1.key }.flatMap(\.value) + operators

  /// `compare` holds batches of 1, 2 and 5 items against their items.
  static let prelude = """
    fn close(a, b) = same(a.shape, b.shape) and a.dtype == b.dtype and max(abs(a - b)) <= 1e-6 * (1 + max(abs(b)))
    fn compare(f, exact, shape = [3, 4]) {
        for n in [1, 2, 5] {
            let xs = uniform(random(n), [n] ++ shape, low: 0.1, high: 0.9)
            let got = vmap(f)(xs)
            let want = stack([f(x) for x in list(xs)])
            assert (if exact { same(got, want) and got.dtype == want.dtype } else { close(got, want) }), "{n}: {got} for {want}"
        }
    }

    """

  @Test(arguments: all) func givesWhatItsItemsGive(_ line: Line) {
    let script: String
    switch line {
    case .apart: return
    case .looks(let body):
      script = """
        let looked = try { vmap(x => \(body))(ones([2, 3, 4])); "nothing" } catch e { e.kind }
        assert looked == "mapped-value", looked
        assert (try { vmap(x => x)(ones([2])); true } catch e { false })
        """
    case .draws(let body):
      script = """
        fn f(rng, x) = \(body)
        let rng = random(3)
        let xs = ones([4, 3, 4])
        let first = vmap(x => f(rng, x))(xs)
        assert same(first.shape, [4] ++ f(random(0), xs[0]).shape)
        assert not same(first[0], first[1]) and not same(first[1], first[2]), "{first}"
        let again = random(3)
        assert same(vmap(x => f(again, x))(xs), first)
        assert not same(vmap(x => f(rng, x))(xs), first)
        assert same(first[0], f(random(3), xs[0]))
        let inner = vmap(x => vmap(y => f(rng, x + y))(xs[..3]))(xs)
        assert same(inner.shape, [4, 3] ++ first.shape[1..])
        assert not same(inner[0, 1], inner[0, 2]) and not same(inner[0, 1], inner[1, 1]), "{inner}"
        """
    case .whole(let body), .maps(let body), .rounds(let body):
      var lines = ["let f = x => \(body)"]
      var exact = true
      if case .rounds = line { exact = false }
      lines += ["compare(f, \(exact))", "compare(vmap(f), \(exact), shape: [2, 3, 4])"]
      if case .whole = line {
      } else {
        lines += [
          "compare(grad(x => sum(f(x) * 0.5)), \(exact))",
          "compare(x => hvp(x => sum(f(x) ^ 2))(x, x), false)",
          "let xs = uniform(random(9), [3, 3, 4], low: 0.1, high: 0.9)",
          "let own = stack([grad(x => sum(f(x)))(x) for x in list(xs)])",
          "assert close(grad(xs => sum(vmap(f)(xs)))(xs), own)",
        ]
      }
      script = VmapTests.prelude + lines.joined(separator: "\n")
    }
    let result = runScript(script)
    #expect(result.problems.map(\.problem.message) == [], "\(line)")
  }
}
