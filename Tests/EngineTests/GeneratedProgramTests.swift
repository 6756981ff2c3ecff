// Looking never changes bits, at the level of the language: a thousand generated scripts are run as they are, with a
// `print` of every intermediate value behind each line, with values forced at random places, and on two threads. What
// they print at the end must be the same text, digit for digit.
import Diagnostics
import Synchronization
import Testing
import Trellis

/// A script of random tensor operations, gradients among them.
struct GeneratedProgram {
  private(set) var lines: [String] = []
  private(set) var names: [String] = []
  private var generator: SplitMix
  private var shapes: [[Int]] = []

  init(seed: UInt64, length: Int) {
    generator = SplitMix(state: seed &* 7919 &+ 1)
    add("normal(rng, [4, 6])", [4, 6])
    add("normal(rng, [6])", [6])
    add("uniform(rng, [6, 3])", [6, 3])
    for _ in 0..<length { step() }
  }

  private mutating func add(_ expression: String, _ shape: [Int]) {
    let name = "v\(names.count)"
    lines.append("let \(name) = \(expression)")
    names.append(name)
    shapes.append(shape)
  }

  private mutating func pick(_ isWanted: ([Int]) -> Bool = { _ in true }) -> (name: String, shape: [Int])? {
    let candidates = names.indices.filter { isWanted(shapes[$0]) }
    guard let index = candidates.randomElement(using: &generator) else { return nil }
    return (names[index], shapes[index])
  }

  private mutating func step() {
    guard let a = pick() else { return }
    switch Int.random(in: 0..<12, using: &generator) {
    case 0..<3:
      let functions = ["exp", "tanh", "sigmoid", "relu", "sin", "softplus", "abs", "square"]
      add("\(functions.randomElement(using: &generator) ?? "exp")(\(a.name) * 0.5)", a.shape)
    case 3..<6:
      guard let b = pick({ $0 == a.shape || $0.isEmpty || $0 == Array(a.shape.suffix($0.count)) }) else { return }
      let operators = ["+", "-", "*", "/"]
      add("\(a.name) \(operators.randomElement(using: &generator) ?? "+") (\(b.name) + 0.125)", a.shape)
    case 6:
      let names = ["sum", "mean", "max", "logsumexp"]
      let reduction = names.randomElement(using: &generator) ?? "sum"
      if a.shape.isEmpty { return }
      add("\(reduction)(\(a.name), axis: -1)", Array(a.shape.dropLast()))
    case 7:
      guard let b = pick({ $0.count == 2 && a.shape.last == $0[0] }), a.shape.count == 2 else { return }
      add("\(a.name) @ \(b.name)", [a.shape[0], b.shape[1]])
    case 8:
      if a.shape.count == 2 { add("\(a.name).T", a.shape.reversed()) }
    case 9:
      guard let first = a.shape.first, first > 1 else { return }
      add("\(a.name)[1..]", [first - 1] + a.shape.dropFirst())
    case 10:
      if !a.shape.isEmpty { add("softmax(\(a.name), axis: -1)", a.shape) }
    default:
      add("grad(x => sum(tanh(x) * x))(\(a.name))", a.shape)
    }
  }

  /// The script; `behind` may add a line behind each definition.
  func script(behind: (Int, String) -> String? = { _, _ in nil }) -> String {
    var text = ["let rng = random(7)"]
    for (index, line) in lines.enumerated() {
      text.append(line)
      if let extra = behind(index, names[index]) { text.append(extra) }
    }
    for name in names { text.append("print(\"FINAL\", list(reshape(cast(\(name), f64), [-1])))") }
    return text.joined(separator: "\n") + "\n"
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Runs a script in an engine of its own and returns what it prints.
func output(of script: String, in engine: Engine? = nil) throws -> [String] {
  let text = Mutex("")
  var hooks = Engine.Hooks()
  hooks.output = { part in text.withLock { $0 += part } }
  let engine = engine ?? Engine(hooks: hooks)
  let outcome = engine.run(SourceFile(name: "generated.trl", bytes: Array(script.utf8)), words: [])
  if let problem = outcome.diagnostics.first { throw problem }
  return text.withLock { $0 }.split(separator: "\n").map(String.init)
}

@Suite(.serialized) struct GeneratedProgramTests {
  @Test func printsForcesAndThreadsChangeNoDigit() throws {
    for seed in 0..<1000 {
      let program = GeneratedProgram(seed: UInt64(seed), length: 4 + seed % 25)
      func final(_ script: String) throws -> [String] { try output(of: script).filter { $0.hasPrefix("FINAL") } }
      var cuts = SplitMix(state: UInt64(seed))
      Engine.setThreads(1)
      let plain = try final(program.script())
      let printed = try final(program.script { _, name in "print(\(name))" })
      let forced = try final(
        program.script { _, name in Int.random(in: 0..<3, using: &cuts) == 0 ? "force(\(name))" : nil })
      Engine.setThreads(2)
      let threaded = try final(program.script())
      #expect(plain.count == program.names.count)
      for (name, other) in [("printed", printed), ("forced", forced), ("two threads", threaded)] where other != plain {
        Issue.record("program \(seed), \(name): differs from the plain run\n\(program.script())")
      }
    }
  }

  @Test func anotherSeedDiffers() throws {
    let script = "print(normal(random(seed), [4]))"
    var other = Engine.Configuration()
    other.seed = 1
    #expect(try output(of: script) == output(of: script))
    let text = Mutex("")
    var hooks = Engine.Hooks()
    hooks.output = { part in text.withLock { $0 += part } }
    _ = Engine(other, hooks: hooks).run(SourceFile(name: "seed.trl", bytes: Array(script.utf8)), words: [])
    #expect(try [text.withLock { $0 }] != output(of: script).map { $0 + "\n" })
  }
}
