// What names mean: scopes, captures, sizes, and what is refused.
import Check
import Diagnostics
import Syntax
import Testing

@Suite struct ResolverTests {
  @Test(arguments: [
    ("let x = 1\nlet y = x", []), ("let x = y\nlet y = 1", ["used-before-definition@1:9"]),
    ("let x = x", ["used-before-definition@1:9"]),
    ("fn f() = g()\nfn g() = f()", []), ("fn f() = a\nlet a = 1", []),
    ("let h = () => a\nlet a = 1", ["used-before-definition@1:15"]),
    ("let x = 1\nlet x = 2", ["already-declared@2:5"]), ("let x = 1\nif true { let x = 2; print(x) }\nprint(x)", []),
    ("fn f(x) { let x = x + 1; x }", []), ("fn f(a, a) = a", ["already-declared@1:9"]), ("(_, _) => 1", []),
    ("print(_)", ["unknown-name@1:7"]),
    ("fn f(max = max, n = max) = n", []), ("fn f(a = b, b = 1) = a", ["unknown-name@1:10"]),
    ("if true { let a = 1 }\na", ["unknown-name@2:1"]),
    ("for i in 0..3 { i }\ni", ["unknown-name@2:1"]), ("try { 1 } catch e { e }\ne", ["unknown-name@2:1"]),
    ("sum(x * y for x in 0..3, y < x if y > 1)", []), ("sum(1 for x < y, y < 2)", ["unknown-name@1:15"]),
    ("[x for x in x]", ["unknown-name@1:13"]),
    ("let max = 3\nprint(max)", []), ("softmx(1)\nsoftmx(2)", ["unknown-name@1:1"]), ("x = 1", ["unknown-name@1:1"]),
    ("print = 1", ["assign-to-constant@1:1"]),
    ("let x = 1\nx = 2", ["assign-to-constant@2:1"]), ("let x = [1]\nx[0] = 2", ["assign-to-constant@2:1"]),
    ("fn f(x) { x += 1 }", ["assign-to-constant@1:11"]),
    ("for i in 0..3 { i = 1 }", ["assign-to-constant@1:17"]), ("var x = 1\n[x, _] = [2, 3]", []),
    ("fn f(x: [n]) { n = 1 }", ["assign-to-constant@1:16"]),
    ("var x = 1\nfn f() = x", ["outer-variable@2:10"]), ("var x = 1\nlet f = () => x", []),
    ("var x = 1\nlet f = () => { x = 2 }", ["outer-variable@2:17"]),
    ("var x = 1\nfn f() { x = x + 1 }", ["outer-variable@2:14", "outer-variable@2:10"]),
    ("fn f() { var a = 1; let g = () => a; a = 2; g() }", []),
    ("fn f() { var a = 1; fn g() = a; g() }", ["outer-variable@1:30"]),
    ("var x = 1\nfn f() { () => x }", ["outer-variable@2:16"]),
    ("break", ["outside-loop@1:1"]), ("while true { let f = () => { continue } }", ["outside-loop@1:30"]),
    ("return 1", ["outside-function@1:1"]),
    ("fn f() { import nn }", ["not-at-top-level@1:10"]), ("if true { param a = 1 }", ["not-at-top-level@1:11"]),
    ("import nnn", ["unknown-module@1:8"]),
    ("import nn\nnn._x", ["unknown-field@2:4"]), ("nn.x", ["unknown-name@1:1"]),
    ("f(a: 1, a: 2)\nfn f(a) = a", ["duplicate-argument@1:9"]),
    ("True", ["foreign-habit@1:1"]), ("let True = 1\nTrue", []), ("range(3)", ["foreign-habit@1:1"]),
    ("fn f(x: [n, d], d) -> [n, k] = x + n + d", []), ("fn f(x: [n]) -> [k] = k", ["unknown-name@1:23"]),
    ("fn f(x: [n+1, len(x)]) = n", []),
    ("let y = 1\nfn f(x: [y]) = y", []), ("let x: [q] = ones([1])", ["unknown-name@1:9"]),
    ("fn f(x: [n]) { let y: [n, 2] = x; y }", []),
    ("let c[i, k] = a[i] + c[k]\nlet a = 1", ["used-before-definition@1:15", "used-before-definition@1:22"]),
    ("fn f(n, u) { rec v[i < n] { v[0] = u[0]; v[i] = v[i-1] + u[i] }; v[n-1] }", []),
    ("rec v[i < 3] { w[i] = 1 }", ["unknown-name@1:16"]), ("rec v[i < 3] { v[i, 0] = 1 }", ["wrong-arity@1:16"]),
    ("rec v[i < 3] { v[-1] = 1 }", ["bad-value@1:18"]),
    ("rec A[i < 3], B[j < 3] { A[i] = B[i]; B[i] = 0 }", ["unknown-name@1:41"]),
  ])
  func rules(text: String, expected: [String]) {
    // In the order in which the walk meets them.
    #expect(problems(allProblems(text)).sorted() == expected.sorted())
  }

