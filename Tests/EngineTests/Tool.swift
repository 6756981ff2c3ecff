// The built program, run as a user would run it.
import Glibc

struct Tool {
  struct Result {
    let output: String
    let errors: String
    let exitCode: Int
  }

  /// The program lies beside the test bundle in the build folder.
  static var path: String {
    guard let own = realpath("/proc/self/exe", nil) else { return "trellis" }
    defer { free(own) }
    return TestFiles.folder(of: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? String(cString: own))
      + "/trellis"
  }

  /// Runs `trellis` with `arguments`, in the repository's root unless told. `environment` holds `NAME=value`.
  static func run(
    _ arguments: [String], input: String = "", environment: [String] = [], folder: String = TestFiles.root
  ) -> Result {
    let words = (["env"] + environment + [path] + arguments).map(quoted).joined(separator: " ")
    return execute(words, input: input, folder: folder)
  }

  /// Runs a shell command in which `trellis` is the built program.
  static func shell(_ command: String) -> Result {
    execute("( trellis() { \(quoted(path)) \"$@\"; }; \(command) )", input: "", folder: TestFiles.root)
  }

  private static func execute(_ command: String, input: String, folder: String) -> Result {
    let files = TestFiles.temporaryFolder()
    defer { TestFiles.remove(files) }
    TestFiles.write(input, to: "\(files)/in")
    let status = system("cd \(quoted(folder)) && \(command) <\(files)/in >\(files)/out 2>\(files)/err")
    return Result(
      output: TestFiles.read("\(files)/out"), errors: TestFiles.read("\(files)/err"), exitCode: Int(status >> 8 & 0xFF))
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
