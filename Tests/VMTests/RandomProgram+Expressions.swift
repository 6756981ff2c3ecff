// Expressions of the random programs.

extension RandomProgram {
  /// An expression of a kind, mostly.
  mutating func value(_ kind: Character, _ depth: Int) -> String {
    if below(60) == 0 { return atom(oneOf("nxslrmb")) }
    if depth == 0 || below(3) == 0 { return atom(kind) }
    let d = depth - 1
    if below(12) == 0 { return wrapped(kind, d) }
    if "nxsl".contains(kind), below(6) == 0, let call = called(kind, d) { return call }
    switch kind {
    case "n": return integer(d)
    case "x":
      return choice([
        { "(\($0.value($0.oneOf("xxn"), d)) \($0.oneOf(["+", "-", "*", "/", "//", "%"])) \($0.value("x", d)))" },
        { "(\($0.value("n", d)) / \($0.value("n", d)))" },
        { "(\($0.value("x", d)) ^ \($0.oneOf(["2", "0.5", "-1"])))" },
        { "-\($0.value("x", d))" },
        { "abs(\($0.value("x", d)))" },
        { "\($0.oneOf(["min", "max"]))(\($0.value("x", d)), \($0.value("x", d)))" },
        { "\($0.atom("r")).c.d" },
      ])
    case "s":
      return choice([
        { "(\($0.value("s", d)) ++ \($0.value("s", d)))" },
        { "str(\($0.value("n", d)))" },
        { "\"<{\($0.value("n", d))}>\"" },
        { "\($0.atom("s"))[\($0.value("n", d))]" },
        { "\($0.atom("s"))[\($0.below(3))..]" },
        { "\"{\($0.value("x", d))}, {\($0.value("l", d))}\"" },
      ])
    case "l":
      return choice([
        { "[\($0.value("n", d)), \($0.value("n", d))]" },
        { "append(\($0.value("l", d)), \($0.value("n", d)))" },
        { "[y * \($0.value("n", d)) for y in \($0.value("l", d))]" },
        { "[y for y in 0..4 if y != \($0.value("n", d))]" },
        { "[...\($0.value("l", d)), \($0.value("n", d))]" },
        { "\($0.value("l", d))[\($0.below(3))..]" },
        { "\($0.value("l", d))[..-1]" },
        { "[y - z for y in \($0.value("l", d)), z in 0..2 if y > z]" },
        { "(\($0.value("l", d)) \($0.oneOf(["+", "*"])) \($0.value("n", d)))" },
        { "map(\($0.value("g", d)), \($0.value("l", d)))" },
        { "\($0.atom("r")).b" },
        { "-\($0.value("l", d))" },
      ])
    case "r":
      return choice([
        { "{a: \($0.value("n", d)), b: \($0.value("l", d)), c: {d: \($0.value("x", d))}}" },
        { "{...\($0.atom("r")), a: \($0.value("n", d))}" },
        { "\($0.atom("m"))[\($0.value("n", d))]" },
      ])
    case "m":
      return choice([
        { "[\($0.value("r", d)), \($0.value("r", d))]" },
        { "(\($0.value("m", d)) ++ [\($0.value("r", d))])" },
      ])
    case "g": return lambda(d)
    case "b": return condition(d)
    default: return atom(kind)
    }
  }

  private mutating func integer(_ d: Int) -> String {
    choice([
      { "(\($0.value("n", d)) \($0.oneOf(["//", "%"])) \($0.oneOf(["3", "7", "-2", "-1", $0.value("n", d)])))" },
      { "len(\($0.value($0.oneOf("lsrm"), d)))" },
      { "\($0.atom("l"))[\($0.value("n", d))]" },
      { "\($0.oneOf(["min", "max"]))(\($0.value("n", d)), \($0.value("n", d)))" },
      { "if \($0.value("b", d)) { \($0.value("n", d)) } else { \($0.value("n", d)) }" },
      { "\($0.lambda(d))(\($0.value("n", d)))" },
      { "-\($0.value("n", d))" },
      { "get(\($0.atom("r")), \"k1\", \($0.value("n", d)))" },
      { "(\($0.value("n", d)) \($0.oneOf(["+", "-", "*"])) \($0.value("n", d)))" },
      { "(\($0.value("n", d)) \($0.oneOf(["+", "-", "*"])) \($0.value("n", d)))" },
      { "\($0.atom("g"))(\($0.value("n", d)))" },
      { "(\($0.atom("n")) ^ \($0.oneOf(["2", "3", "0", $0.value("n", d)])))" },
      { "fold((p, q) => p + q, \($0.value("n", d)), \($0.value("l", d)))" },
      { "\($0.atom("r")).a" },
      { "\($0.atom("m"))[0].a" },
      { "abs(\($0.value("n", d)))" },
      { "sum(y for y in \($0.value("l", d)))" },
    ])
  }

  /// The same kind of value, in an expression that holds statements.
  private mutating func wrapped(_ kind: Character, _ d: Int) -> String {
    switch below(4) {
    case 0: return "(try { \(value(kind, d)) } catch e { \(value(kind, d)) })"
    case 1:
      let name = fresh(kind)
      return "(if \(value("b", d)) { let \(name) = \(value(kind, d)); \(name) } else { \(value(kind, d)) })"
    case 2:
      // An operand before may not see what is assigned here.
      guard let name = variable("n", writable: true) else { return atom(kind) }
      return "(if \(value("b", d)) { \(name) = \(value("n", d)); \(value(kind, d)) } else { \(value(kind, d)) })"
    default: return "[\(value(kind, d)), \(value(kind, d))][\(below(2))]"
    }
  }

  private mutating func condition(_ d: Int) -> String {
    choice([
      { "\($0.value("n", d)) \($0.oneOf(["<", "<=", ">", ">=", "==", "!="])) \($0.value("n", d))" },
      { "\($0.value("x", d)) \($0.oneOf(["<", ">=", "==", "<="])) \($0.value($0.oneOf("xn"), d))" },
      { "\($0.value("s", d)) \($0.oneOf(["==", "<"])) \($0.value("s", d))" },
      { "(\($0.value("b", d)) \($0.oneOf(["and", "or"])) \($0.value("b", d)))" },
      { "not (\($0.value("b", d)))" },
      { "\($0.value("n", d)) \($0.oneOf(["in", "not in"])) \($0.value("l", d))" },
      { "\($0.value("s", d)) in \($0.value("s", d))" },
      { "\($0.value("n", d)) < \($0.value("n", d)) <= \($0.value("n", d))" },
      { "\($0.value("l", d)) \($0.oneOf(["==", "<", "!="])) \($0.value("l", d))" },
      { "\"k1\" in \($0.atom("r"))" },
      { "\($0.value("r", d)) == \($0.value("r", d))" },
    ])
  }

  /// A function from an integer to an integer; it reads what is around it and assigns only what is its own.
  private mutating func lambda(_ d: Int) -> String {
    let parameter = fresh("n")
    let outer = names
    // A function that calls the one before it, made in a loop, would double the work each time.
    names = names.map { scope in
      scope.filter { $0.kind != "g" }.map {
        Name(name: $0.name, kind: $0.kind, isVariable: false, isConstant: $0.isConstant)
      }
    }
    names.append([Name(name: parameter, kind: "n", isVariable: false)])
    defer { names = outer }
    if below(2) == 0 { return "(\(parameter) => \(value("n", d)))" }
    let own = fresh("n")
    let first = value("n", d)
    names[names.count - 1].append(Name(name: own, kind: "n", isVariable: true, isConstant: false))
    return "(\(parameter) => { var \(own) = \(first); \(own) += \(value("n", d)); \(own) })"
  }

  /// A call of a function with this result; some arguments by name.
  private mutating func called(_ kind: Character, _ depth: Int) -> String? {
    let found = functions.filter { $0.result == kind }
    if found.isEmpty { return nil }
    let function = oneOf(found)
    var arguments: [String] = []
    let count = function.required + below(function.parameters.count - function.required + 1)
    let named = below(4) == 0 ? below(count + 1) : count
    for (index, parameter) in function.parameters.prefix(count).enumerated() {
      arguments.append((index < named ? "" : "\(parameter.name): ") + value(parameter.kind, depth))
    }
    return "\(function.name)(\(arguments.joined(separator: ", ")))"
  }

  mutating func atom(_ kind: Character) -> String {
    if below(3) > 0, let name = variable(kind) { return name }
    return literal(kind)
  }

  mutating func literal(_ kind: Character) -> String {
    switch kind {
    case "n":
      if below(6) > 0 { return "\(below(5))" }
      return "\(oneOf([7, 100, 40_000, 4_611_686_018_427_387_904, 9_007_199_254_740_993, Int.max]))"
    case "x": return oneOf(["0.5", "2.0", "1.25", "100.0", "0.1", "0.0", "9007199254740992.0", "inf"])
    case "s": return oneOf(["\"\"", "\"a\"", "\"bc\"", "\"é☃\""])
    case "l": return oneOf(["[]", "[1, 2, 3]", "[5]"])
    case "b": return oneOf(["true", "false"])
    case "m": return "[\(atom("r"))]"
    case "g": return oneOf(["(z => z)", "(z => z + 1)", "(z => -z)"])
    default: return "{a: \(below(5)), b: [1, 2], c: {d: 0.5}}"
    }
  }
}
