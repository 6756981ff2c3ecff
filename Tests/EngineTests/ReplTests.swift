// The session behind a terminal, driven key by key.
import Testing

/// What readline writes when it waits for an entry: it switches the terminal's marking of pasted text on, then prompts.
let promptMark = "\u{1B}[?2004h> "

/// `home` keeps the history and may hold a `.trellisrc`.
func startSession(
  home: String = TestFiles.temporaryFolder(), variables more: [String: String] = [:]
) throws -> PseudoTerminal {
  let variables = ["TERM": "xterm", "HOME": home, "XDG_STATE_HOME": home, "PATH": "/usr/bin:/bin"]
    .merging(more) { $1 }
  let terminal = try #require(PseudoTerminal(Tool.path, [], environment: variables))
  try terminal.wait(for: promptMark)
  return terminal
}

@Suite struct ReplTests {
  @Test func valuesArePrintedAndNamesStay() throws {
    let terminal = try startSession()
    terminal.type("let x = 20\n")
    try terminal.wait(for: promptMark)
    terminal.type("x + 1\n")
    try terminal.wait(for: "21\r\n")
    try terminal.wait(for: promptMark)
    terminal.pressControlD()
    #expect(try terminal.waitForEnd() == 0)
  }

  @Test func incompleteEntriesGoOn() throws {
    let terminal = try startSession()
    terminal.type("fn double(x) {\n")
    try terminal.wait(for: "{")
    try terminal.wait(for: "    ")
    terminal.type("2 * x }\n")
    try terminal.wait(for: promptMark)
    terminal.type("double(4)\n")
    try terminal.wait(for: "8\r\n")
  }

  @Test func errorsKeepTheState() throws {
    let terminal = try startSession()
    terminal.type("var n = 1\n")
    try terminal.wait(for: promptMark)
    terminal.type("n = n + [][0]\n")
    try terminal.wait(for: "error[")
    try terminal.wait(for: promptMark)
    terminal.type("n + 41\n")
    try terminal.wait(for: "42\r\n")
  }

  @Test func controlCStopsAComputation() throws {
    let terminal = try startSession()
    terminal.type("var i = 0\n")
    try terminal.wait(for: promptMark)
    terminal.type("print(\"go\"); while true { i += 1 }\n")
    try terminal.wait(for: "go\r\n")
    terminal.pressControlC()
    try terminal.wait(for: promptMark)
    terminal.type("i > 0\n")
    try terminal.wait(for: "true\r\n")
  }

  @Test func controlCClearsTheLine() throws {
    let terminal = try startSession()
    terminal.type("1 + [")
    try terminal.wait(for: "[")
    terminal.pressControlC()
    try terminal.wait(for: promptMark)
    terminal.type("5 * 5\n")
    try terminal.wait(for: "25\r\n")
    try terminal.wait(for: promptMark)
    terminal.pressControlD()
    #expect(try terminal.waitForEnd() == 0)
  }

  @Test func worksWithoutATerminal() {
    let result = Tool.run([], input: "let x = 2\nx * 3\n[][0]\nfn f(a) {\n  a + x\n}\nf(1)\n")
    #expect(result.output == "6\n3\n")
    #expect(result.errors.contains("error[index-out-of-range]"))
    #expect(result.exitCode == 1)
  }
}
