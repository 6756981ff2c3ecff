// Swift functions and modules that scripts call: typed parameters, errors with their place, derivatives, and calls that
// come back into the engine.
import Testing
import Trellis

@Suite struct HostTests {
  struct CameraError: Error, CustomStringConvertible { var description: String { "the camera is off" } }

  @Test func typedParameters() throws {
    let engine = Engine()
    engine.register("twice") { (x: Double) in x * 2 }
    engine.register("describe", parameters: ["name", "sizes"]) { (name: String, sizes: [Int]) in "\(name) \(sizes)" }
    engine.register("shift", parameters: ["x", "by"]) { (x: Int, by: Int?) in x + (by ?? 1) }
    engine.register("nothing") { () in }
    #expect(try engine.run("twice(4)") == 8.0)
    #expect(try engine.run("twice(sum(ones([3])))") == 6.0)
    #expect(try engine.run("describe(sizes: [1, 2], name: \"net\")") == "net [1, 2]")
    #expect(try engine.run("[shift(1), shift(1, 5), shift(1, by: 7)]") == [2, 6, 8])
    #expect(try engine.run("[twice(x) for x in [1, 2]]") == [2.0, 4.0])
    #expect(try engine.run("nothing()") == .none)
    #expect(try engine.show("twice") == "<function twice>")
  }

  @Test func wrongCallsAreErrorsOfTheScript() throws {
    let engine = Engine()
    engine.register("twice", parameters: ["amount"]) { (x: Double) in x * 2 }
    func problem(_ text: String) -> ScriptError? { #expect(throws: ScriptError.self) { try engine.run(text) } }
    let wrong = problem("let a = 1\ntwice(\"two\")")
    #expect(wrong?.kind == .wrongType)
    #expect(wrong?.message == "`twice` needs a number for `amount`, found the string \"two\"")
    #expect(wrong?.line == 2 && wrong?.column == 1 && wrong?.file == "<script>")
    #expect(problem("twice()")?.kind == .wrongArity)
    #expect(problem("twice(1, 2)")?.kind == .wrongArity)
    #expect(problem("twice(amont: 1)")?.kind == "unknown-argument")
    #expect(problem("twice(1, amount: 1)")?.kind == .badValue)
  }

  @Test func swiftErrorsAreErrorsOfTheScript() throws {
    let engine = Engine()
    engine.register("take_photo") { () throws -> Double in throw CameraError() }
    let error = #expect(throws: ScriptError.self) {
      try engine.run("fn photo() = take_photo()\nphoto()", name: "photo.trl")
    }
    #expect(error?.kind == .hostFailed)
    #expect(error?.message == "`take_photo`: the camera is off")
    #expect(error?.line == 1 && error?.file == "photo.trl")
    #expect(error?.callStack.map(\.function) == ["photo", "photo.trl"])
    #expect(error?.json.contains("\"id\":\"host-failed\"") == true)
    #expect(try engine.run("try { take_photo() } catch e { e.kind }") == "host-failed")
  }

  @Test func functionsOfTheScriptAsArguments() throws {
    let engine = Engine()
    engine.register("apply_twice") { (f: ScriptFunction, x: ScriptValue) throws in try f(try f(x)) }
    #expect(try engine.run("apply_twice(x => x * 3, 2)") == 18)
    let inner = #expect(throws: ScriptError.self) { try engine.run("apply_twice(x => fail(\"no\"), 2)") }
    #expect(inner?.message.contains("no") == true)
  }

  @Test func callsBackIntoTheEngine() throws {
    let engine = Engine()
    engine.register("evaluate") { [unowned engine] (text: String) throws in try engine.run(text) }
    #expect(try engine.run("let a = 5\nevaluate(\"1 + 2\") + a") == 8)
    let error = #expect(throws: ScriptError.self) { try engine.run("evaluate(\"1 +\")") }
    #expect(error?.kind == .hostFailed)
    engine.limits.seconds = 0.2
    let endless = #expect(throws: ScriptError.self) {
      try engine.run("try { evaluate(\"while true \\{ }\") } catch e { 1 }\nwhile true { }")
    }
    #expect(endless?.kind == .timeLimit)
  }

  @Test func derivatives() throws {
    let engine = Engine()
    let cube: @Sendable (Tensor) -> Tensor = { x in
      Tensor(x.array(of: Double.self).map { $0 * $0 * $0 }, shape: x.shape)
    }
    engine.register(
      "cube",
      derivative: { arguments, result, upstream in
        let x = try arguments[0].as(Tensor.self).array(of: Double.self)
        let v = upstream.array(of: Double.self)
        return [Tensor(zip(x, v).map { 3 * $0 * $0 * $1 }, shape: upstream.shape)]
      }, cube)
    engine.register("plain", cube)
    let x = "tensor([1.0, 2.0], dtype: f64)"
    #expect(try engine.run("grad(x => sum(cube(x) * 2.0))(\(x))").as([Double].self) == [6, 24])
    #expect(try engine.run("cube(\(x))").as([Double].self) == [1, 8])
    let missing = #expect(throws: ScriptError.self) { try engine.run("grad(x => sum(plain(x)))(\(x))") }
    #expect(missing?.kind == .notDifferentiable)
    let second = #expect(throws: ScriptError.self) {
      try engine.run("hvp(x => sum(cube(x)))(\(x), \(x))")
    }
    #expect(second?.kind == .notDifferentiable)
  }

  @Test func modules() throws {
    let engine = Engine()
    try engine.register(
      module: "app", [HostFunction("area") { (w: Double, h: Double) in w * h }], values: ["version": 3])
    engine.register(module: "shapes", source: "fn square(x) = x * x\nlet _hidden = 1")
    #expect(
      try engine.run("import app\nimport shapes\n[app.area(2, 3), app.version, shapes.square(4)]") == [6.0, 3, 16])
    engine.register(module: "shapes", source: "fn square(x) = -1")
    #expect(try engine.run("import shapes\nshapes.square(4)") == -1)
    #expect(throws: ScriptError.self) { try engine.run("import nowhere") }
  }

  @Test func functionsOfTheScriptFromSwift() throws {
    let engine = Engine()
    try engine.run("fn area(w, h = 2.0) = w * h\nlet _x = 1")
    let area = try engine.function("area")
    let plain: Double = try area(3.0)
    let named: Double = try area(3.0, named: ["h": 5])
    #expect(plain == 6 && named == 15 && area.name == "area")
    #expect(throws: ScriptError.self) { try area(1, 2, 3) }
    #expect(throws: ScriptError.self) { let _: String = try area(3.0) }
    #expect(throws: ScriptError.self) { try engine.function("_x") }
    let unknown = #expect(throws: ScriptError.self) { try engine.function("aera") }
    #expect(unknown?.kind == .unknownName && unknown?.problems.first?.help?.contains("area") == true)
  }
}
