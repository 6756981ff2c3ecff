// Scripts that mean harm, run as programs, whose names go with them. Each ends in an error of the expected kind, within its limits (bytes within ten percent of what
// the process takes), and the engine works on.
import Glibc
import Testing
import Trellis

/// Bytes of memory that the process has now.
func residentBytes() -> Int {
  let fields = TestFiles.read("/proc/self/statm").split(separator: " ")
  return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
}

@Suite(.serialized) struct HostileTests {
  struct Attack: Sendable, CustomStringConvertible {
    let name: String
    let script: String
    let kinds: [String]
    var description: String { name }
  }

  static let attacks: [Attack] = [
    Attack(name: "loops", script: "while true { }", kinds: ["time-limit"]),
    Attack(name: "loops in a function", script: "fn f() { while true { } }\nf()", kinds: ["time-limit"]),
    Attack(
      name: "loops and catches", script: "while true { try { fail(\"x\") } catch e { } }", kinds: ["time-limit"]),
    Attack(name: "recurses", script: "fn f(n) = 1 + f(n + 1)\nf(0)", kinds: ["call-depth"]),
    Attack(name: "recurses natively", script: "fn f(x) = map(f, [x])\nf(1)", kinds: ["call-depth"]),
    Attack(
      name: "grows a list", script: "var xs = []\nwhile true { xs = append(xs, 1.5) }", kinds: ["memory-limit"]),
    Attack(
      name: "grows a list of texts", script: "var xs = []\nwhile true { xs = append(xs, \"text {len(xs)}\") }",
      kinds: ["memory-limit"]),
    Attack(name: "doubles a text", script: "var s = \"ab\"\nwhile true { s = s ++ s }", kinds: ["memory-limit"]),
    Attack(
      name: "grows a text", script: "var s = \"\"\nwhile true { s = s ++ \"0123456789\" }", kinds: ["memory-limit"]),
    Attack(name: "doubles a list", script: "var s = [1]\nwhile true { s = s ++ s }", kinds: ["memory-limit"]),
    Attack(
      name: "grows a dictionary", script: "var r = {}\nvar i = 0\nwhile true { r[i] = i\ni += 1 }",
      kinds: ["memory-limit"]),
    Attack(
      name: "copies lists",
      script: "let a = list(0..100000)\nvar b = []\nwhile true { var c = a\nc[0] = 1\nb = append(b, c) }",
      kinds: ["memory-limit"]),
    Attack(
      name: "allocates tensors", script: "var xs = []\nwhile true { xs = append(xs, ones([100, 100]) * 2.0) }",
      kinds: ["memory-limit"]),
    Attack(
      name: "allocates scalars", script: "var xs = []\nlet t = ones([4])\nwhile true { xs = append(xs, sum(t)) }",
      kinds: ["memory-limit"]),
    Attack(name: "allocates one huge tensor", script: "force(exp(zeros([100000, 100000])))", kinds: ["memory-limit"]),
    Attack(name: "asks for a huge list", script: "list(0..1000000000000)", kinds: ["memory-limit"]),
    Attack(name: "nests", script: "var a = []\nwhile true { a = [a] }", kinds: ["memory-limit"]),
    Attack(
      name: "nests its text", script: String(repeating: "(", count: 100_000), kinds: ["nested-too-deeply"]),
    Attack(
      name: "nests its blocks", script: String(repeating: "if true { ", count: 50_000),
      kinds: ["nested-too-deeply", "missing-bracket"]),
    Attack(name: "prints", script: "while true { print(\"more and more\") }", kinds: ["time-limit"]),
    Attack(
      name: "compares", script: "var a = [1]\nvar b = [1]\nfor i in 0..60 { a = [a, a]\nb = [b, b] }\na == b",
      kinds: ["time-limit"]),
    Attack(
      name: "multiplies", script: "let a = ones([2500, 1000])\nwhile true { force(a @ a.T) }", kinds: ["time-limit"]),
    Attack(
      name: "walks a sequence without end", script: "list(sequence(0, s => [s, s]))",
      kinds: ["time-limit", "memory-limit"]),
    Attack(name: "opens files", script: "read_text(\"/etc/passwd\")", kinds: ["access-denied"]),
    Attack(name: "asks for the time", script: "clock()", kinds: ["access-denied"]),
    Attack(name: "imports a file", script: "import \"/etc/passwd\" as x", kinds: ["access-denied"]),
    Attack(name: "calls the host wrongly", script: "twice(\"x\")", kinds: ["wrong-type"]),
    Attack(name: "calls the host with too much", script: "twice(1, 2)", kinds: ["wrong-arity"]),
  ]

  static let limit = 64 << 20

  @Test(arguments: attacks) func endsWithinItsLimits(_ attack: Attack) throws {
    var configuration = Engine.Configuration()
    configuration.limits.seconds = 1.5
    configuration.limits.bytes = HostileTests.limit
    configuration.stackBytes = 1 << 20
    let engine = Engine(configuration)
    engine.register("twice") { (x: Double) in x * 2 }
    try engine.run("let before = twice(21)")
    let peak = PeakMemory()
    let start = monotonic()
    // An expectation would take seconds to describe an error with half a megabyte of text.
    var error: ScriptError?
    do { try engine.runProgram(attack.script) } catch let ended { error = ended }
    let taken = monotonic() - start
    let grown = peak.stop()
    #expect(attack.kinds.contains(error?.kind.rawValue ?? ""), "\(error?.text ?? "no error")")
    // A busy machine gives the watchdog its turn late.
    #expect(taken < 4, "ended after \(taken) s")
    // The stack of the machine and one of the program's text are no values of the script.
    #expect(grown < HostileTests.limit / 10 * 11 + 24 << 20, "grew by \(grown >> 20) MB")
    #expect(try engine.run("before + twice(1)") == 44.0)
    try engine.run("let xs = [i for i in 0..1000]\nassert len(xs) == 1000")
  }

  private func monotonic() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Watches how far the process's memory grows.
final class PeakMemory: @unchecked Sendable {
  private let start = residentBytes()
  private var highest = 0
  private var isStopped = false
  private var thread: JoinableThread?

  init() {
    thread = JoinableThread(stackBytes: 1 << 18) { [self] in
      while !isStopped {
        highest = max(highest, residentBytes())
        usleep(500)
      }
    }
  }

  /// Bytes by which it grew at most.
  func stop() -> Int {
    isStopped = true
    thread?.join()
    return max(highest, residentBytes()) - start
  }
}
