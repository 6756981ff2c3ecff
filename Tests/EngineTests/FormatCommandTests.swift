// `trellis fmt`: what it writes, what it leaves alone, and its exit codes. The layout itself is tested with the syntax.
import Testing

@Suite struct FormatCommandTests {
  @Test func filesAreLaidOut() {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("let x=1\n", to: folder + "/a.trl")
    TestFiles.write("let y = 2\n", to: folder + "/b.trl")
    let check = Tool.run(["fmt", "--check", folder])
    #expect(check.output == folder + "/a.trl\n")
    #expect(check.exitCode == 1)
    #expect(TestFiles.read(folder + "/a.trl") == "let x=1\n")

    let result = Tool.run(["fmt", folder])
    #expect(result.exitCode == 0)
    #expect(result.output + result.errors == "")
    #expect(TestFiles.read(folder + "/a.trl") == "let x = 1\n")
    #expect(TestFiles.names(in: folder).sorted() == ["a.trl", "b.trl"])
    #expect(Tool.run(["fmt", "--check", folder]).exitCode == 0)
  }

  @Test func aBrokenFileIsLeft() {
    let folder = TestFiles.temporaryFolder()
    defer { TestFiles.remove(folder) }
    TestFiles.write("let x=(1\n", to: folder + "/a.trl")
    TestFiles.write("let y=2\n", to: folder + "/b.trl")
    let result = Tool.run(["fmt", folder])
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("error["))
    #expect(TestFiles.read(folder + "/a.trl") == "let x=(1\n")
    #expect(TestFiles.read(folder + "/b.trl") == "let y = 2\n")
  }

  @Test func standardInput() {
    #expect(Tool.run(["fmt", "-"], input: "f( 1 )").output == "f(1)\n")
  }

  @Test func nothingToDoIsAWrongCommandLine() {
    #expect(Tool.run(["fmt"]).exitCode == 2)
    #expect(Tool.run(["fmt", "/no/such/file.trl"]).exitCode == 2)
  }
}
