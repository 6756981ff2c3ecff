// What the command line asks for, the exit codes, and what is said when the command line is wrong.
import Diagnostics

/// How the program ends; scripts and shells read these numbers.
enum ExitCode: Int32 {
  case success = 0
  /// The script failed, or a test did.
  case failed = 1
  case wrongCommandLine = 2
  case doesNotCompile = 65
  case interrupted = 130
}

/// The tool's own options; those of a script stand behind its file name and are the script's business.
struct Settings {
  var json = false
  var profile = false
  var threads: Int?
  var seed: Int?
  var expression: String?
  var filter: String?
  var checks = false
  /// Where `doc` writes the manual.
  var manualFolder: String?
  var wantsHelp = false
  var wantsVersion = false
}

/// A wrong command line: what is wrong, and the way out.
struct UsageError: Error {
  let message: String
  var hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  /// An option nobody knows; `known` are those that could have been meant.
  static func unknownOption(_ name: String, known: [String], hint: String? = nil) -> UsageError {
    let dashes = name.prefix { $0 == "-" }
    let near = Suggest.near(String(name.dropFirst(dashes.count)), among: known.map { String($0.drop { $0 == "-" }) })
    let meant = near.first.flatMap { word in known.first { $0.drop { $0 == "-" } == word } }
    return UsageError("there is no option \(name)", hint: meant.map { "did you mean \($0)?" } ?? hint)
  }
}
