// Instructions that do the work of two: they are picked where nobody can tell, and give the same results.
import Testing
import VM

@Suite struct FuseTests {
  @Test(arguments: [
    ("x * y + z", Opcode.multiplyAddFloat, "8.5"), ("z + x * y", .multiplyAddFloat, "8.5"),
    ("x * y - z", .multiplySubtractFloat, "6.5"), ("z - x * y", .subtractProductFloat, "-6.5"),
    ("x + y + z", .addAddFloat, "7.5"), ("x - y + z", .subtractAddFloat, "-2.5"),
  ])
  func floats(_ expression: String, _ expected: Opcode, _ result: String) throws {
    let text = "fn f() { let x = 1.5\nlet y = 5.0\nlet z = 1.0\n\(expression) }"
    let operations = try Script.operations(of: "f", in: text)
    #expect(operations.contains(expected))
    #expect(Script.lines("\(text)\nprint(f())") == [result])
  }

  @Test func bothRound() {
    // The square of 2^27 + 1 ends in a 1 that does not fit; rounded once, the sum would be 1.
    let text = "fn f() { let x = 134217729.0\nlet y = -18014398777917440.0\nx * x + y }"
    #expect(Script.lines("\(text)\nprint(f())") == ["0.0"])
  }

  @Test func aResultThatIsReadAgainStays() throws {
    let text = "fn f() { let x = 1.5\nlet t = x * x\nlet s = t + x\ns * t }"
    let operations = try Script.operations(of: "f", in: text)
    #expect(!operations.contains(.multiplyAddFloat))
    #expect(Script.lines("\(text)\nprint(f())") == ["8.4375"])
  }

  @Test(arguments: [
    ("i < n", Opcode.loopLessInt), ("i <= m", .loopLessEqualInt), ("n > i", .loopLessInt), ("i < 7", .loopLessIntI),
    ("left > 0", .loopGreaterIntI),
  ])
  func loopsOverIntegersAreTurned(_ condition: String, _ expected: Opcode) throws {
    let text = """
      fn f() {
        var i = 0
        var s = 0
        let n = 7
        let m = 6
        var left = 7
        while \(condition) {
          i += 1
          left -= 1
          if i == 3 { continue }
          s += i
        }
        s
      }
      """
    let operations = try Script.operations(of: "f", in: text)
    #expect(operations.contains(expected) && !operations.contains(.loopBack))
    #expect(Script.lines("\(text)\nprint(f())") == ["25"])
  }

  @Test(arguments: [("x < y", Opcode.loopLessFloat), ("x <= y", .loopLessEqualFloat)])
  func loopsOverFloatsAreTurned(_ condition: String, _ expected: Opcode) throws {
    let text = """
      fn f() {
        var x = 0.0
        let y = 3.0
        var rounds = 0
        while \(condition) {
          x = if rounds == 2 { 0.0 * (x / 0.0) } else { x + 1.0 }
          rounds += 1
        }
        rounds
      }
      """
    let operations = try Script.operations(of: "f", in: text)
    #expect(operations.contains(expected) && !operations.contains(.loopBack))
    // The third round makes x not a number: no comparison holds.
    #expect(Script.lines("\(text)\nprint(f())") == ["3"])
  }

  @Test func aTurnedLoopStops() {
    var limits = Limits()
    limits.steps = 10_000
    let result = Script(limits: limits).run("fn f() { var i = 0\nwhile i < 2 { i = 0 * i }\ni }\nf()")
    #expect(result.problem?.problem.id == "step-limit")
  }

  @Test func itemsAndTheirFields() throws {
    let text = "fn f(list, n) { var s = 0\nfor i in 0..n { s += list[i].x }\ns }"
    let operations = try Script.operations(of: "f", in: text)
    #expect(operations.contains(.getIndexThenField))
    #expect(Script.lines("\(text)\nprint(f([{x: 1, y: 2}, {y: 2, x: 3}, {x: 5}], 3))") == ["9"])
  }
}
