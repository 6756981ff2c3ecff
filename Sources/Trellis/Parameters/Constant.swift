// A value that can be written down: what an option sets a param to. It belongs to no engine and may cross threads.
import Diagnostics
import Syntax

package indirect enum Constant: Sendable, Equatable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([Constant])
  case record([Entry])

  package struct Entry: Sendable, Equatable {
    package let key: Constant
    package let value: Constant
    package init(key: Constant, value: Constant) {
      self.key = key
      self.value = value
    }
  }

  /// The constant that an expression is; nil if it computes anything.
  package init?(_ expression: Expr) {
    switch expression.kind {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .unary(.negate, let operand):
      switch Constant(operand) {
      case .int(let value)?: self = .int(-value)
      case .float(let value)?: self = .float(-value)
      default: return nil
      }
    case .list(let items):
      var values: [Constant] = []
      for item in items {
        guard case .value(let inner) = item, let value = Constant(inner) else { return nil }
        values.append(value)
      }
      self = .list(values)
    case .record(let items):
      var entries: [Entry] = []
      for item in items {
        guard case .field(let key, let value) = item, let key = Constant(key), let value = Constant(value) else {
          return nil
        }
        entries.append(Entry(key: key, value: value))
      }
      self = .record(entries)
    default: return nil
    }
  }

  /// Numbers, strings in quotes, lists and records as a script writes them; nil if `text` is no constant.
  package init?(parsing text: String) {
    let parsed = Parser.parse(SourceFile(name: "<option>", bytes: Array(text.utf8)))
    guard parsed.diagnostics.isEmpty, parsed.module.statements.count == 1,
      case .expression(let expression)? = parsed.module.statements.first?.kind
    else { return nil }
    self.init(expression)
  }
}
