// Expressions: names are used, everything else passes the walk on.
import Diagnostics
import Syntax

extension Resolver {
  mutating func expression(_ e: Expr) {
    switch e.kind {
    case .none, .bool, .int, .float, .string, .error: break
    case .name(let name): e.binding = use(name, e.span)
    case .interpolation(let parts):
      for case .value(let value, _) in parts { expression(value) }
    case .list(let items):
      for item in items {
        switch item {
        case .value(let value), .spread(let value): expression(value)
        }
      }
    case .listComprehension(let body, let binders), .comprehension(let body, let binders):
      inScope { resolver in
        resolver.binders(binders)
        resolver.expression(body)
      }
    case .record(let items):
      for item in items {
        switch item {
        case .field(let key, let value):
          expression(key)
          expression(value)
        case .spread(let value): expression(value)
        }
      }
    case .range(let a, let b, let step): for part in [a, b, step] { if let part { expression(part) } }
    case .unary(_, let a): expression(a)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b):
      expression(a)
      expression(b)
    case .comparison(let operands, _): for operand in operands { expression(operand) }
    case .call(let callee, let arguments): call(callee, arguments)
    case .index(let base, let items):
      expression(base)
      indexItems(items)
    case .field(let base, let name, let nameSpan):
      expression(base)
      if name.hasPrefix("_"), case .name(let module) = base.kind, base.binding?.kind == .module {
        report(
          .unknownField(name, near: []), nameSpan,
          help: "names that begin with `_` are private to their module, here to `\(module)`")
      }
    case .function(let node): function(node)
    case .ifElse(let condition, let then, let otherwise):
      expression(condition)
      block(then)
      if let otherwise { expression(otherwise) }
    case .block(let body): block(body)
    case .tryCatch(let body, let name, let handler):
      block(body)
      inScope { resolver in
        if let name { resolver.declare(name, .catchName) }
        resolver.block(handler)
      }
    }
  }

  private mutating func call(_ callee: Expr, _ arguments: [Argument]) {
    expression(callee)
    var names: Set<String> = []
    for argument in arguments {
      expression(argument.value)
      if let name = argument.name, !names.insert(name).inserted {
        report(.duplicateArgument(name), argument.nameSpan ?? argument.value.span)
      }
    }
  }

  mutating func indexItems(_ items: [IndexItem]) {
    for item in items {
      switch item {
      case .value(let value): expression(value)
      case .slice(let a, let b, let step, _): for part in [a, b, step] { if let part { expression(part) } }
      case .newAxis, .ellipsis: break
      }
    }
  }

  /// Declares binders in the scope that is open; a range sees the binders before it, a filter its own too.
  mutating func binders(_ binders: [Binder]) {
    for binder in binders {
      switch binder.range {
      case .bare: declare(binder.declaration, .loop)
      case .below(let bound), .upTo(let bound), .sequence(let bound):
        expression(bound)
        declare(binder.declaration, .loop)
      case .destructured(let pattern, let sequence):
        expression(sequence)
        declare(pattern, .loop)
      }
      for filter in binder.filters { expression(filter) }
    }
  }
}
