// Where the kinds of numbers are known the compiler picks instructions that look at no tags; where they are not, or a
// register may hold something else, it does not.
import Testing
import VM

@Suite struct NumberKindTests {
  @Test func floatLoopIsUnboxed() throws {
    let operations = try Script.operations(
      of: "f",
      in: """
        fn f(n) {
          var s = 0.0
          var x = 0.0
          for _ in 0..n {
            x = x + 0.37
            if x > 100.0 { x = x - 100.0 }
            s = s + x
          }
          s
        }
        """)
    #expect(operations.contains(.addFloat) && operations.contains(.addFloatK))
    #expect(!operations.contains(.add) && !operations.contains(.addK))
    #expect(operations.contains(.rangeLoopOne))
  }

  @Test func integersAreUnboxed() throws {
    let operations = try Script.operations(
      of: "f",
      in: """
        fn f() {
          var i = 0
          var n = 0
          while i < 10 {
            n = n + i * i
            i += 1
          }
          n
        }
        """)
    #expect(operations.contains(.addInt) && operations.contains(.multiplyInt) && operations.contains(.addIntI))
    #expect(operations.contains(.jumpGreaterEqualIntI))
  }

  @Test func parametersMayBeAnything() throws {
    #expect(try Script.operations(of: "f", in: "fn f(a, b) = a + b").contains(.add))
  }

  @Test func aVariableOfTwoKindsIsNotUnboxed() throws {
    let operations = try Script.operations(
      of: "f",
      in: """
        fn f(n) {
          var s = 0
          for i in 0..n { s = s + 0.5 }
          s
        }
        """)
    #expect(!operations.contains(.addFloatK))
    #expect(Script.lines("fn f(n) { var s = 0\nfor i in 0..n { s = s + 0.5 }\ns }\nprint(f(3))") == ["1.5"])
  }

  @Test func integerConstantsJoinFloats() throws {
    let operations = try Script.operations(of: "f", in: "fn f() { var x = 0.5\nx = x * 2 + 1\nx }")
    #expect(operations.contains(.multiplyFloatK) && operations.contains(.addFloatK))
    #expect(Script.lines("fn f() { var x = 0.5\nx = x * 2 + 1\nx }\nprint(f())") == ["2.0"])
  }

  /// What a handler sees may come from anywhere in the `try`.
  @Test func handlersKnowNothing() {
    let text = """
      fn f(n) {
        var x = 1
        try {
          x = "text"
          fail("now")
        } catch e { }
        x
      }
      print(f(1))
      """
    #expect(Script.lines(text) == ["text"])
  }

  /// A register that held a string is used for a number later; the string must not leak or be freed twice.
  @Test func registersAreReused() {
    let text = """
      fn f(c) {
        var total = 0
        for i in 0..3 {
          if c { let s = "a{i}" ++ "b" } else { let s = i * 2.5 }
          let n = i + 1
          total += n
        }
        total
      }
      print(f(true), f(false))
      """
    #expect(Script.lines(text) == ["6 6"])
  }
}
