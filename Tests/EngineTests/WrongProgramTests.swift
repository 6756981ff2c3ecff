// What people read when they make a mistake. Every program in Tests/ScriptTests/wrong has the message it leads to
// recorded beside it; a change of wording shows up as a change of these files. To record anew:
//
//     TRELLIS_RECORD=1 swift test -c release --filter WrongProgramTests
import Glibc
import Testing

@Suite struct WrongProgramTests {
  static let folder = TestFiles.root + "/Tests/ScriptTests/wrong"
  static var programs: [String] {
    TestFiles.names(in: folder).filter { $0.hasSuffix(".trl") }.sorted()
  }

  @Test(arguments: programs) func messageIsTheRecordedOne(_ program: String) {
    let result = Tool.run([program], folder: Self.folder)
    let errors = result.errors.split(separator: Self.folder, omittingEmptySubsequences: false).joined(
      separator: "FOLDER")
    let rendering = errors + "exit \(result.exitCode)\n"
    let path = "\(Self.folder)/\(program.dropLast(4)).txt"
    if getenv("TRELLIS_RECORD") != nil {
      TestFiles.write(rendering, to: path)
    } else {
      #expect(TestFiles.exists(path), "not recorded yet")
      #expect(rendering == TestFiles.read(path))
    }
  }

  @Test func thereAreEnough() { #expect(Self.programs.count >= 20) }

  /// Nothing of the implementation, and always a place and a reason.
  @Test(arguments: programs) func messageSpeaksOfTheScript(_ program: String) {
    let text = TestFiles.read("\(Self.folder)/\(program.dropLast(4)).txt")
    #expect(text.contains("error["))
    #expect(text.contains("\(program):") || text.contains("data/"))
    for word in ["Swift", "Optional(", "internal-error", "UnsafeMutable", "0x7f"] { #expect(!text.contains(word)) }
  }
}
