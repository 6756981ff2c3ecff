// The names that a tree uses and does not declare: what a definition takes from around it. Builtins are known everywhere
// and don't count.
import Syntax

struct FreeNames {
  private var used: [Binding] = []
  private var seen: Set<ObjectIdentifier> = []
  private var declared: Set<ObjectIdentifier> = []
  /// Some read `v[i, j]` has a table of a `rec` in front.
  private(set) var readsTable = false

  /// In the order of first use.
  var free: [Binding] { used.filter { !declared.contains(ObjectIdentifier($0)) } }

  private mutating func declare(_ declaration: Declaration?) {
    if let binding = declaration?.binding { declared.insert(ObjectIdentifier(binding)) }
  }

  mutating func expression(_ e: Expr) {
    switch e.kind {
    case .none, .bool, .int, .float, .string, .error: break
    case .name:
      guard let binding = e.binding, binding.kind != .builtin else { return }
      if seen.insert(ObjectIdentifier(binding)).inserted { used.append(binding) }
    case .interpolation(let parts): for case .value(let value, _) in parts { expression(value) }
    case .list(let items):
      for item in items {
        switch item {
        case .value(let value), .spread(let value): expression(value)
        }
      }
    case .listComprehension(let body, let list), .comprehension(let body, let list):
      binders(list)
      expression(body)
    case .record(let items):
      for item in items {
        switch item {
        case .field(let key, let value): expressions([key, value])
        case .spread(let value): expression(value)
        }
      }
    case .range(let a, let b, let step): expressions([a, b, step])
    case .unary(_, let a), .field(let a, _, _): expression(a)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b): expressions([a, b])
    case .comparison(let operands, _): expressions(operands)
    case .call(let callee, let arguments): expressions([callee] + arguments.map(\.value))
    case .index(let base, let items): index(base, items)
    case .function(let node): function(node)
    case .ifElse(let condition, let then, let otherwise):
      expression(condition)
      block(then)
      expressions([otherwise])
    case .block(let body): block(body)
    case .tryCatch(let body, let name, let handler):
      block(body)
      declare(name)
      block(handler)
    }
  }

  private mutating func expressions(_ list: [Expr?]) { for case let e? in list { expression(e) } }

  private mutating func index(_ base: Expr, _ items: [IndexItem]) {
    if case .name = base.kind, base.binding?.isTable == true {
      readsTable = readsTable || items.allSatisfy { if case .value = $0 { true } else { false } }
    }
    expression(base)
    for item in items {
      switch item {
      case .value(let value): expression(value)
      case .slice(let a, let b, let step, _): expressions([a, b, step])
      case .newAxis, .ellipsis: break
      }
    }
  }

  mutating func binders(_ list: [Binder]) {
    for binder in list {
      declare(binder.declaration)
      switch binder.range {
      case .bare: break
      case .below(let e), .upTo(let e), .sequence(let e): expression(e)
      case .destructured(let pattern, let e):
        self.pattern(pattern)
        expression(e)
      }
      expressions(binder.filters)
    }
  }

  mutating func recurrence(_ node: RecNode) {
    for table in node.tables {
      declare(table.declaration)
      binders(table.binders)
    }
    expressions([node.condition])
    for clause in node.clauses { expressions(clause.positions + [clause.condition, clause.body]) }
  }

  private mutating func function(_ node: FunctionNode) {
    declare(node.name)
    for parameter in node.parameters {
      declare(parameter.declaration)
      expressions([parameter.defaultValue])
    }
    for size in node.sizes { declare(size) }
    expression(node.body)
  }

  private mutating func pattern(_ pattern: Pattern) {
    switch pattern {
    case .name(let declaration): declare(declaration)
    case .list(let parts, _): for part in parts { self.pattern(part) }
    case .ignore: break
    }
  }

  private mutating func block(_ block: Block) { for statement in block.statements { self.statement(statement) } }

  private mutating func statement(_ statement: Statement) {
    switch statement.kind {
    case .expression(let e): expression(e)
    case .declare(let pattern, _, _, let e, _):
      expression(e)
      self.pattern(pattern)
    case .assign(_, let e), .compoundAssign(_, _, let e, _): expression(e)
    case .defineIndexed(let name, let list, let e):
      binders(list)
      expression(e)
      declare(name)
    case .rec(let node): recurrence(node)
    case .function(let node): function(node)
    case .whileLoop(let condition, let body):
      expression(condition)
      block(body)
    case .forLoop(let pattern, let e, let body):
      expression(e)
      self.pattern(pattern)
      block(body)
    case .returnValue(let e): expressions([e])
    case .assert(let condition, let message): expressions([condition, message])
    case .param(let declaration, let e, _):
      declare(declaration)
      expression(e)
    case .breakLoop, .continueLoop, .importModule, .test: break
    }
  }
}
