// Every value is released exactly once: after a script nothing of it is alive. Each text is compiled once and run three
// times: the first runs intern names, fill module slots and the machine's memory of the last sixteen caught errors, then the
// bytes alive must not change.
import Diagnostics
import Testing
import VM

@Suite struct OwnershipTests {
  static let texts: [String] = [
    "let x = [1, \"a{2}\", {k: [3]}]\nprint(x)",
    "fn f(a, b = [1], c = {x: b}) = [a, b, c]\nprint(f(\"x\" ++ \"y\"), f([2], c: 3), f(c: 1, a: [\"q\" ++ \"r\"]))",
    "fn make(n) { let xs = [n]\nreturn y => append(xs, y) }\nlet g = make(3)\nprint(g(4), g(\"t\" ++ \"u\"))",
    "fn outer() { fn inner(n) { if n == 0 { [] } else { append(inner(n - 1), \"v{n}\") } }\ninner }\nprint(outer()(3))",
    "try { let a = [\"x{1}\"]\nlet b = append(a, fail(\"stop{2}\")) } catch e { print(e.message) }",
    "fn f(xs) { try { return append(xs, [1][5]) } catch e { return e.kind } }\nprint(f([\"a{1}\"]))",
    "for i in 0..5 { let s = \"a{i}\"\nif i == 2 { continue }\nif i == 4 { break }\nlet t = s ++ \"x\" }",
    "fn f() { for x in [\"a{1}\", \"b{2}\"] { for y in [\"c{3}\"] { if y == \"c3\" { return x ++ y } } } }\nprint(f())",
    "var r = {a: \"x{1}\", b: [\"y{2}\"]}\nr.b[0] = \"z{3}\"\nr.a ++= \"w\"\nr[\"new\"] = r\nprint(r)",
    "let [a, [b, c]] = [\"p{1}\", [\"q{2}\", \"r{3}\"]]\nprint(a, b, c)",
    "print([\"{x}{y}\" for x in [\"a{1}\", \"b{2}\"], y in [1, 2] if x != \"a1\"])",
    "print(map(x => x ++ \"!\", [\"a{1}\"]), sort([\"b{1}\", \"a{1}\"]), fold((a, b) => a ++ b, \"\", [\"x{1}\", \"y{2}\"]))",
    "fn f(x) { if x { let s = \"only here {1}\" }\nlet t = [f2(3)]\nt }\nfn f2(n) = \"n{n}\"\nprint(f(true), f(false))",
    "var d = {}\nfor w in [\"a{1}\", \"b{1}\", \"a{1}\"] { d[w] = get(d, w, 0) + 1 }\nprint(d)",
    "let s = \"a{1}\"\nlet t = s == \"a1\" and s != \"b\" or s in [\"c{1}\"]\nprint(t, s[0], s[0..1], [s][0], {k: s}.k)",
    "fn f(n) { if n == 0 { fail(\"deep{n}\") }\nlet keep = [\"k{n}\"]\nf(n - 1) ++ keep }\ntry { f(20) } catch e { print(e.line) }",
    "var x = zeros([3])\nfor i in 0..10 { x = x + 1.0\nlet y = sum(x) }\nx[1] = 5.0\nprint(sum(x))",
    "let g = grad(w => sum(w * w))\nprint(sum(g(ones([3]))))",
    "fn f(p) = {w: p.w - 0.1, b: [p.b]}\nvar p = {w: ones([2]), b: 1.0}\nfor i in 0..3 { p = {...f(p), b: 2.0} }\nprint(p.b)",
    "let e = try { fail({code: [1], text: \"t{1}\"}) } catch e { e }\nprint(e.data.code)",
    "try { try { fail(\"a{1}\") } catch e { fail(e) } } catch e { print(e.message, e.line) }",
    "fn f(x: [n, d]) -> [d, n] = x.T\nprint(f(zeros([2, 3])).shape)\ntry { f(zeros([2])) } catch e { print(e.kind) }",
    "let h = f => f(f)\nlet k = h(g => \"x{1}\")\nprint(k)",
    "if true { let a = 0\nlet unread = [\"x{1}\"] }\nfor y in [2] { print(y) }",
    "[\"unused{1}\"]\n\"also {2}\"\nlet z = [1]\nz\nprint(len(z))",
  ]

  @Test(arguments: texts) func nothingIsLeft(text: String) throws {
    let script = Script()
    let code = try script.compile(text)
    for _ in 0..<20 { script.heap.release(try script.machine.run(code)) }
    let before = script.heap.liveBytes
    let tensors = script.heap.graph.liveBytes
    for _ in 0..<3 { script.heap.release(try script.machine.run(code)) }
    #expect(script.heap.liveBytes == before)
    #expect(script.heap.graph.liveBytes == tensors)
  }

  /// The same when an error ends the script.
  @Test(arguments: texts) func nothingIsLeftAfterAnError(text: String) throws {
    let script = Script()
    let code = try script.compile(text + "\nlet left = [\"over {1}\"]\nfail(left)")
    for _ in 0..<20 { #expect(throws: Diagnostic.self) { try script.machine.run(code) } }
    let before = script.heap.liveBytes
    for _ in 0..<3 { #expect(throws: Diagnostic.self) { try script.machine.run(code) } }
    #expect(script.heap.liveBytes == before)
  }
}
