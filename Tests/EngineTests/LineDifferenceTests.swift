// What a failing test says about its output.
import Testing

@Suite struct LineDifferenceTests {
  private func failure(_ script: String) -> String {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write(script, to: folder + "/a.trl")
    let result = Tool.run(["test", folder])
    #expect(result.exitCode == 1)
    return result.output
  }

  @Test func oneOtherLine() {
    #expect(failure("print(1)\n# expect: 2\n").contains("expected `2`, got `1`"))
  }

  @Test func severalOtherLines() {
    let output = failure(
      "for i in 0..9 { print(i) }\n# expect: 0\n# expect: 1\n# expect: 7\n# expect: 8\n# expect: 9\n")
    for line in ["  1\n", "+ 2\n", "+ 6\n", "  7\n", "- 9\n"] { #expect(output.contains("    \(line)"), "\(output)") }
  }

  @Test func nothingMore() {
    #expect(failure("print(1)\n# expect: 1\n# expect: 2\n").contains("expected `2`, but no more was printed"))
  }

  @Test func longEqualPartsAreLeftOut() {
    let expected = (0..<50).map { "# expect: \($0)\n" }.joined()
    let output = failure("for i in 0..51 { print(i) }\n\(expected)# expect: x\n# expect: y\n")
    #expect(output.contains("...") && output.contains("+ 50") && !output.contains("  20\n"))
  }
}
