// Ctrl-C at random moments of a training loop, pressed on a terminal. Afterwards the parameters are, bit for bit, those
// of a completed step, and training goes on from them.
import Glibc
import Testing

@Suite struct InterruptTests {
  private static let moments = getenv("TRELLIS_LONG_TESTS") == nil ? 200 : 2000

  @Test func parametersAreThoseOfACompletedStep() throws {
    let terminal = try startSession()
    func enter(_ line: String) throws {
      terminal.type(line + "\n")
      try terminal.wait(for: promptMark)
    }
    try enter("let rng = random(3)")
    try enter("let x = normal(rng, [64, 20])")
    try enter("let y = normal(rng, [64, 5])")
    try enter("fn loss(p, x, y) = mean((tanh(x @ p.w + p.b) @ p.v - y) ^ 2)")
    try enter("fn step(p, x, y) = p - 0.05 * grad(loss)(p, x, y)")
    try enter("var p = {w: normal(rng, [20, 16]) * 0.1, b: zeros([16]), v: normal(rng, [16, 5]) * 0.1}")
    try enter("var start = p")
    try enter("var done = 0")

    var random = SystemRandomNumberGenerator()
    var trained = 0
    for _ in 0..<Self.moments {
      try enter("start = p; done = 0")
      terminal.type("print(\"go\"); for i in 0..100000000 { p = step(p, x, y); done += 1 }\n")
      try terminal.wait(for: "go\r\n")
      usleep(UInt32.random(in: 0...30_000, using: &random))
      terminal.pressControlC()
      try terminal.wait(for: "interrupted")
      try terminal.wait(for: promptMark)
      // The loop may have been left between the two assignments.
      try enter("var q = start; for i in 0..done { q = step(q, x, y) }")
      terminal.type("print(\"check\", same(p, q) or same(p, step(q, x, y)), done)\n")
      try terminal.wait(for: "check true ", seconds: 20)
      let count = try terminal.wait(for: "\r\n").filter(\.isNumber)
      trained += Int(count) ?? 0
      try terminal.wait(for: promptMark)
    }
    #expect(trained > Self.moments)
    terminal.pressControlD()
    #expect(try terminal.waitForEnd() == 0)
  }

  @Test func aScriptEndsWith130() throws {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("print(\"go\")\nvar i = 0\nwhile true { i += 1 }\n", to: folder + "/a.trl")
    let terminal = try #require(PseudoTerminal(Tool.path, [folder + "/a.trl"], environment: ["TERM": "xterm"]))
    try terminal.wait(for: "go\r\n")
    terminal.pressControlC()
    try terminal.wait(for: "interrupted")
    #expect(try terminal.waitForEnd() == 130)
  }

  @Test func aBarAndItsEnd() throws {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    let script = """
      var t = 0
      for i in progress(0..30, "work") {
        let begin = clock()
        while clock() - begin < 0.05 { t += 1 }
        metric("turns", i, step: i)
      }
      """
    TestFiles.write(script, to: folder + "/a.trl")
    let terminal = try #require(PseudoTerminal(Tool.path, [folder + "/a.trl"], environment: ["TERM": "xterm"]))
    try terminal.wait(for: "/30")
    try terminal.wait(for: " left  turns ")
    try terminal.wait(for: "work: 30/30 in ")
    #expect(try terminal.waitForEnd() == 0)
  }
}
