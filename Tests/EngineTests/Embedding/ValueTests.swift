// Values between Swift and scripts: both ways, every kind, and tensors without copies.
import Testing
import Trellis

@Suite struct ValueTests {
  @Test func everyKindComesOut() throws {
    let engine = Engine()
    #expect(try engine.run("none") == .none)
    #expect(try engine.run("1 < 2") == true)
    #expect(try engine.run("40 + 2") == 42)
    #expect(try engine.run("0.5 * 3") == 1.5)
    #expect(try engine.run("\"a\" ++ \"é\"") == "aé")
    #expect(try engine.run("[1, [2.5, none]]") == [1, [2.5, nil]])
    #expect(try engine.run("{b: 1, a: {c: \"x\"}}") == ["b": 1, "a": ["c": "x"]])
    #expect(try engine.run("tensor([[1, 2], [3, 4]])").tensor == Tensor([1, 2, 3, 4], shape: [2, 2]))
    #expect(try engine.run("x => x").function != nil)
    guard case .object(let range) = try engine.run("0..3") else {
      Issue.record("a range is an object")
      return
    }
    #expect(range.kind == "a range")
  }

  @Test func everyKindGoesIn() throws {
    let engine = Engine()
    let tree: ScriptValue = [
      "layers": [
        ["w": .tensor(Tensor([1, 2] as [Float])), "b": 0.5], ["w": .tensor(Tensor([true, false])), "b": nil],
      ],
      "name": "net",
    ]
    engine["tree"] = tree
    #expect(engine["tree"] == tree)
    #expect(try engine.run("keys(tree)") == ["layers", "name"])
    #expect(try engine.run("tree.layers[0].w.dtype") == "f32")
    engine["step"] = try engine.run("0..10 by 5")
    #expect(try engine.run("[i for i in step]") == [0, 5])
  }

  @Test func treesTrainAsTheyAre() throws {
    let engine = Engine()
    try engine.run("fn loss(p, x) = mean((x * p.w + p.b) ^ 2)\nlet slope = grad(loss)")
    let slope = try engine.function("slope")
    let p: ScriptRecord = ["w": .tensor(Tensor([2.0] as [Double])), "b": .tensor(Tensor([1.0] as [Double]))]
    let g: ScriptRecord = try slope(p, Tensor([1.0, 3.0] as [Double]))
    #expect(g.keys == ["w", "b"])
    #expect(g["w"]?.tensor?.array(of: Double.self) == [24])
    #expect(g["b"]?.tensor?.array(of: Double.self) == [10])
  }

  @Test func recordsKeepTheirOrder() throws {
    var record: ScriptRecord = ["z": 1, "a": 2]
    record["m"] = 3
    record["z"] = 4
    record["a"] = nil
    #expect(record.keys == ["z", "m"])
    #expect(record["m"] == 3)
    #expect(try Engine().run("let r = {[1]: 2}\nr").record?[.list([1])] == nil)
    #expect(try Engine().run("var r = {}\nr[7] = \"seven\"\nr").record?[.int(7)] == "seven")
  }

  @Test func largeTensorsMoveWithoutACopy() throws {
    let engine = Engine()
    let given = Tensor(shape: [1000], of: Float.self) { for index in 0..<1000 { $0[index] = Float(index) } }
    let address = given.withUnsafeBytes { $0.baseAddress }
    let seen = UncheckedBox<UnsafeRawPointer?>(nil)
    engine.register("look") { (x: Tensor) in
      seen.value = x.withUnsafeBytes { $0.baseAddress }
      return x
    }
    // What a script makes and nobody holds is handed over; what it holds is copied.
    let result = try engine.run("x => look(x * 2)").as(ScriptFunction.self).call(given, as: Tensor.self)
    #expect(result.array(of: Float.self)[999] == 1998)
    #expect(given.withUnsafeBytes { $0.baseAddress } == address && given.array(of: Float.self)[999] == 999)
    #expect(engine.usage.tensorBytes < 100_000)
    engine["kept"] = .tensor(given)
    #expect(engine.usage.tensorBytes < 4000, "the host's elements are shown, not copied")
    try engine.run("var y = kept\ny[0] = 5.0")
    #expect(given.array(of: Float.self)[0] == 0, "what belongs to Swift is never written")
  }

  @Test func memoryOfTheCallersIsGivenBack() throws {
    let freed = UncheckedBox(0)
    do {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: 500)
      buffer.initialize(repeating: 2)
      let tensor = Tensor(adopting: buffer, shape: [500]) {
        freed.value += 1
        $0.deallocate()
      }
      #expect(try Engine().run("sum").as(ScriptFunction.self).call(tensor, as: Double.self) == 1000)
    }
    #expect(freed.value == 1)
  }

  @Test func tensorsOutliveTheirEngine() throws {
    var engine: Engine? = Engine()
    let large = try engine?.run("let x = ones([300, 300]) * 3.0\nx").tensor
    engine = nil
    #expect(large?.array(of: Float.self).allSatisfy { $0 == 3 } == true)
  }

  @Test func wrongKindsSayWhatTheyAre() throws {
    let engine = Engine()
    let error = #expect(throws: ScriptError.self) { try engine.run("[1, \"a\"]").as([Double].self) }
    #expect(error?.kind == .wrongType)
    #expect(error?.message.contains("the string \"a\"") == true, "\(error?.message ?? "")")
    #expect(try engine.run("[1, 2]").as([Double].self) == [1, 2])
    #expect(try engine.run("tensor([1.5, 2.5])").as([Double].self) == [1.5, 2.5])
    #expect(try engine.run("{a: 1}").as([String: Int].self) == ["a": 1])
    #expect(try engine.run("none").as(Int?.self) == nil)
  }

  @Test func deepAndEndlessValuesStayIn() throws {
    let engine = Engine()
    let deep = "var a = []\nfor i in 0..100000 { a = [a] }\na"
    #expect(throws: ScriptError.self) { try engine.run(deep) }
    engine.limits.bytes = 32 << 20
    let shared = #expect(throws: ScriptError.self) {
      try engine.run("var b = [1]\nfor i in 0..60 { b = [b, b] }\nb")
    }
    #expect(shared?.ending == .limit)
    #expect(try engine.run("1 + 1") == 2)
  }

  @Test func functionsBelongToTheirEngine() throws {
    let one = Engine()
    let other = Engine()
    let f = try one.run("x => x + 1").as(ScriptFunction.self)
    let error = #expect(throws: ScriptError.self) { try other.set("f", f) }
    #expect(error?.message.contains("another engine") == true)
    try one.set("g", f)
    #expect(try one.run("g(1)") == 2)
  }
}

/// A value that a closure on another thread sets before the test goes on.
final class UncheckedBox<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
