// Takes the command line apart. Scripts declare their own options, so the words behind a script's name are not looked
// at here. That is also why there is no argument-parsing library: it would see only the eight options of ToolOption,
// and it doubles the time to start (4.0 ms against 2.0 ms for a program that prints one number, measured with
// swift-argument-parser 1.8.2, which brings Foundation's essentials along) and the size of the binary.
import Glibc

enum Invocation {
  case repl
  case verb(Verb, [String])
  case expression(String, [String])
}

struct Arguments {
  var settings = Settings()
  var invocation = Invocation.repl
  /// The verb that was named, for its help.
  var verb: Verb?

  init(_ words: [String]) throws {
    var rest = words[...]
    var operands: [String] = []
    var isOptions = true
    while let word = rest.popFirst() {
      if isOptions && word == "--" {
        isOptions = false
      } else if isOptions && word.hasPrefix("-") && word != "-" {
        try takeOption(word, &rest)
      } else if verb == nil && operands.isEmpty && settings.expression == nil, isOptions, let named = Verb.named(word) {
        verb = named
      } else {
        operands.append(word)
        if settings.expression == nil && (verb?.passesThrough ?? true) {
          operands += rest
          break
        }
      }
    }
    if let expression = settings.expression {
      if let verb { throw UsageError("-e and \(verb.name) don't go together") }
      invocation = .expression(expression, operands)
    } else if let verb {
      invocation = .verb(verb, operands)
    } else if let first = operands.first, let run = Verb.named("run") {
      try Arguments.checkScript(first)
      invocation = .verb(run, operands)
    }
  }

  private mutating func takeOption(_ word: String, _ rest: inout ArraySlice<String>) throws {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = word.hasPrefix("--") ? parts[0] : word
    guard let option = ToolOption.named(name) else {
      throw UsageError.unknownOption(
        name, known: ToolOption.all.flatMap(\.names), hint: "options of a script stand behind its file name")
    }
    if option.value == nil {
      if word != name { throw UsageError("\(name) takes no value") }
      try option.apply(&settings, "")
    } else if word != name {
      try option.apply(&settings, parts[1])
    } else if let value = rest.popFirst() {
      try option.apply(&settings, value)
    } else {
      throw UsageError("\(name) needs a value: \(name) \(option.value ?? "")")
    }
  }

  /// A word that is neither a verb nor a file is more often a misspelt verb than a missing file.
  private static func checkScript(_ word: String) throws {
    if word == "-" || word.contains("/") || word.contains(".") || access(word, F_OK) == 0 { return }
    var error = UsageError.unknownOption(word, known: Verb.all.map(\.name), hint: "`trellis --help` lists them")
    error = UsageError("there is no command and no file named \(word)", hint: error.hint)
    throw error
  }
}
