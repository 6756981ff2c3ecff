// The syntax tree. Nodes are classes so that the resolver can annotate them in place (`Expr.binding`); every node has
// its span. The parser accepts the whole grammar; what is wrong but parseable is left to `Check`.
import Diagnostics

package final class Expr {
  package let kind: ExprKind
  package let span: Span
  /// For `.name`: what the name means. Set by `Check.Resolver`.
  package var binding: Binding?
  /// Levels of expressions below and with this one. The parser bounds it (`Parser.maximumHeight`), so that walks over a
  /// tree may recurse.
  package var height: Int32 = 1

  package init(_ kind: ExprKind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

package indirect enum ExprKind {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// "x is {x:.3f}"
  case interpolation([StringPart])
  case name(String)
  case list([ListItem])
  /// `[f(x) for x in xs if c]`
  case listComprehension(Expr, [Binder])
  /// `sum(e for i, k)`: only ever the one positional argument of a call, or `tensor(e for i)`.
  case comprehension(Expr, [Binder])
  case record([RecordItem])
  /// `a..b by s`; inside index brackets both ends may be missing.
  case range(Expr?, Expr?, by: Expr?)
  case unary(UnaryOperator, Expr)
  case binary(BinaryOperator, Expr, Expr, operatorSpan: Span)
  /// `a < b <= c`: operands n + 1, operators n. Each operand is evaluated once.
  case comparison([Expr], [ComparisonOperator])
  case and(Expr, Expr)
  case or(Expr, Expr)
  /// Also `x |> f(a)`, which the parser turns into `f(x, a)`.
  case call(Expr, [Argument])
  case index(Expr, [IndexItem])
  case field(Expr, String, nameSpan: Span)
  case function(FunctionNode)
  case ifElse(Expr, Block, Expr?)
  case block(Block)
  case tryCatch(Block, catchName: Declaration?, Block)
  /// What recovery leaves behind; a diagnostic was reported.
  case error
}

package enum UnaryOperator: String, Sendable { case negate = "-", not }
package enum BinaryOperator: String, Sendable {
  case add = "+", subtract = "-", join = "++", multiply = "*", divide = "/", floorDivide = "//", modulo = "%"
  case matmul = "@", power = "^"
}
package enum ComparisonOperator: String, Sendable {
  case equal = "==", notEqual = "!=", less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">="
  case `in`, notIn = "not in"
}
package enum StringPart {
  case text(String)
  /// An expression with its format (`.3f`), empty when none.
  case value(Expr, format: String)
}
package enum ListItem {
  case value(Expr)
  case spread(Expr)
}
package enum RecordItem {
  /// `a: 1` and `"any key": 2` have a `.string` key expression; `[e]: v` any.
  case field(key: Expr, value: Expr)
  case spread(Expr)
}
package struct Argument {
  package var name: String?
  package var nameSpan: Span?
  package var value: Expr
  package init(name: String?, nameSpan: Span?, value: Expr) {
    self.name = name
    self.nameSpan = nameSpan
    self.value = value
  }
}
package enum IndexItem {
  case value(Expr)
  /// `a..b by s` in brackets is a slice, ends optional; `:` is a slice with neither.
  case slice(Expr?, Expr?, by: Expr?, span: Span)
  case newAxis(Span)
  case ellipsis(Span)
}

/// `i`, `i < n`, `i <= n`, `k in a..b`, each with `if` filters behind it.
package final class Binder {
  package let declaration: Declaration
  package let range: BinderRange
  package let filters: [Expr]
  package let span: Span
  package init(_ declaration: Declaration, _ range: BinderRange, filters: [Expr], span: Span) {
    self.declaration = declaration
    self.range = range
    self.filters = filters
    self.span = span
  }
}
package enum BinderRange {
  case bare
  case below(Expr)
  case upTo(Expr)
  case sequence(Expr)
  /// `for [k, v] in items(r)` inside a comprehension.
  case destructured(Pattern, Expr)
}

/// A name being declared.
package final class Declaration {
  package let name: String
  package let span: Span
  package var binding: Binding?
  package init(_ name: String, _ span: Span) {
    self.name = name
    self.span = span
  }
}

package indirect enum Pattern {
  case name(Declaration)
  /// `[a, b, _]`
  case list([Pattern], Span)
  case ignore(Span)
}

package final class FunctionNode {
  package let name: Declaration?
  package let parameters: [Parameter]
  package let result: ShapeSyntax?
  package let body: Expr
  package let span: Span
  /// `##` lines in front of it, without the marks.
  package let documentation: String?
  /// Set by the resolver: outer names whose values the closure holds, in slot order.
  package var captures: [Binding] = []
  /// Set by the resolver: sizes that the signature binds (`[n, d]`), in slot order.
  package var sizes: [Declaration] = []

  package init(
    name: Declaration?, parameters: [Parameter], result: ShapeSyntax?, body: Expr, span: Span, documentation: String?
  ) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.body = body
    self.span = span
    self.documentation = documentation
  }
}
package struct Parameter {
  package var declaration: Declaration
  package var shape: ShapeSyntax?
  package var defaultValue: Expr?
  package init(declaration: Declaration, shape: ShapeSyntax?, defaultValue: Expr?) {
    self.declaration = declaration
    self.shape = shape
    self.defaultValue = defaultValue
  }
}
/// `[n, d]`, `[n+1]`, `[..., d]`, `[_]`, `[]`, `{w: [n, d]}`
package indirect enum ShapeSyntax {
  case axes([AxisSyntax], Span)
  case record([(name: String, shape: ShapeSyntax)], Span)
}
package enum AxisSyntax {
  case size(Expr)
  case any(Span)
  case rest(Span)
}

/// What a name stands for; one object per declaration, shared by all uses.
package final class Binding {
  package enum Kind: Sendable {
    case letName, varName, parameter, loop, function, module, param, size, catchName, builtin
  }
  package let name: String
  package let kind: Kind
  package let span: Span?
  /// The function the declaration belongs to; nil at the top level of a module.
  package unowned(unsafe) var owner: FunctionNode?
  /// Declared at the top level of its module, outside every block: lives in a module slot, seen by all functions.
  package var isTopLevel = false
  /// A table of a `rec`: a read with all its indices may leave out the term of a reduction.
  package var isTable = false
  /// Some closure captures it by value.
  package var isCaptured = false
  package var uses = 0
  /// For the compiler: register, slot or index, as `kind` says.
  package var slot = -1

  package init(name: String, kind: Kind, span: Span?, owner: FunctionNode?) {
    self.name = name
    self.kind = kind
    self.span = span
    self.owner = owner
  }
}

package final class Block {
  package let statements: [Statement]
  package let span: Span
  /// As `Expr.height`: of the highest statement.
  package var height: Int32 = 1
  package init(_ statements: [Statement], _ span: Span) {
    self.statements = statements
    self.span = span
  }
}

package final class Statement {
  package let kind: StatementKind
  package let span: Span
  /// As `Expr.height`.
  package var height: Int32 = 1
  package init(_ kind: StatementKind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

package enum StatementKind {
  case expression(Expr)
  /// `let p = e`; `mutable` for `var`. A shape annotation is checked: `let x: [n, d] = ...`.
  case declare(Pattern, mutable: Bool, ShapeSyntax?, Expr, documentation: String?)
  /// `x = e`, `[a, b] = e`
  case assign(AssignTarget, Expr)
  /// `x += e`, `p.w[i] *= e`
  case compoundAssign(Place, BinaryOperator, Expr, operatorSpan: Span)
  /// `let c[i, k] = e` (index notation)
  case defineIndexed(Declaration, [Binder], Expr)
  case rec(RecNode)
  case function(FunctionNode)
  case whileLoop(Expr, Block)
  case forLoop(Pattern, Expr, Block)
  case breakLoop
  case continueLoop
  case returnValue(Expr?)
  case assert(Expr, message: Expr?)
  case param(Declaration, Expr, help: String?)
  case importModule(String, isPath: Bool, Declaration)
  case test(String, Block)
}
package indirect enum AssignTarget {
  case place(Place)
  case list([AssignTarget], Span)
  case ignore(Span)
}
/// A `var` and the steps into it: `p.layers[0].w`.
package final class Place {
  package let root: Expr
  package let steps: [PlaceStep]
  package let span: Span
  package init(root: Expr, steps: [PlaceStep], span: Span) {
    self.root = root
    self.steps = steps
    self.span = span
  }
}
package enum PlaceStep {
  case field(String, Span)
  case index([IndexItem], Span)
}

/// `rec v[t < T, s < S] if c { clauses }`
package final class RecNode {
  package struct Table {
    package var declaration: Declaration
    package var binders: [Binder]
    package init(declaration: Declaration, binders: [Binder]) {
      self.declaration = declaration
      self.binders = binders
    }
  }
  package struct Clause {
    package var table: Declaration
    package var positions: [Expr]
    package var condition: Expr?
    package var body: Expr
    package var span: Span
    package init(table: Declaration, positions: [Expr], condition: Expr?, body: Expr, span: Span) {
      self.table = table
      self.positions = positions
      self.condition = condition
      self.body = body
      self.span = span
    }
  }
  package let tables: [Table]
  package let condition: Expr?
  package let clauses: [Clause]
  package let span: Span
  package init(tables: [Table], condition: Expr?, clauses: [Clause], span: Span) {
    self.tables = tables
    self.condition = condition
    self.clauses = clauses
    self.span = span
  }
}

/// One parsed file.
package final class Module {
  package let source: SourceFile
  package let statements: [Statement]
  /// `##` lines at the top of the file.
  package let documentation: String?
  /// All `##` blocks of the file; their fenced examples are tests.
  package let documentationBlocks: [DocumentationBlock]
  package init(
    source: SourceFile, statements: [Statement], documentation: String?, documentationBlocks: [DocumentationBlock] = []
  ) {
    self.source = source
    self.statements = statements
    self.documentation = documentation
    self.documentationBlocks = documentationBlocks
  }
}
