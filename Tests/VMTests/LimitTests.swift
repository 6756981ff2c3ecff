// Limits stop a script where it is, can't be caught, and leave the machine able to run the next one.
import Diagnostics
import Foundation
import Tensor
import Testing
import VM

@Suite struct LimitTests {
  private func problem(_ text: String, _ change: (inout Limits) -> Void) -> String? {
    var limits = Limits()
    change(&limits)
    let script = Script(limits: limits)
    let first = script.run(text).problem?.problem.id
    #expect(script.run("print(1 + 1)").output == "2\n")
    return first
  }

  @Test func steps() {
    #expect(problem("while true { }") { $0.steps = 10_000 } == "step-limit")
    #expect(problem("try { while true { } } catch e { }") { $0.steps = 10_000 } == "step-limit")
    #expect(
      problem("fn f(n) = if n == 0 { 0 } else { f(n - 1) }\nwhile true { f(10) }") { $0.steps = 10_000 } == "step-limit"
    )
    #expect(problem("for i in 0..100 { }") { $0.steps = 10_000 } == nil)
  }

  @Test func time() {
    let start = Machine.now()
    #expect(problem("var n = 0\nwhile true { n += 1 }") { $0.seconds = 0.2 } == "time-limit")
    #expect(Machine.now() - start < 5)
  }

  @Test func depth() {
    #expect(problem("fn f(n) = f(n + 1) + 1\nf(0)") { _ in } == "call-depth")
    #expect(problem("fn f(n) = f(n + 1) + 1\ntry { f(0) } catch e { }") { $0.depth = 100 } == "call-depth")
    #expect(problem("fn f(n) { if n == 0 { return 0 }\n1 + f(n - 1) }\nprint(f(50_000))") { _ in } == nil)
  }

  /// Builtins that call back use the native stack.
  @Test func nativeDepth() {
    #expect(problem("fn f(n) = map(f, [n])\nf(0)") { _ in } == "call-depth")
  }

  @Test func bytes() {
    let script = Script()
    script.heap.byteLimit = 50_000_000
    #expect(script.run("var s = \"0123456789\"\nwhile true { s = s ++ s }").problem?.problem.id == "memory-limit")
    #expect(script.run("var xs = [0]\nwhile true { xs = append(xs, 1) }").problem?.problem.id == "memory-limit")
    #expect(script.run("print(2)").output == "2\n")
  }

  @Test func anotherThreadStopsIt() {
    let script = Script()
    nonisolated(unsafe) let flag = script.heap.graph.cancelFlag
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.1)
      flag.pointee = 1
    }
    thread.start()
    #expect(script.run("var n = 0\ntry { while true { n += 1 } } catch e { }").problem?.problem.id == "interrupted")
    flag.pointee = 0
    #expect(script.run("print(1)").output == "1\n")
  }
}
