// What lies right below a node of the tree, for walks that treat all kinds of node alike.
import Syntax

extension Expr {
  /// The expressions right below, in order. Those in blocks are found by `blocks`; the body of a function counts.
  var parts: [Expr] {
    switch kind {
    case .none, .bool, .int, .float, .string, .name, .error, .block, .tryCatch: []
    case .interpolation(let parts):
      parts.compactMap { if case .value(let e, _) = $0 { e } else { nil } }
    case .list(let items):
      items.map { item in
        switch item {
        case .value(let e), .spread(let e): e
        }
      }
    case .listComprehension(let body, let binders), .comprehension(let body, let binders):
      binders.flatMap(\.parts) + [body]
    case .record(let items):
      items.flatMap { item in
        switch item {
        case .field(let key, let value): [key, value]
        case .spread(let value): [value]
        }
      }
    case .range(let a, let b, let step): [a, b, step].compactMap { $0 }
    case .unary(_, let a): [a]
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b): [a, b]
    case .comparison(let operands, _): operands
    case .call(let callee, let arguments): [callee] + arguments.map(\.value)
    case .index(let base, let items): [base] + items.flatMap(\.parts)
    case .field(let base, _, _): [base]
    case .function(let node): node.parameters.compactMap(\.defaultValue) + [node.body]
    case .ifElse(let condition, _, let otherwise): [condition] + (otherwise.map { [$0] } ?? [])
    }
  }

  /// The blocks right below.
  var blocks: [Block] {
    switch kind {
    case .ifElse(_, let then, _): [then]
    case .block(let body): [body]
    case .tryCatch(let body, _, let handler): [body, handler]
    default: []
    }
  }

  /// Calls `visit` with this expression and all below it, blocks included.
  func walk(_ visit: (Expr) -> Void) {
    visit(self)
    for part in parts { part.walk(visit) }
    for block in blocks { block.walk(visit) }
  }

  /// Bindings of the names in it, outside of blocks.
  var mentioned: [Binding] {
    if case .name = kind { return binding.map { [$0] } ?? [] }
    return parts.flatMap(\.mentioned)
  }
}

extension Block {
  func walk(_ visit: (Expr) -> Void) {
    for statement in statements {
      for part in statement.parts { part.walk(visit) }
      for block in statement.blocks { block.walk(visit) }
    }
  }
}

extension Statement {
  /// The expressions right below.
  var parts: [Expr] {
    switch kind {
    case .expression(let e), .declare(_, _, _, let e, _), .param(_, let e, _), .assign(_, let e),
      .compoundAssign(_, _, let e, _):
      [e]
    case .defineIndexed(_, let binders, let e): binders.flatMap(\.parts) + [e]
    case .rec(let node): node.parts
    case .function(let node): node.parameters.compactMap(\.defaultValue) + [node.body]
    case .whileLoop(let condition, _): [condition]
    case .forLoop(_, let sequence, _): [sequence]
    case .returnValue(let e): e.map { [$0] } ?? []
    case .assert(let condition, let message): [condition] + (message.map { [$0] } ?? [])
    case .breakLoop, .continueLoop, .importModule, .test: []
    }
  }

  /// The blocks right below.
  var blocks: [Block] {
    switch kind {
    case .whileLoop(_, let body), .forLoop(_, _, let body), .test(_, let body): [body]
    default: []
    }
  }
}

extension RecNode {
  fileprivate var parts: [Expr] {
    var parts: [Expr] = []
    for table in tables { for binder in table.binders { parts += binder.parts } }
    if let condition { parts.append(condition) }
    for clause in clauses {
      parts += clause.positions
      if let condition = clause.condition { parts.append(condition) }
      parts.append(clause.body)
    }
    return parts
  }
}

extension Binder {
  var parts: [Expr] {
    switch range {
    case .bare: filters
    case .below(let e), .upTo(let e), .sequence(let e), .destructured(_, let e): [e] + filters
    }
  }
}

extension IndexItem {
  var parts: [Expr] {
    switch self {
    case .value(let e): [e]
    case .slice(let a, let b, let step, _): [a, b, step].compactMap { $0 }
    case .newAxis, .ellipsis: []
    }
  }
}