  private func resolved(_ text: String) -> Module {
    let module = Parser.parse(source(text)).module
    #expect(Resolver.resolve(module, builtins: prelude, modules: standardModules).isEmpty)
    return module
  }

  private func function(_ name: String, in module: Module) -> FunctionNode? {
    for statement in module.statements {
      if case .function(let function) = statement.kind, function.name?.name == name { return function }
    }
    return nil
  }

  @Test func captures() throws {
    let module = resolved(
      "let top = 1\nvar v = 2\nfn f(a, b) {\n  let c = a\n  let g = x => y => x + y + b + top + f(1, 2)\n  fn h(n) = h(n - c)\n  g\n}\nlet k = () => v"
    )
    let f = try #require(function("f", in: module))
    #expect(f.captures.isEmpty)
    guard case .block(let body) = f.body.kind, case .declare(_, _, _, let value, _) = body.statements[1].kind,
      case .function(let g) = value.kind, case .function(let inner) = g.body.kind,
      case .function(let h) = body.statements[2].kind,
      case .declare(_, _, _, let last, _) = module.statements[3].kind, case .function(let k) = last.kind
    else {
      Issue.record("the tree has another form")
      return
    }
    #expect(g.captures.map(\.name) == ["b"])
    #expect(inner.captures.map(\.name) == ["x", "b"])
    #expect(h.captures.map(\.name) == ["c"])
    #expect(k.captures.map(\.name) == ["v"])
    #expect(k.captures.first?.isTopLevel == true)
    #expect(f.parameters[1].declaration.binding?.isCaptured == true)
    #expect(f.parameters[0].declaration.binding?.isCaptured == false)
    #expect(f.parameters[0].declaration.binding?.owner === f)
  }

  @Test func sizes() throws {
    let module = resolved("fn f(x: [n, d], d, w: {a: [d, k+1]}) -> [n, m] = n + k + d")
    let f = try #require(function("f", in: module))
    #expect(f.sizes.map(\.name) == ["n", "k", "m"])
    #expect(f.sizes.allSatisfy { $0.binding?.kind == .size && $0.binding?.owner === f })
  }

  @Test func linesOfASessionSeeEarlierOnes() {
    let first = resolved("let a = 1\nvar b = 2\nfn f() = a")
    let session = Resolver.topLevelBindings(of: first)
    #expect(Set(session.keys) == ["a", "b", "f"])
    #expect(allProblems("b = a + f()", session: session).isEmpty)
    #expect(problems(allProblems("a = 1", session: session)) == ["assign-to-constant@1:1"])
    #expect(problems(allProblems("fn g() = b", session: session)) == ["outer-variable@1:10"])
    #expect(allProblems("let a = a + 1", session: session).isEmpty)
  }
}
