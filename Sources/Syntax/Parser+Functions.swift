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
    case .braceOpen where isRecord(at: index) && kind(at: index + 1) != .braceClose:
      note(
        "a record as the body of a function", instead: "behind `=`", span(token),
        help: "`fn f() = {a: 1}`; `{` alone opens a block here")
      body = try record()
    case .braceOpen, .colon:
      let block = try block("function")
      body = try make(.block(block), block.span)
    default: throw unexpected("`=` and an expression, or `{` and the body of the function")
    }
    return FunctionNode(
      name: name, parameters: parameters, result: result, body: body, span: span(from: start),
      documentation: documentation)
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
    var parameters: [Parameter] = []
    switch token.kind {
    case .name where isArrow(at: index + 1):
      parameters = [Parameter(declaration: try declaredName("a parameter"), shape: nil, defaultValue: nil)]
    case .name where kind(at: index + 1) == .name && isWord("lambda"):
      note("`lambda`", instead: "`x => e`", span(token), help: "`x => e`, `(x, y) => e` or `() => e`")
      advance()
      repeat {
        parameters.append(Parameter(declaration: try declaredName("a parameter"), shape: nil, defaultValue: nil))
      } while accept(.comma)
      guard token.kind == .colon else { throw unexpected("`=>`") }
    case .parenOpen where isArrow(at: afterPartner(of: index)):
      parameters = try self.parameters()
    default: return nil
    }
    if token.kind == .resultArrow {
      note(
        "a function with `->`", instead: "`x => e`", span(token), help: "`->` stands in front of the shape of a result")
    }
    advance()
    let body = try expression()
    let function = FunctionNode(
      name: nil, parameters: parameters, result: nil, body: body, span: span(from: start), documentation: nil)
    return try make(.function(function), function.span)
  }

  private func isArrow(at position: Int) -> Bool {
    kind(at: position) == .lambdaArrow || (kind(at: position) == .resultArrow && continuesLine(position))
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
        let shape = accept(.colon) ? try parameterShape() : nil
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

  /// The shape of a parameter; after a mistake in it, the next parameter is still read.
  private mutating func parameterShape() throws(Recovery) -> ShapeSyntax? {
    do throws(Recovery) {
      return try shape()
    } catch {
      while token.kind != .comma, token.kind != .assign, token.kind.opening == nil, token.kind != .end { skip() }
      return nil
    }
  }

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
      marks?.indices.insert(opening)
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
      marks?.records.insert(opening)
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
      throw unexpected(
        "a shape such as `[n, d]`",
        help: "there are no type annotations; behind `:` stands a shape: `[n, d]`, `[]`, `{w: [n, d]}`")
    }
  }
}
