// The table of the tool's options. The parser, `--help` and near-miss suggestions read it.

struct ToolOption: Sendable {
  /// As typed, the name that help shows first.
  let names: [String]
  /// What the option takes, as help shows it; nil for a flag.
  let value: String?
  let summary: String
  let apply: @Sendable (inout Settings, String) throws -> Void

  static let all: [ToolOption] = [
    ToolOption(names: ["-e", "--eval"], value: "EXPR", summary: "run EXPR and print its value") { $0.expression = $1 },
    ToolOption(names: ["--json"], value: nil, summary: "results, metrics and diagnostics as lines of JSON") {
      settings, _ in settings.json = true
    },
    ToolOption(names: ["--threads"], value: "N", summary: "how many threads compute (default: one per core)") {
      $0.threads = try positive($1, "--threads")
    },
    ToolOption(names: ["--seed"], value: "N", summary: "the value of `seed` in scripts (default: 0)") {
      $0.seed = try integer($1, "--seed")
    },
    ToolOption(names: ["--profile"], value: nil, summary: "afterwards say where time and memory went") {
      settings, _ in settings.profile = true
    },
    ToolOption(names: ["--filter"], value: "TEXT", summary: "for test: only tests whose name contains TEXT") {
      $0.filter = $1
    },
    ToolOption(names: ["--check"], value: nil, summary: "for fmt: name the files that would change, and change none") {
      settings, _ in settings.checks = true
    },
    ToolOption(names: ["--html"], value: "DIR", summary: "for doc: write the manual of language and library into DIR") {
      $0.manualFolder = $1
    },
    ToolOption(names: ["--version"], value: nil, summary: "version, instruction set and linear algebra library") {
      settings, _ in settings.wantsVersion = true
    },
    ToolOption(names: ["-h", "--help"], value: nil, summary: "this help; `run --help FILE` shows a script's") {
      settings, _ in settings.wantsHelp = true
    },
  ]

  static func named(_ name: String) -> ToolOption? { all.first { $0.names.contains(name) } }

  private static func integer(_ text: String, _ option: String) throws -> Int {
    guard let value = Int(text) else { throw UsageError("\(option) takes an integer, not '\(text)'") }
    return value
  }
  private static func positive(_ text: String, _ option: String) throws -> Int {
    let value = try integer(text, option)
    guard value >= 1 else { throw UsageError("\(option) takes a number of at least 1, not \(value)") }
    return value
  }
}
