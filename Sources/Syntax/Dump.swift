// The tree as an s-expression, for tests and for looking at what the parser made: `1 + 2 * x` is `(+ 1 (* 2 x))`.

extension Module {
  package var dump: String { statements.map(\.dump).joined(separator: "\n") }
}

private func form(_ head: String, _ parts: [String]) -> String { "(" + ([head] + parts).joined(separator: " ") + ")" }
private func quoted(_ text: String) -> String {
  "\"" + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n") + "\""
}

extension Expr {
  package var dump: String {
    switch kind {
    case .none: return "none"
    case .bool(let value): return String(value)
    case .int(let value): return String(value)
    case .float(let value): return String(value)
    case .string(let text): return quoted(text)
    case .interpolation(let parts):
      return form(
        "string",
        parts.map { part in
          switch part {
          case .text(let text): quoted(text)
          case .value(let value, let format):
            format.isEmpty ? value.dump : form("format", [value.dump, quoted(format)])
          }
        })
    case .name(let name): return name
    case .list(let items):
      return form(
        "list",
        items.map { item in
          switch item {
          case .value(let value): value.dump
          case .spread(let value): form("...", [value.dump])
          }
        })
    case .listComprehension(let body, let binders): return form("list-for", [body.dump] + binders.map(\.dump))
    case .comprehension(let body, let binders): return form("for", [body.dump] + binders.map(\.dump))
    case .record(let items):
      return form(
        "record",
        items.map { item in
          switch item {
          case .field(let key, let value): "[\(key.dump) \(value.dump)]"
          case .spread(let value): form("...", [value.dump])
          }
        })
    case .range(let a, let b, let step):
      return form("..", [dumped(a), dumped(b)] + (step.map { ["by", $0.dump] } ?? []))
    case .unary(let operation, let a): return form(operation == .negate ? "neg" : "not", [a.dump])
    case .binary(let operation, let a, let b, _): return form(operation.rawValue, [a.dump, b.dump])
    case .comparison(let operands, let operations):
      if operations.count == 1 { return form(operations[0].rawValue, operands.map(\.dump)) }
      let rest = zip(operations, operands.dropFirst()).flatMap { [$0.rawValue, $1.dump] }
      return form("compare", operands.prefix(1).map(\.dump) + rest)
    case .and(let a, let b): return form("and", [a.dump, b.dump])
    case .or(let a, let b): return form("or", [a.dump, b.dump])
    case .call(let callee, let arguments):
      return form("call", [callee.dump] + arguments.map { ($0.name.map { $0 + ": " } ?? "") + $0.value.dump })
    case .index(let base, let items): return form("index", [base.dump] + items.map(\.dump))
    case .field(let base, let name, _): return form(".", [base.dump, name])
    case .function(let function): return function.dump
    case .ifElse(let condition, let then, let otherwise):
      return form("if", [condition.dump, then.dump] + (otherwise.map { [$0.dump] } ?? []))
    case .block(let block): return block.dump
    case .tryCatch(let body, let name, let handler):
      return form("try", [body.dump, "catch"] + (name.map { [$0.name] } ?? []) + [handler.dump])
    case .error: return "<error>"
    }
  }
}

private func dumped(_ expression: Expr?) -> String { expression?.dump ?? "_" }

extension IndexItem {
  var dump: String {
    switch self {
    case .value(let value): value.dump
    case .slice(let a, let b, let step, _):
      form("slice", [dumped(a), dumped(b)] + (step.map { ["by", $0.dump] } ?? []))
    case .newAxis: "new-axis"
    case .ellipsis: "..."
    }
  }
}

extension Binder {
  var dump: String {
    let conditions = filters.flatMap { ["if", $0.dump] }
    let head =
      switch range {
      case .bare: [declaration.name]
      case .below(let bound): [declaration.name, "<", bound.dump]
      case .upTo(let bound): [declaration.name, "<=", bound.dump]
      case .sequence(let sequence): [declaration.name, "in", sequence.dump]
      case .destructured(let pattern, let sequence): [pattern.dump, "in", sequence.dump]
      }
    return "{" + (head + conditions).joined(separator: " ") + "}"
  }
}

