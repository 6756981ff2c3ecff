// No false alarms: whatever runs as it should has no errors, and our own scripts have no warnings either.
import Diagnostics
import Testing
import Trellis

@Suite struct AlarmTests {
  @Test func standardLibraryAndScriptsAreClean() throws {
    let files = Repository.files(["stdlib", "scripts"])
    #expect(files.count > 30)
    for file in files {
      let found = Engine.check(try Repository.source(file))
      #expect(found.isEmpty, "\(found.map(\.shown))")
    }
  }

  @Test func examplesOfTheReadMeAreClean() throws {
    let found = Engine.check(try Repository.source("README.md"))
    #expect(found.isEmpty, "\(found.map(\.shown))")
  }

  /// Scripts that are expected to fail may be reported; the others run, so they have no errors.
  @Test func scriptsThatRunHaveNoErrors() throws {
    let files = Repository.files(["Tests/ScriptTests"]).filter { !$0.contains("/wrong/") }
    var checked = 0
    for file in files {
      let source = try Repository.source(file)
      if !Expectations(source).errors.isEmpty { continue }
      checked += 1
      let errors = Engine.check(source).filter { $0.severity == .error }
      #expect(errors.isEmpty, "\(errors.map(\.shown))")
    }
    #expect(checked > 500)
  }

  /// Every shape that a condition has just asked about is left alone.
  @Test(arguments: [
    "fn f(p, x) = if \"b\" in p { x @ p.w + p.b } else { x @ p.w }\nprint(f({w: ones([2, 2])}, ones([1, 2])))",
    "fn f(a, b) = if a.shape == b.shape { a + b } else { a }\nprint(f(ones([2]), ones([3])))",
    "fn f(xs, g) = if g(xs) { xs[0] } else { 0 }\nprint(f([], xs => len(xs) > 0))",
    "fn f(xs) { if same(xs, []) { return 0 }\n    xs[0]\n}\nprint(f([]))",
    "let n = len(keys({a: 1}))\nlet xs = [1, 2]\nfor i in 0..5 { if i > n { break }\n    print(xs[i])\n}",
    "let xs = [{a: 1}, {b: 2}]\nprint([x.a for x in xs if \"a\" in x])",
    "fn f(x) = if type(x) == \"record\" { x.w } else { x + 1 }\nprint(f(1), f({w: 2}))",
    "var rows = []\nfor i in 0..20 { rows = append(rows, i) }\nprint(rows[3])",
    "var h = ones([1, 4])\nfor w in [ones([4, 3]), ones([3, 2])] { h = h @ w }\nprint(h.shape)",
    "try { print(1 + \"a\") } catch e { print(e.kind) }",
    "fn broken() = 1 + \"a\"\nfn kind(f) = try { f() } catch e { e.kind }\nprint(kind(broken), kind(() => [1][3]))",
    "let counts = {}\nvar c = counts\nfor w in [\"a\", \"b\"] { c[w] = get(c, w, 0) + 1 }\nprint(c[\"a\"])",
    "fn f(n) = if n == 0 { [] } else { [n] ++ f(n - 1) }\nprint(f(3)[2])",
    "fn f(x: [n, d], w: [d, k]) -> [n, k] = x @ w\nprint(f(ones([2, 3]), ones([3, 4])).shape)",
    "let x = ones([3, 1]) + ones([1, 4])\nprint(x.shape)",
    "print(vmap(x => sum(x * tensor([1.0, 2.0])))(ones([5, 2])).shape)",
  ]) func whatAConditionAsksIsLeftAlone(_ script: String) {
    let found = Engine.check(SourceFile(name: "script.trl", bytes: Array(script.utf8)))
    #expect(found.isEmpty, "\(found.map(\.shown))")
  }
}
