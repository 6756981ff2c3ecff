import Trellis

var configuration = Engine.Configuration()
configuration.limits.seconds = 2
configuration.limits.bytes = 64 << 20
let engine = Engine(configuration)
engine.register("twice") { (x: Double) in x * 2 }
engine["x"] = .tensor(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
print(try engine.run("x @ x.T * twice(0.5)").as(Tensor.self).array(of: Float.self))

let attacks = [
  ("loops", "while true { }"), ("recurses", "fn f(n) = 1 + f(n)\nf(0)"),
  ("allocates", "var xs = []\nwhile true { xs = append(xs, ones([100, 100]) * 2.0) }"),
  ("grows", "var xs = []\nwhile true { xs = append(xs, \"text {len(xs)}\") }"),
  ("nests", "var a = []\nwhile true { a = [a] }"), ("prints", "while true { print(\"more\") }"),
  ("compares", "var a = [1]\nvar b = [1]\nfor i in 0..60 { a = [a, a]\nb = [b, b] }\na == b"),
  ("opens files", "read_text(\"/etc/passwd\")"), ("calls wrongly", "twice(\"x\")"),
]
for (name, script) in attacks {
  do { try engine.runProgram(script) } catch { print("\(name): \(error.kind)") }
  guard try engine.run("twice(21)") == 42.0 else { fatalError("the engine is broken after: \(name)") }
}
print("alive")
