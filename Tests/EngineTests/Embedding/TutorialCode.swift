// The code of the tutorial (Sources/Trellis/Trellis.docc/Tutorial.md), compiled and run. What stands between `// article`
// and `// end` is in the article, block by block; TutorialTests holds the two against each other.
import Testing
import Trellis

@Suite struct TutorialCode {
  @Test func first() throws {
    // article
    let engine = Engine()
    let answer = try engine.run("6 * 7")
    print(answer.int!)  // 42
    // end
    #expect(answer == 42)

    // article
    try engine.run("let rate = 0.5")
    try engine.run("fn decay(x, steps) = x * rate ^ steps")
    let decay = try engine.function("decay")
    let left: Double = try decay(8.0, 3)
    print(left)  // 1.0
    // end
    #expect(left == 1)
  }

  @Test func tensors() throws {
    let engine = Engine()
    // article
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    let y = Tensor([1, 0, 1] as [Float])
    try engine.run(
      """
      fn loss(p, x, y) = mean((x @ p.w + p.b - y) ^ 2)
      fn step(p, x, y) = p - 0.01 * grad(loss)(p, x, y)
      """)
    let step = try engine.function("step")
    var parameters: ScriptRecord = ["w": .tensor(Tensor([0, 0] as [Float])), "b": 0.0]
    for _ in 0..<100 { parameters = try step(parameters, x, y) }
    let weights = parameters["w"]!.tensor!.array(of: Float.self)
    // end
    #expect(weights.count == 2 && weights[0] != 0)
  }

  @Test func host() throws {
    let engine = Engine()
    // article
    struct NoSuchSensor: Error {}
    engine.register("temperature", parameters: ["sensor"]) { (sensor: String) throws in
      guard sensor == "kitchen" else { throw NoSuchSensor() }
      return 21.5
    }
    try engine.run("temperature(\"kitchen\") > 20")  // true

    do {
      try engine.run("temperature(\"attic\")", name: "heating.trl")
    } catch {
      print(error.kind)  // host-failed
      print(error.text)  // for people: the line, the place underlined, the script's calls
    }
    // end
    #expect(throws: ScriptError.self) { try engine.run("temperature(\"attic\")") }

    // article
    engine.register(
      "cube",
      derivative: { arguments, result, upstream in
        let x = try arguments[0].as(Tensor.self).array(of: Float.self)
        let v = upstream.array(of: Float.self)
        return [Tensor(zip(x, v).map { 3 * $0 * $0 * $1 }, shape: upstream.shape)]
      }
    ) { (x: Tensor) in
      Tensor(x.array(of: Float.self).map { $0 * $0 * $0 }, shape: x.shape)
    }
    let slope = try engine.run("grad(x => sum(cube(x)))(tensor([1.0, 2.0]))")
    // end
    #expect(try slope.as([Double].self) == [3, 12])
  }

  @Test func limits() throws {
    // article
    var configuration = Engine.Configuration()
    configuration.limits.seconds = 0.5
    configuration.limits.bytes = 64 << 20
    configuration.permissions.files = .folders([.init("/srv/data"), .init("/tmp/out", allowsWriting: true)])
    var hooks = Engine.Hooks()
    hooks.output = { print("script:", $0, terminator: "") }
    let careful = Engine(configuration, hooks: hooks)

    do {
      try careful.run("while true { }")
    } catch {
      print(error.kind)  // time-limit
    }
    try careful.run("print(\"still here\")")
    // end
    #expect(careful.limits.seconds == 0.5)
  }

  @Test func tasks() async throws {
    let engine = Engine()
    // article
    let task = Task { try await engine.run("while true { }") }
    task.cancel()
    let result = await task.result  // a failure whose ending is .interrupted
    // end
    #expect(throws: ScriptError.self) { try result.get() }
  }
}
