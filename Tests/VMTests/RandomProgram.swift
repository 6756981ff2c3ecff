// Random programs: statements over a few typed variables, nested blocks, functions, closures, places and `try`. Most
// operations fit the kinds of their operands; some do not, and fail in both evaluators at the same point.

struct RandomProgram {
  private var state: UInt64
  private var text = ""
  private var indent = ""
  private var depth = 0
  private var loops = 0
  /// Variables in scope by kind: n integers, x floats, s strings, l lists of integers, r records.
  private var names: [[(name: String, kind: Character, isVariable: Bool)]] = [[]]
  private var functions: [(name: String, kinds: [Character])] = []
  private var counter = 0

  static func text(seed: UInt64) -> String {
    var program = RandomProgram(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    for _ in 0..<program.below(3) { program.function() }
    for kind in "nnxslr" { program.declare(kind, isVariable: true) }
    for _ in 0..<4 + program.below(8) { program.statement() }
    for name in program.names[0] { program.line("print(\(name.name))") }
    return program.text
  }

  private init(state: UInt64) { self.state = state }

  private mutating func below(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % max(1, bound)
  }
  private mutating func oneOf<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
  private mutating func line(_ content: String) { text += indent + content + "\n" }

  private mutating func fresh(_ kind: Character) -> String {
    counter += 1
    return "\(kind)\(counter)"
  }
  private mutating func declare(_ kind: Character, isVariable: Bool) {
    let name = fresh(kind)
    line("\(isVariable ? "var" : "let") \(name) = \(value(kind, 2))")
    names[names.count - 1].append((name, kind, isVariable))
  }
  private mutating func variable(_ kind: Character, writable: Bool = false) -> String? {
    let found = names.joined().filter { $0.kind == kind && (!writable || $0.isVariable) }.map(\.name)
    return found.isEmpty ? nil : oneOf(found)
  }

  private mutating func block(_ count: Int) {
    let old = indent
    indent += "  "
    depth += 1
    names.append([])
    for _ in 0..<max(1, count) { statement() }
    names.removeLast()
    depth -= 1
    indent = old
  }

  private mutating func function() {
    let kinds = (0..<1 + below(3)).map { _ in oneOf(Array("nxsl")) }
    let result = oneOf(Array("nxsl"))
    counter += 1
    let name = "f\(result)\(counter)"
    let parameters = kinds.map { (fresh($0), $0) }
    let outer = names
    names = [parameters.map { ($0.0, $0.1, false) }]
    line("fn \(name)(\(parameters.map(\.0).joined(separator: ", "))) {")
    indent = "  "
    declare(result, isVariable: true)
    depth = 1
    for _ in 0..<1 + below(3) { statement() }
    depth = 0
    line(value(result, 2))
    indent = ""
    line("}")
    names = outer
    functions.append((name, kinds))
  }

  private mutating func statement() {
    switch depth > 3 ? below(9) : below(16) {
    case 0: declare(oneOf(Array("nxslr")), isVariable: below(2) == 0)
    case 1, 2:
      let kind = oneOf(Array("nxsl"))
      if let name = variable(kind, writable: true) { line("\(name) = \(value(kind, 3))") }
    case 3:
      if let name = variable("n", writable: true) { line("\(name) \(oneOf(["+=", "-=", "*="])) \(value("n", 2))") }
    case 4:
      if let name = variable("x", writable: true) { line("\(name) \(oneOf(["+=", "-=", "*="])) \(value("x", 2))") }
    case 5:
      if let name = variable("l", writable: true) {
        line(
          oneOf([
            "\(name) = append(\(name), \(value("n", 2)))", "\(name)[\(value("n", 1))] = \(value("n", 2))",
            "\(name)[0] += \(value("n", 2))", "\(name) ++= \(value("l", 1))", "\(name) = \(name) ++ \(name)",
          ]))
        line("if len(\(name)) > 40 { \(name) = [1, 2] }")
      }
    case 6:
      if let name = variable("r", writable: true) {
        line(
          oneOf([
            "\(name).a = \(value("n", 2))", "\(name).b[\(below(3))] += \(value("n", 1))",
            "\(name).c.d *= \(value("x", 1))",
            "\(name)[\"k\(below(3))\"] = \(value("n", 2))", "\(name).c = {d: \(value("x", 1))}",
          ]))
      }
    case 7:
      if let name = variable("s", writable: true) {
        line("\(name) = \(name) ++ \(value("s", 1))")
        line("if len(\(name)) > 60 { \(name) = \"\" }")
      }
    case 8: line("print(\(value(oneOf(Array("nxslr")), 2)))")
    case 9, 10:
      line("if \(value("b", 2)) {")
      block(1 + below(3))
      if below(2) == 0 {
        line("} else {")
        block(1 + below(2))
      }
      line("}")
    case 11, 12:
      let name = fresh("n")
      line(below(2) == 0 ? "for \(name) in 0..\(1 + below(5)) {" : "for \(name) in \(value("l", 1)) {")
      names.append([(name, "n", false)])
      loops += 1
      block(1 + below(3))
      if below(3) == 0 { line("  if \(value("b", 1)) { \(oneOf(["break", "continue"])) }") }
      loops -= 1
      names.removeLast()
      line("}")
    case 13:
      let name = fresh("n")
      line("var \(name) = 0")
      line("while \(name) < \(1 + below(4)) {")
      line("  \(name) += 1")
      names.append([(name, "n", false)])
      block(1 + below(2))
      names.removeLast()
      line("}")
    default:
      line("try {")
      block(1 + below(3))
      if below(3) == 0 { line("  fail(\(value("s", 1)))") }
      line("} catch e {")
      block(1)
      line("}")
    }
  }

  /// An expression of a kind, mostly.
  private mutating func value(_ kind: Character, _ depth: Int) -> String {
    if below(60) == 0 { return atom(oneOf(Array("nxslb"))) }
    if depth == 0 || below(3) == 0 { return atom(kind) }
    let d = depth - 1
    switch kind {
    case "n":
      switch below(9) {
      case 0: return "(\(value("n", d)) \(oneOf(["//", "%"])) \(oneOf(["3", "7", "-2", value("n", d)])))"
      case 1: return "len(\(value(oneOf(["l", "s"]), d)))"
      case 2: return "\(atom("l"))[\(value("n", d))]"
      case 3: return "\(oneOf(["min", "max"]))(\(value("n", d)), \(value("n", d)))"
      case 4: return "if \(value("b", d)) { \(value("n", d)) } else { \(value("n", d)) }"
      case 5: return "(z => z \(oneOf(["+", "*"])) \(value("n", d)))(\(value("n", d)))"
      case 6: return called("n", d) ?? "-\(atom("n"))"
      case 7: return variable("r").map { "get(\($0), \"k1\", \(value("n", d)))" } ?? "3"
      default: return "(\(value("n", d)) \(oneOf(["+", "-", "*"])) \(value("n", d)))"
      }
    case "x":
      if let call = below(5) == 0 ? called("x", d) : nil { return call }
      return "(\(value(oneOf(["x", "x", "n"]), d)) \(oneOf(["+", "-", "*", "/"])) \(value("x", d)))"
    case "s":
      if let call = below(4) == 0 ? called("s", d) : nil { return call }
      return oneOf([
        "(\(value("s", d)) ++ \(value("s", d)))", "str(\(value("n", d)))", "\"<{\(value("n", d))}>\"",
      ])
    case "l":
      if let call = below(4) == 0 ? called("l", d) : nil { return call }
      return oneOf([
        "[\(value("n", d)), \(value("n", d))]", "append(\(value("l", d)), \(value("n", d)))",
        "[y * \(value("n", d)) for y in \(value("l", d))]", "[y for y in 0..4 if y != \(value("n", d))]",
      ])
    case "b":
      return oneOf([
        "\(value("n", d)) \(oneOf(["<", "<=", ">", ">=", "==", "!="])) \(value("n", d))",
        "\(value("x", d)) \(oneOf(["<", ">="])) \(value("x", d))", "\(value("s", d)) == \(value("s", d))",
        "(\(value("b", d)) \(oneOf(["and", "or"])) \(value("b", d)))", "not (\(value("b", d)))",
        "\(value("n", d)) in \(value("l", d))",
      ])
    default: return atom(kind)
    }
  }

  private mutating func called(_ kind: Character, _ depth: Int) -> String? {
    let found = functions.filter { $0.name.dropFirst().first == kind }
    if found.isEmpty { return nil }
    let function = oneOf(found)
    var arguments: [String] = []
    for kind in function.kinds { arguments.append(value(kind, depth)) }
    return "\(function.name)(\(arguments.joined(separator: ", ")))"
  }

  private mutating func atom(_ kind: Character) -> String {
    if below(3) > 0, let name = variable(kind) { return name }
    switch kind {
    case "n": return "\(oneOf([0, 1, 2, 3, 7, 100, 4_611_686_018_427_387_904]))"
    case "x": return oneOf(["0.5", "2.0", "1.25", "100.0"])
    case "s": return oneOf(["\"\"", "\"a\"", "\"bc\""])
    case "l": return oneOf(["[]", "[1, 2, 3]", "[5]"])
    case "b": return oneOf(["true", "false"])
    default: return "{a: \(below(5)), b: [1, 2], c: {d: 0.5}}"
    }
  }
}
