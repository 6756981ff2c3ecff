// `trellis check` and `trellis explain` as commands: what they print where, and their exit codes.
import Testing

@Suite struct CheckCommandTests {
  private func check(_ script: String, _ options: [String] = []) -> Tool.Result {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write(script, to: "\(folder)/script.trl")
    return Tool.run(options + ["check", "script.trl"], folder: folder)
  }

  @Test func errorsEndWithSixtyFive() {
    let result = check("print(ones([2, 3]) @ ones([2, 3]))\n")
    #expect(result.exitCode == 65)
    #expect(result.output == "")
    #expect(result.errors.contains("error[shape-mismatch]"))
    #expect(result.errors.contains("script.trl:1:7"))
    #expect(result.errors.hasSuffix("1 error, 0 warnings\n"))
  }

  @Test func warningsAreNoFailure() {
    let result = check("import nn\n")
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("warning[unused-name]"))
  }

  @Test func nothingIsRun() {
    let result = check("print(\"hello\")\n")
    #expect(result.exitCode == 0)
    #expect(result.output + result.errors == "")
  }

  @Test func problemsAreLinesOfJSON() {
    let result = check("import nn\nprint(1 + \"a\")\n", ["--json"])
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains("\"severity\":\"warning\",\"id\":\"unused-name\"") == true)
    #expect(lines.last?.contains("\"severity\":\"error\",\"id\":\"wrong-type\"") == true)
  }

  @Test func kindsAreExplained() {
    let entry = Tool.run(["explain", "shape-mismatch"])
    #expect(entry.exitCode == 0)
    #expect(entry.output.contains("Wrong:") && entry.output.contains("Right:"))
    #expect(Tool.run(["explain", "error[shape-mismatch]"]).output == entry.output)
    #expect(Tool.run(["explain"]).output.contains("unknown-name\n"))
    let wrong = Tool.run(["explain", "shape-mismach"])
    #expect(wrong.exitCode == 2)
    #expect(wrong.errors.contains("did you mean shape-mismatch?"))
  }
}
