// Runs: names that stay, programs whose names go, arguments, errors with their places, hooks, limits, cancellation.
import Synchronization
import Testing
import Trellis

@Suite struct RunTests {
  @Test func namesStay() throws {
    let engine = Engine()
    try engine.run("let a = 2\nvar b = 3\nfn f(x) = x * a")
    #expect(try engine.run("b += 1\nf(b)") == 8)
    try engine.run("let a = 10")
    #expect(engine.names == ["a", "b", "f"])
    try engine.set("b", 5)
    #expect(try engine.run("f(b)") == 50)
    #expect(throws: ScriptError.self) { try engine.set("not a name", 1) }
    #expect(engine["nowhere"] == .none)
  }

  @Test func programsLeaveNothing() throws {
    let engine = Engine()
    try engine.runProgram("let secret = 1\nfn f() = secret\nf()")
    #expect(throws: ScriptError.self) { try engine.run("secret") }
    let before = engine.usage
    for _ in 0..<100 { try engine.runProgram("let x = ones([1000])\nfn g(n) = x[0] + n\ng(1)") }
    #expect(engine.usage.functions == before.functions)
    #expect(engine.usage.tensorBytes == before.tensorBytes)
  }

  @Test func heldFunctionsKeepTheirProgram() throws {
    let engine = Engine()
    let kept = UncheckedBox<ScriptFunction?>(nil)
    engine.register("keep") { (f: ScriptFunction) in kept.value = f }
    try engine.runProgram("let base = 40\nfn g(n) = base + n\nkeep(n => g(n))")
    for round in 0..<50 { try engine.runProgram("fn other(x) = x * \(round)\nother(2)") }
    #expect(try kept.value?(2) == 42)
    kept.value = nil
    try engine.runProgram("1")
    try engine.runProgram("1")
    #expect(engine.usage.functions < 10)
  }

  @Test func linesOfASessionAreForgottenWhenNothingNamesThem() throws {
    let engine = Engine()
    try engine.run("let fs = [x => x + 1]\nfn keep(x) = fs[0](x)")
    for round in 0..<3000 { try engine.run("fn f\(round % 7)(x) = x + \(round)\nf\(round % 7)(1)") }
    #expect(engine.usage.functions < 1500)
    #expect(try engine.run("keep(f3(1))") == .int(2 + 2999 / 7 * 7 + 3 - (2999 % 7 < 3 ? 7 : 0)))
  }

  @Test func arguments() throws {
    let engine = Engine()
    let text = "param rate = 0.1\nparam quick = false\n[rate, quick, seed, arguments]"
    #expect(try engine.run(text, arguments: ["--rate", "0.5", "--quick", "a.csv"]) == [0.5, true, 0, ["a.csv"]])
    #expect(try engine.run(text) == [0.1, false, 0, []])
    let error = #expect(throws: ScriptError.self) { try engine.run(text, arguments: ["--rat", "1"]) }
    #expect(error?.ending == .wrongArguments && error?.message == "the script has no param for --rat")
  }

  @Test func filesAndTheirImports() throws {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("import \"./lib.trl\" as lib\nlet y = lib.f(2)\ny", to: "\(folder)/main.trl")
    TestFiles.write("fn f(x) = x * 21", to: "\(folder)/lib.trl")
    let denied = #expect(throws: ScriptError.self) { try Engine().run(file: "\(folder)/main.trl") }
    #expect(denied?.kind == .accessDenied && denied?.line == 1)
    var configuration = Engine.Configuration()
    configuration.permissions.files = .folders([.init(folder)])
    #expect(try Engine(configuration).run(file: "\(folder)/main.trl") == 42)
    let missing = #expect(throws: ScriptError.self) { try Engine().run(file: "\(folder)/none.trl") }
    #expect(missing?.kind == .fileProblem && missing?.ending == .misuse)
  }

