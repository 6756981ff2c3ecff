// Values are updated in place when nobody else holds them, and only then; what is visible after an error keeps its value.
import Testing
import VM

@Suite struct LastUseTests {
  /// Quadratic copying would take minutes.
  @Test(arguments: [
    "var xs = []\nfor i in 0..200_000 { xs = append(xs, i) }\nprint(len(xs))",
    "fn f() { var xs = []\nfor i in 0..200_000 { xs = append(xs, i) }\nxs }\nprint(len(f()))",
    "var xs = []\nfor i in 0..200_000 { xs = xs ++ [i] }\nprint(len(xs))",
    "var s = \"\"\nfor i in 0..200_000 { s = s ++ \"x\" }\nprint(len(s))",
    "var s = \"\"\nfor i in 0..200_000 { s ++= \"x\" }\nprint(len(s))",
    "var r = {}\nfor i in 0..200_000 { r[i] = i }\nprint(len(r))",
    "var p = {inner: {xs: [0]}}\nfor i in 0..200_000 { p.inner.xs ++= [i] }\nprint(len(p.inner.xs) - 1)",
    "var xs = [x for x in 0..200_000]\nfor i in 0..200_000 { xs[i] = xs[i] + 1 }\nprint(len(xs))",
    "var ps = [{v: 0} for i in 0..10]\nfor i in 0..200_000 { ps[i % 10].v += 20 }\nprint(ps[3].v // 2)",
  ])
  func growsInPlace(text: String) {
    #expect(Script.lines(text) == ["200000"])
  }

  @Test func copiesWhatIsShared() {
    let text = """
      var a = [1, 2]
      let b = a
      a = append(a, 3)
      a[0] = 9
      var r = {p: {q: [1]}}
      let s = r
      r.p.q[0] = 5
      r.p.q ++= [6]
      var t = "ab"
      let u = t
      t ++= "c"
      print(a, b, r, s, t, u)
      """
    #expect(Script.lines(text) == ["[9, 2, 3] [1, 2] {p: {q: [5, 6]}} {p: {q: [1]}} abc ab"])
  }

  @Test func aListInItself() {
    #expect(Script.lines("var a = [1]\na = append(a, a)\na[0] = a\nprint(a)") == ["[[1, [1]], [1]]"])
    #expect(Script.lines("var s = \"ab\"\ns = s ++ s\ns ++= s\nprint(s)") == ["abababab"])
    #expect(Script.lines("var a = [1]\na = a ++ a\na ++= a\nprint(a)") == ["[1, 1, 1, 1]"])
  }

  /// A failing statement leaves the variables as they were.
  @Test(arguments: [
    ("xs = append(xs, fail(\"no\"))", "[1, 2]"),
    ("xs = insert(xs, 99, 0)", "[1, 2]"),
    ("xs[5] = 0", "[1, 2]"),
    ("xs[0] = fail(\"no\")", "[1, 2]"),
    ("xs[0] += \"a\"", "[1, 2]"),
    ("xs = xs ++ 3", "[1, 2]"),
    ("xs = sort(xs, key: x => fail(\"no\"))", "[1, 2]"),
    ("xs = map(x => x + \"a\", xs)", "[1, 2]"),
    ("xs = [xs, fail(\"no\")]", "[1, 2]"),
    ("xs = if xs[0] == 1 { fail(\"no\") } else { 0 }", "[1, 2]"),
  ])
  func survivesFailure(statement: String, kept: String) {
    #expect(Script.lines("var xs = [1, 2]\ntry { \(statement) } catch e { }\nprint(xs)") == [kept])
    #expect(Script.lines("fn f() { var xs = [1, 2]\ntry { \(statement) } catch e { }\nxs }\nprint(f())") == [kept])
    let session = Script()
    _ = session.line("var xs = [1, 2]")
    #expect(session.line(statement).hasPrefix("error"))
    #expect(session.line("xs") == kept)
  }

  /// `f(x)` in a handler's reach may not give `x` away.
  @Test func callsKeepWhatHandlersRead() {
    let text = """
      fn grow(xs) { let ys = append(xs, 1)
        fail("grown") }
      fn f() {
        var xs = [0]
        try { xs = grow(xs) } catch e { xs = append(xs, 7) }
        xs
      }
      print(f())
      """
    #expect(Script.lines(text) == ["[0, 7]"])
  }

  @Test func operandsAreReadInOrder() {
    #expect(Script.lines("var x = 1\nlet y = x + { x = 5\nx }\nprint(y)") == ["6"])
    #expect(Script.lines("var x = 1\nlet y = [x, { x = 5\nx }, x]\nprint(y)") == ["[1, 5, 5]"])
    #expect(Script.lines("fn f(a, b) = [a, b]\nvar x = 1\nprint(f(x, { x = 5\nx }))") == ["[1, 5]"])
    #expect(Script.lines("var x = 1\nprint(x < { x = 5\nx })") == ["true"])
    let inBinder = "var x = 5\nprint(x + sum(y for y in (if true { x = 1; [2] } else { [] })))\nprint(x)"
    #expect(Script.lines(inBinder) == ["7", "1"])
  }
}