extension Pattern {
  package var dump: String {
    switch self {
    case .name(let declaration): declaration.name
    case .list(let items, _): "[" + items.map(\.dump).joined(separator: " ") + "]"
    case .ignore: "_"
    }
  }
}

extension ShapeSyntax {
  var dump: String {
    switch self {
    case .axes(let axes, _):
      "["
        + axes.map { axis in
          switch axis {
          case .size(let size): size.dump
          case .any: "_"
          case .rest: "..."
          }
        }.joined(separator: " ") + "]"
    case .record(let fields, _): "{" + fields.map { "\($0.name): \($0.shape.dump)" }.joined(separator: " ") + "}"
    }
  }
}

extension FunctionNode {
  package var dump: String {
    let list = parameters.map { parameter in
      parameter.declaration.name + (parameter.shape.map { ": " + $0.dump } ?? "")
        + (parameter.defaultValue.map { " = " + $0.dump } ?? "")
    }
    let head = "(" + list.joined(separator: ", ") + ")" + (result.map { " -> " + $0.dump } ?? "")
    return form("fn", (name.map { [$0.name] } ?? []) + [head, body.dump])
  }
}

extension Block {
  package var dump: String { form("do", statements.map(\.dump)) }
}

extension AssignTarget {
  var dump: String {
    switch self {
    case .place(let place): place.dump
    case .list(let targets, _): "[" + targets.map(\.dump).joined(separator: " ") + "]"
    case .ignore: "_"
    }
  }
}

extension Place {
  var dump: String {
    steps.reduce(root.dump) { text, step in
      switch step {
      case .field(let name, _): text + "." + name
      case .index(let items, _): text + "[" + items.map(\.dump).joined(separator: " ") + "]"
      }
    }
  }
}

extension Statement {
  package var dump: String {
    switch kind {
    case .expression(let value): value.dump
    case .declare(let pattern, let mutable, let shape, let value, _):
      form(mutable ? "var" : "let", [pattern.dump] + (shape.map { [$0.dump] } ?? []) + [value.dump])
    case .assign(let target, let value): form("set", [target.dump, value.dump])
    case .compoundAssign(let place, let operation, let value, _):
      form(operation.rawValue + "=", [place.dump, value.dump])
    case .defineIndexed(let name, let binders, let value):
      form("let-index", [name.name] + binders.map(\.dump) + [value.dump])
    case .rec(let node): node.dump
    case .function(let function): function.dump
    case .whileLoop(let condition, let body): form("while", [condition.dump, body.dump])
    case .forLoop(let pattern, let sequence, let body): form("for", [pattern.dump, "in", sequence.dump, body.dump])
    case .breakLoop: "(break)"
    case .continueLoop: "(continue)"
    case .returnValue(let value): form("return", value.map { [$0.dump] } ?? [])
    case .assert(let condition, let message): form("assert", [condition.dump] + (message.map { [$0.dump] } ?? []))
    case .param(let name, let value, let help):
      form("param", [name.name, value.dump] + (help.map { [quoted($0)] } ?? []))
    case .importModule(let module, let isPath, let name):
      form("import", [isPath ? quoted(module) : module, "as", name.name])
    case .test(let name, let body): form("test", [quoted(name), body.dump])
    }
  }
}

extension RecNode {
  var dump: String {
    let heads = tables.map { $0.declaration.name + "[" + $0.binders.map(\.dump).joined(separator: " ") + "]" }
    let cells = clauses.map { clause in
      let positions = clause.positions.map(\.dump).joined(separator: " ")
      let place = clause.table.name + "[" + positions + "]"
      return form("=", [place] + (clause.condition.map { ["if", $0.dump] } ?? []) + [clause.body.dump])
    }
    return form("rec", heads + (condition.map { ["if", $0.dump] } ?? []) + cells)
  }
}
