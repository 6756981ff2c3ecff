// Random programs: statements over a few typed variables, nested blocks, functions, closures, places and `try`. Most
// operations fit the kinds of their operands; some do not, and fail in both evaluators at the same point.
//
// Kinds are letters: n integers, x floats, s strings, l lists of integers, r records, m lists of records, g functions
// from an integer to an integer, b booleans (never named).

struct RandomProgram {
  struct Name {
    let name: String
    let kind: Character
    let isVariable: Bool
    /// Never assigned, so that functions may hold it.
    var isConstant = true
  }
  struct Function {
    let name: String
    let result: Character
    let parameters: [Name]
    /// How many parameters have no default.
    let required: Int
  }

  private var state: UInt64
  private var text = ""
  private var indent = ""
  var depth = 0
  private var loops = 0
  /// Kind of what the function at hand returns.
  private var result: Character?
  /// Variables in scope, innermost last.
  var names: [[Name]] = [[]]
  var functions: [Function] = []
  private var counter = 0

  static func text(seed: UInt64) -> String {
    var program = RandomProgram(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    for _ in 0..<program.below(3) { program.function() }
    for kind in "nnxslrmg" {
      let name = program.fresh(kind)
      program.line("var \(name) = try { \(program.value(kind, 2)) } catch e { \(program.literal(kind)) }")
      program.introduce(name, kind, isVariable: true)
    }
    for _ in 0..<6 + program.below(12) { program.guarded() }
    for name in program.names[0] where name.kind != "g" { program.line("print(\(name.name))") }
    return program.text
  }

  private init(state: UInt64) { self.state = state }

  mutating func below(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % max(1, bound)
  }
  mutating func oneOf<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
  /// Makes one of several texts, and only that one.
  mutating func choice(_ choices: [(inout RandomProgram) -> String]) -> String { oneOf(choices)(&self) }
  mutating func oneOf(_ choices: String) -> Character { oneOf(Array(choices)) }
  private mutating func line(_ content: String) { text += indent + content + "\n" }

  mutating func fresh(_ kind: Character) -> String {
    counter += 1
    return "\(kind)\(counter)"
  }
  private mutating func introduce(_ name: String, _ kind: Character, isVariable: Bool = false) {
    names[names.count - 1].append(Name(name: name, kind: kind, isVariable: isVariable, isConstant: !isVariable))
  }
  private mutating func declare(_ kind: Character, isVariable: Bool) {
    let name = fresh(kind)
    line("\(isVariable ? "var" : "let") \(name) = \(value(kind, 2))")
    introduce(name, kind, isVariable: isVariable)
  }
  mutating func variable(_ kind: Character, writable: Bool = false) -> String? {
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
  private mutating func loop(_ head: String, _ name: String, _ kind: Character, first: String? = nil) {
    line("\(head) {")
    if let first { line("  \(first)") }
    names.append([Name(name: name, kind: kind, isVariable: false, isConstant: first == nil)])
    loops += 1
    block(1 + below(3))
    if below(3) == 0 { line("  if \(value("b", 1)) { \(oneOf(["break", "continue"])) }") }
    loops -= 1
    names.removeLast()
    line("}")
  }

  // MARK: Functions

  private mutating func function() {
    let kinds = (0..<1 + below(3)).map { _ in oneOf("nxslg") }
    let result = oneOf("nxsl")
    let required = below(3) == 0 ? below(kinds.count + 1) : kinds.count
    counter += 1
    let name = "f\(result)\(counter)"
    let (outerNames, outerLoops, outerDepth, outerIndent) = (names, loops, depth, indent)
    // A nested function may hold constants of the block around it.
    names = names.map { $0.filter(\.isConstant) } + [[]]
    if depth == 0 { names = [[]] }
    var heads: [String] = []
    var parameters: [Name] = []
    for (index, kind) in kinds.enumerated() {
      let parameter = Name(name: fresh(kind), kind: kind, isVariable: false)
      heads.append(parameter.name + (index < required ? "" : " = \(value(kind, 1))"))
      names[names.count - 1].append(parameter)
      parameters.append(parameter)
    }
    line("fn \(name)(\(heads.joined(separator: ", "))) {")
    indent += "  "
    loops = 0
    depth = max(depth, 1)
    self.result = result
    declare(result, isVariable: true)
    let isRecursive = kinds[0] == "n" && below(3) == 0
    if isRecursive {
      line("if \(parameters[0].name) < 3 and \(parameters[0].name) > 0 {")
      let rest = parameters.dropFirst().prefix(max(1, required) - 1).map(\.name)
      line(
        "  \(names[names.count - 1].last?.name ?? "") = \(name)(\((["\(parameters[0].name) - 1"] + rest).joined(separator: ", ")))"
      )
      line("}")
    }
    for _ in 0..<1 + below(3) { statement() }
    line(value(result, 2))
    self.result = nil
    (names, loops, depth, indent) = (outerNames, outerLoops, outerDepth, outerIndent)
    line("}")
    // Functions of blocks are called where they are made.
    if depth == 0 {
      functions.append(Function(name: name, result: result, parameters: parameters, required: required))
    } else {
      let arguments = parameters.map { value($0.kind, 1) }
      line("print(\(name)(\(arguments.joined(separator: ", "))))")
    }
  }

  // MARK: Statements

  /// A statement of the top level: most of its errors do not end the program.
  private mutating func guarded() {
    if below(12) == 0 { return statement() }
    line("try {")
    block(1 + below(2))
    line("} catch e {")
    line("  print(\"caught\")")
    line("}")
  }

  private mutating func statement() {
    switch depth > 3 ? below(15) : below(28) {
    case 0, 1: declare(oneOf("nxslrmg"), isVariable: below(2) == 0)
    case 2, 3:
      let kind = oneOf("nxslmg")
      if let name = variable(kind, writable: true) {
        line("\(name) = \(value(kind, 3))")
        bound(name, kind)
      }
    case 4:
      if let name = variable("n", writable: true) {
        line("\(name) \(oneOf(["+=", "-=", "*=", "//=", "%="])) \(value("n", 2))")
      }
    case 5:
      if let name = variable("x", writable: true) { line("\(name) \(oneOf(["+=", "-=", "*="])) \(value("x", 2))") }
    case 6: changeList()
    case 7, 8: changeRecord()
    case 9:
      if let name = variable("s", writable: true) {
        line("\(name) \(oneOf(["= \(name) ++", "++="])) \(value("s", 1))")
        bound(name, "s")
      }
    case 10: line("print(\(value(oneOf("nxslrmb"), 2)))")
    case 11: takeApart()
    case 12: if below(3) == 0 { line("assert \(value("b", 2)), \(value("s", 1))") }
    case 13:
      if loops > 0, below(2) == 0 { line("if \(value("b", 1)) { \(oneOf(["break", "continue"])) }") }
    case 14:
      if let result, below(2) == 0 { line("if \(value("b", 1)) { return \(value(result, 2)) }") }
    case 15, 16:
      line("if \(value("b", 2)) {")
      block(1 + below(3))
      if below(2) == 0 {
        line("} else {")
        block(1 + below(2))
      }
      line("}")
    case 17, 18:
      let name = fresh("n")
      let sequence = choice([
        { "0..\(1 + $0.below(5))" },
        { "(\($0.value("l", 1)))[..4]" },
        { "\($0.below(6))..\($0.below(3)) by -1" },
        { "0..\($0.below(9)) by 2" },
      ])
      loop("for \(name) in \(sequence)", name, "n")
    case 19:
      let name = fresh("s")
      let sequence = choice([{ "(\($0.value("s", 1)))[..4]" }, { $0.atom("r") }])
      loop("for \(name) in \(sequence)", name, "s")
    case 20:
      if let list = variable("m") {
        let name = fresh("r")
        loop("for \(name) in \(list)", name, "r")
      }
    case 21:
      let name = fresh("n")
      line("var \(name) = 0")
      loop("while \(name) < \(1 + below(4))", name, "n", first: "\(name) += 1")
    case 22: if depth > 0, depth < 3 { function() }
    default:
      line("try {")
      block(1 + below(3))
      if below(3) == 0 { line("  fail(\(value("s", 1)))") }
      line("} catch e {")
      block(1)
      line("}")
    }
  }

  /// Keeps what grows in loops small.
  private mutating func bound(_ name: String, _ kind: Character) {
    switch kind {
    case "s": line("if len(\(name)) > 60 { \(name) = \"\" }")
    case "l": line("if len(\(name)) > 40 { \(name) = [1, 2] }")
    case "r": line("if len(\(name)) > 20 { \(name) = \(literal("r")) }")
    case "m": line("if len(\(name)) > 8 { \(name) = [] }")
    default: break
    }
  }

  private mutating func changeList() {
    guard let name = variable("l", writable: true) else { return }
    line(
      choice([
        { "\(name) = append(\(name), \($0.value("n", 2)))" },
        { "\(name)[\($0.value("n", 1))] = \($0.value("n", 2))" },
        { "\(name)[0] += \($0.value("n", 2))" },
        { "\(name) ++= \($0.value("l", 1))" },
        { _ in "\(name) = \(name) ++ \(name)" },
        { "\(name)[-1] -= if \($0.value("b", 1)) { \(name) = [7, 8]; 2 } else { 3 }" },
      ]))
    bound(name, "l")
  }

  private mutating func changeRecord() {
    if below(3) > 0, let name = variable("r", writable: true) {
      line(
        choice([
          { "\(name).a = \($0.value("n", 2))" },
          { "\(name).b[\($0.below(3))] += \($0.value("n", 1))" },
          { "\(name).c.d *= \($0.value("x", 1))" },
          { "\(name)[\"k\($0.below(3))\"] = \($0.value("n", 2))" },
          { "\(name).c = {d: \($0.value("x", 1))}" },
          { "\(name)[\($0.value("n", 0))] = \($0.value("n", 1))" },
          { "\(name) = {...\(name), a: \($0.value("n", 1))}" },
          { "\(name)[\"k1\"] += \($0.value("n", 1))" },
        ]))
      bound(name, "r")
    } else if let name = variable("m", writable: true) {
      line(
        choice([
          { "\(name)[\($0.below(3))].a = \($0.value("n", 2))" },
          { "\(name)[\($0.value("n", 0))].a += \($0.value("n", 1))" },
          { "\(name)[0].b[\($0.below(3))] = \($0.value("n", 1))" },
          { "\(name)[-1].c.d -= \($0.value("x", 1))" },
          { "\(name)[\($0.below(2))] = \($0.value("r", 1))" },
          { "\(name) = append(\(name), \($0.value("r", 1)))" },
          { "\(name)[0].b ++= \($0.value("l", 1))" },
          { "\(name) = \(name)[\($0.below(2))..]" },
        ]))
      bound(name, "m")
    }
  }

  private mutating func takeApart() {
    if below(2) == 0, let a = variable("n", writable: true), let b = variable("n", writable: true) {
      line("[\(a), \(b)] = [\(value("n", 1)), \(a)]")
    } else {
      let (a, b) = (fresh("n"), fresh("x"))
      line("let [\(a), \(b)] = [\(value("n", 1)), \(value("x", 1))]")
      introduce(a, "n")
      introduce(b, "x")
    }
  }
}
