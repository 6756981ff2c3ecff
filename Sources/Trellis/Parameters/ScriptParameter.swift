// What a script declares with `param` lines: options of the command line, axes of a sweep, columns of a record. They are
// read from the syntax tree, so help works without running anything; the kind of a value follows from the default.
import Diagnostics
import Syntax

package struct ScriptParameter: Sendable {
  package enum Kind: Sendable, Equatable {
    case flag, integer, float, string
    /// `none`, a list or a record: any constant.
    case constant
    /// The default is computed when the script runs: a number if the text is one, else any constant, else the text.
    case computed

    /// How help shows what the option takes.
    package var placeholder: String {
      switch self {
      case .flag: ""
      case .integer: "N"
      case .float: "X"
      case .string: "TEXT"
      case .constant, .computed: "VALUE"
      }
    }
  }

  package let name: String
  package let kind: Kind
  /// The default as it is written in the script.
  package let defaultText: String
  package let help: String?

  /// The option's name: `per_round` is `--per-round`.
  package var option: String { "--" + name.map { $0 == "_" ? "-" : $0 } }

  package init(name: String, kind: Kind, defaultText: String, help: String?) {
    self.name = name
    self.kind = kind
    self.defaultText = defaultText
    self.help = help
  }

  /// The parameters of a script, in the order of their lines, and the built-in `seed` behind them.
  package static func declared(in module: Module) -> [ScriptParameter] {
    var found: [ScriptParameter] = []
    for statement in module.statements {
      guard case .param(let declaration, let value, let help) = statement.kind else { continue }
      let span = value.span
      let text = String(decoding: span.source.bytes[span.start..<span.end], as: UTF8.self)
      found.append(
        ScriptParameter(name: declaration.name, kind: kind(of: value.kind), defaultText: text, help: help))
    }
    if !found.contains(where: { $0.name == "seed" }) { found.append(seed) }
    return found
  }

  package static let seed = ScriptParameter(
    name: "seed", kind: .integer, defaultText: "0", help: "where random numbers begin")

  private static func kind(of value: ExprKind) -> Kind {
    switch value {
    case .bool: .flag
    case .int: .integer
    case .float: .float
    case .string, .interpolation: .string
    case .none, .list, .record: .constant
    case .unary(.negate, let operand): kind(of: operand.kind)
    default: .computed
    }
  }
}
