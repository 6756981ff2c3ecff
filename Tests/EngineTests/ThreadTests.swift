// Dynamic programs give the same bits for any number of threads: the scripts that hold recurrences to the enumeration of
// their paths print, when asked, what they give for inputs large enough to be shared out.
import Testing

@Suite struct ThreadTests {
  static let folder = "Tests/ScriptTests/enumeration"
  static let scripts = TestFiles.names(in: "\(TestFiles.root)/\(folder)").filter {
    $0.hasSuffix(".trl") && TestFiles.read("\(TestFiles.root)/\(folder)/\($0)").contains("check.large(")
  }.sorted()

  @Test(arguments: scripts) func oneIsAsGoodAsTwo(_ script: String) {
    let one = Tool.run(["--threads", "1", "\(ThreadTests.folder)/\(script)", "bits"])
    let two = Tool.run(["--threads", "2", "\(ThreadTests.folder)/\(script)", "bits"])
    #expect(one.exitCode == 0 && one.output.contains("["), "\(one.errors)")
    #expect(one.output == two.output)
  }

  @Test func thereAreScripts() { #expect(ThreadTests.scripts.count >= 30) }
}
