// What a person does in a session, key by key: completion, help, entries of several lines, pasted text, history,
// commands, Ctrl-C.
import Glibc
import Testing

@Suite struct SessionTests {
  private let tab = "\t"
  private let up = "\u{1B}[A"
  private let down = "\u{1B}[B"

  private func enter(_ terminal: PseudoTerminal, _ entry: String, gives text: String? = nil) throws {
    terminal.type(entry + "\n")
    if let text { try terminal.wait(for: text) }
    try terminal.wait(for: promptMark)
  }

  // MARK: Completion

  @Test func namesComplete() throws {
    let terminal = try startSession()
    try enter(terminal, "let remarkable = 4")
    terminal.type("remark" + tab)
    try terminal.wait(for: "remarkable")
    try enter(terminal, " + 1", gives: "5\r\n")
    // Several possibilities are listed at once.
    terminal.type("log" + tab)
    try terminal.wait(for: "logsumexp")
  }

  @Test func fieldsModulesAndArgumentsComplete() throws {
    let terminal = try startSession()
    terminal.type("import opt" + tab)
    try terminal.wait(for: "import optim")
    try enter(terminal, "")
    terminal.type("optim.mom" + tab)
    try terminal.wait(for: "optim.momentum")
    terminal.type("(0.1, be" + tab)
    try terminal.wait(for: "beta: ")
    try enter(terminal, "0.5)", gives: "init:")
    try enter(terminal, "let r = {alpha: {gamma: 7}}")
    terminal.type("r.alpha.g" + tab)
    try terminal.wait(for: "r.alpha.gamma")
    try enter(terminal, "", gives: "7\r\n")
    terminal.type("normal(random(0), [2], dt" + tab)
    try terminal.wait(for: "dtype: ")
  }

  @Test func filesAndCommandsComplete() throws {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("param size = 3 \"how much\"\nlet loaded = size * 2\n", to: folder + "/some_script.trl")
    let terminal = try startSession()
    terminal.type("let path = \"\(folder)/some_s" + tab)
    try terminal.wait(for: "some_script.trl")
    try enter(terminal, "\"")
    try enter(terminal, "path", gives: "some_script.trl\"\r\n")
    terminal.type(":lo" + tab)
    try terminal.wait(for: ":load")
    terminal.type(" \(folder)/some_" + tab)
    try terminal.wait(for: "some_script.trl")
    terminal.type(" --si" + tab)
    try terminal.wait(for: "--size")
    try enter(terminal, " 5")
    try enter(terminal, "loaded", gives: "10\r\n")
  }

  // MARK: Entries

  @Test func aFunctionOfSeveralLinesIsOneEntry() throws {
    let terminal = try startSession()
    terminal.type("fn area(w, h) {\n")
    try terminal.wait(for: "{")
    try terminal.wait(for: "    ")
    terminal.type("let a = w * h\n")
    try terminal.wait(for: "a = w * h")
    try terminal.wait(for: "    ")
    terminal.type("a\n}\n")
    try terminal.wait(for: promptMark)
    try enter(terminal, "area(3, 4)", gives: "12\r\n")
    // The whole function comes back.
    terminal.type("fn" + up)
    try terminal.wait(for: "fn area(w, h) {")
    try terminal.wait(for: "}")
    terminal.type("\n")
    try terminal.wait(for: promptMark)
    try enter(terminal, "area(5, 4)", gives: "20\r\n")
  }

  @Test func pastedTextRunsAsOne() throws {
    let terminal = try startSession()
    terminal.type("\u{1B}[200~let a = 6\nfn twice(x) {\n    2 * x\n}\n\ntwice(a)\u{1B}[201~")
    try terminal.wait(for: "twice(a)")
    terminal.type("\n")
    try terminal.wait(for: "12\r\n")
    try terminal.wait(for: promptMark)
    terminal.type(up)
    try terminal.wait(for: "let a = 6")
  }

  @Test func aMistakeIsNoTrap() throws {
    let terminal = try startSession()
    try enter(terminal, "let kept = 3")
    terminal.type("[1, 2\n\n\n")
    try terminal.wait(for: "error[")
    try terminal.wait(for: promptMark)
    try enter(terminal, "kept", gives: "3\r\n")
  }

