// The tool from outside: what it prints where, and its exit codes.
import Testing

@Suite struct CommandLineTests {
  @Test func expressionIsPrinted() {
    let result = Tool.run(["-e", "1 + 2"])
    #expect(result.output == "3\n")
    #expect(result.errors == "")
    #expect(result.exitCode == 0)
  }

  @Test func scriptFromStandardInput() {
    let result = Tool.run(["-", "a", "b"], input: "print(len(arguments), arguments[1])\n")
    #expect(result.output == "2 b\n")
  }

  @Test func exitCodes() {
    #expect(Tool.run(["-e", "fail(\"no\")"]).exitCode == 1)
    #expect(Tool.run(["-e", "1 +"]).exitCode == 65)
    #expect(Tool.run(["-e", "nobody"]).exitCode == 65)
    #expect(Tool.run(["--nothing"]).exitCode == 2)
    #expect(Tool.run(["no/such/file.trl"]).exitCode == 2)
  }

  @Test func misspeltOptionsAreGuessed() {
    #expect(Tool.run(["--thread", "2", "-e", "1"]).errors.contains("did you mean --threads?"))
    #expect(Tool.run(["tets"]).errors.contains("did you mean test?"))
    let result = Tool.run(["-", "--per-rond", "3"], input: "param per_round = 1\n")
    #expect(result.errors.contains("did you mean --per-round?"))
    #expect(result.exitCode == 2)
  }

  @Test func parametersAreOptions() {
    let script = """
      param rate = 0.5      "step size"
      param per_round = 10
      param quick = false   "a small run"
      param title = "run"
      param sizes = [1, 2]
      print(rate, per_round, quick, title, sizes, seed, arguments)
      """
    #expect(Tool.run(["-"], input: script).output == "0.5 10 false run [1, 2] 0 []\n")
    let given = [
      "-", "--rate", "-1", "--per-round=3", "--quick", "x", "--title", "a b", "--sizes", "[3]", "--seed", "7",
    ]
    #expect(Tool.run(given, input: script).output == "-1.0 3 true a b [3] 7 [\"x\"]\n")
    #expect(Tool.run(["--seed", "5", "-"], input: script).output.contains(" 5 []"))
    #expect(Tool.run(["-", "--no-quick", "--", "--rate"], input: script).output.hasSuffix("0 [\"--rate\"]\n"))
    let wrong = Tool.run(["-", "--per-round", "0.5"], input: script)
    #expect(wrong.exitCode == 2)
    #expect(wrong.errors.contains("--per-round takes an integer, not '0.5'"))
  }

  @Test func helpOfAScript() {
    let script = "## Trains a model.\nparam rate = 0.5 \"step size\"\nparam quick = false \"a small run\"\n"
    let help = Tool.run(["run", "--help", "-"], input: script).output
    #expect(help.hasPrefix("Trains a model.\n"))
    #expect(help.contains("--rate X"))
    #expect(help.contains("step size (default: 0.5)"))
    #expect(help.contains("--quick "))
    #expect(help.contains("--seed N"))
  }

  @Test func jsonLines() {
    let result = Tool.run(
      ["--json", "-"], input: "print(\"a \\\"b\\\"\")\nmetric(\"loss\", 0.5, step: 3)\nlet x = [1][2]\n")
    #expect(
      result.output
        == """
        {"type":"output","text":"a \\"b\\""}
        {"type":"metric","name":"loss","value":0.5,"step":3}

        """)
    #expect(result.errors.contains("\"id\":\"index-out-of-range\""))
    #expect(result.errors.contains("\"line\":3"))
    #expect(result.exitCode == 1)
  }

  @Test func versionNamesWhatDecidesBits() {
    let text = Tool.run(["--version"]).output
    #expect(text.contains("Trellis"))
    #expect(text.contains("kernels"))
    #expect(text.contains("BLAS"))
  }

  @Test func aPipeThatClosesIsQuiet() {
    let result = Tool.shell("trellis -e 'for i in 0..200000 { print(i) }' | head -1")
    #expect(result.output == "0\n")
    #expect(result.errors == "")
  }

  @Test func problemsOfAModuleAreReportedWhereTheyAre() {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("let a = nobody_1\nlet b = nobody_2\n", to: folder + "/broken.trl")
    TestFiles.write("import \"./broken.trl\" as broken\n", to: folder + "/main.trl")
    let result = Tool.run([folder + "/main.trl"])
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("broken.trl:1:9"))
    #expect(result.errors.contains("broken.trl:2:9"))
    #expect(!result.errors.contains("internal"))
  }

  @Test func testsOfAFile() {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    let script = """
      ## Doubles.
      ##
      ## ```
      ## import "./a.trl" as a
      ## print(a.double(2))   # expect: 4
      ## ```
      fn double(x) = 2 * x

      test "doubles" { assert double(3) == 6 }
      test "fails" { assert double(3) == 7, "not seven" }
      """
    TestFiles.write(script, to: folder + "/a.trl")
    TestFiles.write("print(1)  # expect: 2\n", to: folder + "/b.trl")
    let result = Tool.run(["test", folder])
    #expect(result.exitCode == 1)
    #expect(result.output.contains("\(folder)/a.trl:10"))
    #expect(result.output.contains("not seven"))
    #expect(result.output.contains("\(folder)/b.trl:1"))
    #expect(result.output.contains("expected `2`, got `1`"))
    #expect(result.output.hasSuffix("2 passed, 2 failed\n"))
    #expect(Tool.run(["test", "--filter", "doubles", folder]).output == "1 passed, 0 failed\n")
  }
}
