// The words behind a script's name, sorted into values of its params and the rest, which it finds in `arguments`.
import Diagnostics

/// A word that does not fit the script's params.
package struct ArgumentError: Error {
  package let message: String
  package let hint: String?
}

package struct ScriptArguments: Sendable {
  package var values: [String: Constant] = [:]
  package var rest: [String] = []

  package init() {}

  /// `--name value`, `--name=value`, `--flag`, `--no-flag`; `--` ends the options. A value may begin with a dash.
  package init(_ words: [String], parameters: [ScriptParameter]) throws {
    var words = words[...]
    while let word = words.popFirst() {
      if word == "--" {
        rest += words
        return
      }
      guard word.hasPrefix("-"), word != "-", Double(word) == nil else {
        rest.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let given: String? = parts.count > 1 ? parts[1] : nil
      let option = "--" + parts[0].drop { $0 == "-" }.map { $0 == "_" ? "-" : $0 }
      if let parameter = parameters.first(where: { $0.option == option && parts[0].hasPrefix("--") }) {
        try take(parameter, given, &words)
      } else if let flag = parameters.first(where: { $0.kind == .flag && "--no-" + $0.option.dropFirst(2) == option }),
        given == nil
      {
        values[flag.name] = .bool(false)
      } else {
        throw ScriptArguments.unknown(parts[0], parameters)
      }
    }
  }

  private mutating func take(_ parameter: ScriptParameter, _ given: String?, _ words: inout ArraySlice<String>) throws {
    if parameter.kind == .flag && given == nil {
      values[parameter.name] = .bool(true)
      return
    }
    guard let text = given ?? words.popFirst() else {
      throw ArgumentError(
        message: "\(parameter.option) needs a value", hint: "\(parameter.option) \(parameter.kind.placeholder)")
    }
    guard let value = ScriptArguments.value(text, kind: parameter.kind) else {
      let expected =
        switch parameter.kind {
        case .flag: "true or false"
        case .integer: "an integer"
        case .float: "a number"
        default: "a constant such as 3, \"text\" or [1, 2]"
        }
      throw ArgumentError(message: "\(parameter.option) takes \(expected), not '\(text)'", hint: nil)
    }
    values[parameter.name] = value
  }

  private static func value(_ text: String, kind: ScriptParameter.Kind) -> Constant? {
    switch kind {
    case .flag: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
    case .integer: Int(text).map(Constant.int)
    case .float: Double(text).map(Constant.float)
    case .string: .string(text)
    case .constant: Constant(parsing: text)
    case .computed:
      Int(text).map(Constant.int) ?? Double(text).map(Constant.float) ?? Constant(parsing: text) ?? .string(text)
    }
  }

  private static func unknown(_ word: String, _ parameters: [ScriptParameter]) -> ArgumentError {
    let names = parameters.map { String($0.option.dropFirst(2)) }
    let near = Suggest.near(String(word.drop { $0 == "-" }), among: names)
    return ArgumentError(
      message: "the script has no param for \(word)",
      hint: near.first.map { "did you mean --\($0)?" }
        ?? "it has \(names.map { "--\($0)" }.joined(separator: ", ")); options of trellis stand in front of the file")
  }
}
