// Functions: `fn f(a: [n, d], b = 2) -> [n] = e`, `fn f(a) { }`, `x => e`, `(x, y) => e`, `() => e`; and the shapes in
// their signatures.
import Diagnostics

extension Parser {
  /// At `fn` in front of a name.
  mutating func function() throws(Recovery) -> FunctionNode {
    let start = index
    let documentation = documentation(before: token.start)
    advance()
    let name = try declaredName("the name of the function")
    return try function(name, start, documentation)
  }

  private mutating func function(
    _ name: Declaration?, _ start: Int, _ documentation: String?
  ) throws(Recovery) -> FunctionNode {
    var parameters: [Parameter] = []
    var result: ShapeSyntax?
    do throws(Recovery) {
      guard token.kind == .parenOpen else { throw unexpected("`(` and the parameters of the function") }
      parameters = try self.parameters()
      if accept(.resultArrow) { result = try shape() }
    } catch {
      guard skipToBody() else { throw error }
    }
    let body: Expr
    switch token.kind {
    case .assign:
      advance()
      body = try expression()
    case .lambdaArrow:
      note("`=>` in a named function", instead: "`=`", span(token), help: "`fn f(x) = e`, or `x => e` without a name")
      advance()
      body = try expression()
    case .braceOpen:
      let block = try block("function")
      body = try make(.block(block), block.span)
    default: throw unexpected("`=` and an expression, or `{` and the body of the function")
    }
    return FunctionNode(
      name: name, parameters: parameters, result: result, body: body, span: span(from: start), documentation: documentation)
  }

  /// `fn(x) { }` inside an expression, a habit.
  mutating func anonymousFunction() throws(Recovery) -> Expr {
    let start = index
    if kind(at: index + 1) != .parenOpen {
      throw unexpected("an expression", help: "a named function is a statement of its own; here `x => e` can stand")
    }
    note("a function without a name", instead: "`(x) => e`", span(token))
    advance()
    return try make(.function(try function(nil, start, nil)), span(from: start))
  }

  /// `x => e`, `(x, y = 2) => e`; nil if something else stands here.
  mutating func lambda() throws(Recovery) -> Expr? {
    let start = index
    let parameters: [Parameter]
    if token.kind == .name, kind(at: index + 1) == .lambdaArrow {
      parameters = [Parameter(declaration: try declaredName("a parameter"), shape: nil, defaultValue: nil)]
    } else if token.kind == .parenOpen, kind(at: afterPartner(of: index)) == .lambdaArrow {
      parameters = try self.parameters()
    } else {
      return nil
    }
    advance()
    let body = try expression()
    let function = FunctionNode(
      name: nil, parameters: parameters, result: nil, body: body, span: span(from: start), documentation: nil)
    return try make(.function(function), function.span)
  }

  /// `(a: [n, d], b = 2)`. A mistake in one is reported, and the others are given up.
  private mutating func parameters() throws(Recovery) -> [Parameter] {
    let opening = index
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    var parameters: [Parameter] = []
    do throws(Recovery) {
      while token.kind != .parenClose {
        let name = try declaredName("the name of a parameter")
        let shape = accept(.colon) ? try self.shape() : nil
        let value = accept(.assign) ? try expression() : nil
        parameters.append(Parameter(declaration: name, shape: shape, defaultValue: value))
        guard accept(.comma) else { break }
      }
      try expect(.parenClose, "`,` or `)`")
    } catch {
      _ = skipBracket(opening)
    }
    return parameters
  }

  // MARK: Shapes

  /// `[n, d]`, `[n+1]`, `[..., d]`, `[_]`, `[]`, `{w: [n, d]}`
  mutating func shape() throws(Recovery) -> ShapeSyntax {
    try enter()
    defer { nesting -= 1 }
    let opening = index
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    switch token.kind {
    case .bracketOpen:
      advance()
      var axes: [AxisSyntax] = []
      while token.kind != .bracketClose {
        let place = span(token)
        if accept(.ellipsis) {
          axes.append(.rest(place))
        } else if isWord("_") {
          advance()
          axes.append(.any(place))
        } else {
          axes.append(.size(try operators(.additive)))
        }
        guard accept(.comma) else { break }
      }
      try expect(.bracketClose, "`,` or `]`")
      return .axes(axes, span(from: opening))
    case .braceOpen:
      advance()
      var fields: [(name: String, shape: ShapeSyntax)] = []
      while token.kind != .braceClose {
        guard token.kind == .name || token.kind.isKeyword else { throw unexpected("the name of a field") }
        let name = text(token)
        advance()
        try expect(.colon, "`:` and a shape")
        fields.append((name, try shape()))
        guard accept(.comma) else { break }
      }
      try expect(.braceClose, "`,` or `}`")
      return .record(fields, span(from: opening))
    default:
      throw unexpected("a shape such as `[n, d]`", help: "there are no type annotations; behind `:` stands a shape: `[n, d]`, `[]`, `{w: [n, d]}`")
    }
  }
}