  @Test func allProblemsOfAText() throws {
    let error = #expect(throws: ScriptError.self) { try Engine().run("let a = foo\nlet b = bar", name: "two.trl") }
    #expect(error?.ending == .doesNotCompile)
    #expect(error?.problems.map { $0.span?.line } == [1, 2])
    #expect(error?.problems.map(\.kind) == [.unknownName, .unknownName])
    #expect(error?.text.contains("two.trl:2:9") == true)
    #expect(error?.json.split(separator: "\n").count == 2)
  }

  @Test func runtimeErrorsHaveAStack() throws {
    let error = #expect(throws: ScriptError.self) {
      try Engine().run("fn f(x) {\n  let y = x + \"a\"\n  y\n}\nlet z = f(1) + 1", name: "s.trl")
    }
    #expect(error?.kind == .wrongType && error?.line == 2 && error?.column == 11)
    #expect(error?.callStack.map(\.function) == ["f", "s.trl"])
    #expect(error?.callStack.map(\.span.line) == [2, 5])
  }

  @Test func hooksHearEverything() throws {
    let heard = Mutex<[String]>([])
    var hooks = Engine.Hooks()
    hooks.output = { text in heard.withLock { $0.append("out \(text)") } }
    hooks.metric = { metric in
      heard.withLock { $0.append("metric \(metric.name) \(metric.value) \(metric.step ?? -1)") }
    }
    hooks.progress = { step in heard.withLock { $0.append("progress \(step.label) \(step.done)") } }
    hooks.failure = { error in heard.withLock { $0.append("failure \(error.kind)") } }
    let engine = Engine(hooks: hooks)
    try engine.run("print(1)\nmetric(\"loss\", 0.5, step: 2)\nfor i in progress(0..1, \"go\") { }")
    try? engine.run("fail(\"no\")")
    #expect(
      heard.withLock { $0 }.filter { !$0.hasPrefix("progress go 1") }
        == ["out 1\n", "metric loss 0.5 2", "progress go 0", "failure failed"])
  }

  @Test func limitsChangeBetweenRuns() throws {
    let engine = Engine()
    engine.limits.steps = 1000
    #expect(#expect(throws: ScriptError.self) { try engine.run("while true {}") }?.kind == .stepLimit)
    engine.limits.steps = nil
    engine.limits.depth = 50
    #expect(#expect(throws: ScriptError.self) { try engine.run("fn f(n) = 1 + f(n)\nf(1)") }?.kind == .callDepth)
    engine.limits.depth = 1000
    engine.limits.tensorBytes = 1 << 20
    #expect(#expect(throws: ScriptError.self) { try engine.run("ones([1000, 1000]) * 2") }?.kind == .memoryLimit)
    engine.limits.tensorBytes = nil
    #expect(try engine.run("sum(ones([1000, 1000]) * 2)").double == 2_000_000)
  }

  @Test func cancelFromAnotherThread() throws {
    let engine = Engine()
    let thread = JoinableThread(stackBytes: 1 << 18) {
      for _ in 0..<100 {
        usleepMilliseconds(20)
        engine.cancel()
      }
    }
    let error = #expect(throws: ScriptError.self) { try engine.run("while true {}") }
    #expect(error?.ending == .interrupted)
    thread?.join()
    #expect(try engine.run("1") == 1, "a cancel while nothing runs is forgotten")
  }

  @Test func cancelledTasksEnd() async throws {
    let engine = Engine()
    let task = Task { try await engine.run("while true {}") }
    try await Task.sleep(nanoseconds: 50_000_000)
    task.cancel()
    await #expect(throws: ScriptError.self) { try await task.value }
    let second = Task { try await engine.run("6 * 7") }
    #expect(try await second.value == 42)
    let many = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<20 { group.addTask { try await engine.run("\(index) + 1").as(Int.self) } }
      return try await group.reduce(0, +)
    }
    #expect(many == 210)
  }
}
