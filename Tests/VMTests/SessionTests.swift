// Lines of a session: names stay, later definitions replace, functions see the latest.
import Testing
import VM

@Suite struct SessionTests {
  @Test func namesStay() {
    let session = Script()
    #expect(session.line("let x = 3") == "none")
    #expect(session.line("x + 1") == "4")
    #expect(session.line("var xs = [1]") == "none")
    #expect(session.line("xs = append(xs, 2)") == "none")
    #expect(session.line("xs") == "[1, 2]")
    #expect(session.line("fn f(n) = n * x") == "none")
    #expect(session.line("f(5)") == "15")
  }

  @Test func functionsSeeTheLatest() {
    let session = Script()
    _ = session.line("let k = 1")
    _ = session.line("fn g(n) = n + k")
    _ = session.line("fn f(n) = g(n) * 10")
    #expect(session.line("f(1)") == "20")
    _ = session.line("fn g(n) = n - k")
    #expect(session.line("f(1)") == "0")
    _ = session.line("let k = 5")
    #expect(session.line("f(1)") == "-40")
  }

  @Test func aKindOfNameMayChange() {
    let session = Script()
    _ = session.line("var a = 1")
    _ = session.line("let a = 2")
    #expect(session.line("a") == "2")
    _ = session.line("var a = 3")
    _ = session.line("a += 1")
    #expect(session.line("a") == "4")
    _ = session.line("fn a() = 5")
    #expect(session.line("a()") == "5")
  }

  @Test func errorsLeaveTheRest() {
    let session = Script()
    #expect(session.line("var n = 1") == "none")
    #expect(session.line("n = n + fail(\"x\")") == "error failed")
    #expect(session.line("n") == "1")
    #expect(session.line("let broken = fail(\"x\")") == "error failed")
    #expect(session.line("fn f() = broken") == "none")
    #expect(session.line("f()") == "error used-before-definition")
  }

  @Test func loopsUpdateInPlace() {
    let session = Script()
    _ = session.line("var xs = []")
    #expect(session.line("for i in 0..200_000 { xs = append(xs, i) }") == "none")
    #expect(session.line("len(xs)") == "200000")
  }
}
