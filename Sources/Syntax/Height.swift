// How high a tree is above its lowest leaf, computed from the children when a node is made. A flat chain of operators
// (`1 + 1 + ...`) is parsed in a loop but makes a tree as deep as it is long; the parser refuses what later walks could
// not recurse over.

private func highest(_ expressions: some Sequence<Expr>) -> Int32 { expressions.reduce(0) { Swift.max($0, $1.height) } }
private func levels(_ expression: Expr?) -> Int32 { expression?.height ?? 0 }

extension ExprKind {
  var childrenHeight: Int32 {
    switch self {
    case .none, .bool, .int, .float, .string, .name, .error: 0
    case .interpolation(let parts):
      parts.reduce(0) { if case .value(let value, _) = $1 { Swift.max($0, value.height) } else { $0 } }
    case .list(let items):
      items.reduce(0) { height, item in
        switch item {
        case .value(let value), .spread(let value): Swift.max(height, value.height)
        }
      }
    case .listComprehension(let body, let binders), .comprehension(let body, let binders):
      Swift.max(body.height, binders.height)
    case .record(let items):
      items.reduce(0) { height, item in
        switch item {
        case .field(let key, let value): Swift.max(height, key.height, value.height)
        case .spread(let value): Swift.max(height, value.height)
        }
      }
    case .range(let a, let b, let step): Swift.max(levels(a), levels(b), levels(step))
    case .unary(_, let a): a.height
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b): Swift.max(a.height, b.height)
    case .comparison(let operands, _): highest(operands)
    case .call(let callee, let arguments): arguments.reduce(callee.height) { Swift.max($0, $1.value.height) }
    case .index(let base, let items): Swift.max(base.height, items.height)
    case .field(let base, _, _): base.height
    case .function(let function): function.height
    case .ifElse(let condition, let then, let otherwise): Swift.max(condition.height, then.height, levels(otherwise))
    case .block(let block): block.height
    case .tryCatch(let body, _, let handler): Swift.max(body.height, handler.height)
    }
  }
}

extension [Binder] {
  var height: Int32 {
    reduce(0) { height, binder in
      let filters = Swift.max(height, highest(binder.filters))
      return switch binder.range {
      case .bare: filters
      case .below(let bound), .upTo(let bound), .sequence(let bound), .destructured(_, let bound):
        Swift.max(filters, bound.height)
      }
    }
  }
}

extension [IndexItem] {
  var height: Int32 {
    reduce(0) { result, item in
      switch item {
      case .value(let value): Swift.max(result, value.height)
      case .slice(let a, let b, let step, _): Swift.max(result, levels(a), levels(b), levels(step))
      case .newAxis, .ellipsis: result
      }
    }
  }
}

extension FunctionNode {
  var height: Int32 {
    let parameterHeight = parameters.reduce(0) { Swift.max($0, $1.defaultValue?.height ?? 0, $1.shape?.height ?? 0) }
    return Swift.max(body.height, parameterHeight, result?.height ?? 0)
  }
}

extension ShapeSyntax {
  var height: Int32 {
    switch self {
    case .axes(let axes, _):
      axes.reduce(0) { if case .size(let size) = $1 { Swift.max($0, size.height) } else { $0 } }
    case .record(let fields, _): fields.reduce(0) { Swift.max($0, $1.shape.height) } + 1
    }
  }
}

extension Place {
  var height: Int32 {
    steps.reduce(1) { if case .index(let items, _) = $1 { Swift.max($0, items.height) } else { $0 } }
  }
}

extension AssignTarget {
  var height: Int32 {
    switch self {
    case .place(let place): place.height
    case .list(let targets, _): targets.reduce(0) { Swift.max($0, $1.height) } + 1
    case .ignore: 0
    }
  }
}

extension StatementKind {
  var childrenHeight: Int32 {
    switch self {
    case .expression(let value), .declare(_, _, _, let value, _), .param(_, let value, _): value.height
    case .assign(let target, let value): Swift.max(target.height, value.height)
    case .compoundAssign(let place, _, let value, _): Swift.max(place.height, value.height)
    case .defineIndexed(_, let binders, let value): Swift.max(binders.height, value.height)
    case .rec(let node): node.height
    case .function(let function): function.height
    case .whileLoop(let condition, let body): Swift.max(condition.height, body.height)
    case .forLoop(_, let sequence, let body): Swift.max(sequence.height, body.height)
    case .returnValue(let value): value?.height ?? 0
    case .assert(let condition, let message): Swift.max(condition.height, message?.height ?? 0)
    case .test(_, let body): body.height
    case .breakLoop, .continueLoop, .importModule: 0
    }
  }
}

extension RecNode {
  var height: Int32 {
    let heads = tables.reduce(condition?.height ?? 0) { Swift.max($0, $1.binders.height) }
    return clauses.reduce(heads) { Swift.max($0, highest($1.positions), $1.condition?.height ?? 0, $1.body.height) }
  }
}