  @Test func historyOutlivesTheSession() throws {
    let home = TestFiles.temporaryFolder()
    let first = try startSession(home: home)
    first.type("fn f(x) {\n")
    try first.wait(for: "{")
    try first.wait(for: "    ")
    first.type("\"a\\\\b\"\n}\n")
    try first.wait(for: promptMark)
    try enter(first, "f(1)", gives: "\"a\\\\b\"\r\n")
    try enter(first, "1 + 1", gives: "2\r\n")
    first.pressControlD()
    #expect(try first.waitForEnd() == 0)

    let second = try startSession(home: home)
    second.type("fn" + up)
    try second.wait(for: "fn f(x) {")
    try second.wait(for: "}")
    second.type("\n")
    try second.wait(for: promptMark)
    // Without a prefix: the last entry, the one before, and back.
    second.type(up + up)
    try second.wait(for: "1 + 1")
    second.type(down)
    try second.wait(for: "fn f(x)")
    second.pressControlC()
    try second.wait(for: promptMark)
    try enter(second, "f(1)", gives: "\"a\\\\b\"\r\n")
  }

  // MARK: Help, commands, values

  @Test func helpForNames() throws {
    let terminal = try startSession()
    try enter(terminal, "?softmax", gives: "divided by its sum")
    try enter(terminal, "?nn.mlp", gives: "multilayer perceptron")
    try enter(terminal, "?sofmax", gives: "softmax")
    terminal.type("## Squares a number.\n")
    try enter(terminal, "fn square(x) = x * x")
    try enter(terminal, "?square", gives: "Squares a number.")
    try enter(terminal, ":help", gives: ":profile")
  }

  @Test func commands() throws {
    let terminal = try startSession()
    try enter(terminal, "let m = zeros([3, 4])")
    try enter(terminal, ":type m", gives: "tensor f32 [3, 4]\r\n")
    try enter(terminal, ":vars", gives: "let    m  tensor f32 [3, 4]\r\n")
    try enter(terminal, ":time sum(m)", gives: "took ")
    try enter(terminal, ":profile sum(m @ m.T)", gives: "plans: ")
    try enter(terminal, ":tim sum(m)", gives: "did you mean :time?")
    terminal.type(":quit\n")
    #expect(try terminal.waitForEnd() == 0)
  }

  @Test func theEditorsTextRuns() throws {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("#!/bin/sh\necho '6 * 7' > \"$1\"\n", to: folder + "/editor")
    chmod(folder + "/editor", 0o755)
    let terminal = try startSession(variables: ["EDITOR": folder + "/editor"])
    try enter(terminal, ":edit", gives: "42\r\n")
  }

  @Test func valuesAreLaidOut() throws {
    let terminal = try startSession()
    try enter(
      terminal, "tensor([[1.0, -2.5], [10.0, 3.0]])", gives: "tensor f32 [2, 2]\r\n   1.0  -2.5\r\n  10.0   3.0\r\n")
    try enter(terminal, "zeros([100, 100])", gives: "...")
    try enter(terminal, "[{n: 1, name: \"a\"}, {n: 20, name: \"b\"}]", gives: " n  name\r\n 1  \"a\"\r\n20  \"b\"\r\n")
    try enter(
      terminal, "{w: zeros([30, 30]), label: \"\(String(repeating: "x", count: 90))\"}", gives: "tensor f32 [30, 30]")
    try enter(terminal, "20 + 1", gives: "21\r\n")
    try enter(terminal, "_ * 2", gives: "42\r\n")
  }

  @Test func theStartFile() throws {
    let home = TestFiles.temporaryFolder()
    TestFiles.write("import nn\nlet mine = 11\n", to: home + "/.trellisrc")
    let terminal = try startSession(home: home)
    try enter(terminal, "mine + nn.count({w: zeros([2])})", gives: "13\r\n")
  }

  // MARK: Ctrl-C

  @Test func controlCStopsLoopsAndTensors() throws {
    let terminal = try startSession()
    try enter(terminal, "var n = 5")
    for work in [
      "while true { n += 1 }",
      "let x = normal(random(0), [2000, 2000]); sum(x @ x @ x @ x @ x @ x @ x @ x @ x @ x @ x @ x)",
      "sum(i % 7 for i in 0..10000000000)",
    ] {
      terminal.type("print(\"go\"); \(work)\n")
      try terminal.wait(for: "go\r\n")
      usleep(200_000)
      terminal.pressControlC()
      try terminal.wait(for: "interrupted", seconds: 5)
      try terminal.wait(for: promptMark)
    }
    try enter(terminal, "n >= 5", gives: "true\r\n")
  }
}
