// Using a name: what it means, who captures it, and what was probably meant when it means nothing.
import Diagnostics
import Syntax

extension Resolver {
  /// The meaning of `name` here, and notes that it is used.
  mutating func use(_ name: String, _ span: Span) -> Binding? {
    guard let binding = lookUp(name) else {
      unknown(name, span)
      return nil
    }
    binding.uses += 1
    capture(binding, span)
    return binding
  }

  mutating func lookUp(_ name: String) -> Binding? {
    for scope in scopes.reversed() {
      if let binding = scope.names[name] { return binding }
    }
    return session[name] ?? builtin(name)
  }

  private mutating func builtin(_ name: String) -> Binding? {
    if let known = builtinBindings[name] { return known }
    guard builtins.contains(name) else { return nil }
    let binding = Binding(name: name, kind: .builtin, span: nil, owner: nil)
    builtinBindings[name] = binding
    return binding
  }

  /// Every function between the use and the declaration holds a copy, unless the name is a constant of the top level.
  private mutating func capture(_ binding: Binding, _ span: Span) {
    if binding.kind == .builtin || (binding.isTopLevel && binding.kind != .varName) { return }
    var level = functions.count - 1
    while level >= 0, functions[level].node !== binding.owner {
      let node = functions[level].node
      // A function that names itself is no capture: it is the closure that runs.
      if node.name?.binding === binding { return }
      if binding.kind == .varName, let name = node.name {
        complain(about: binding, in: name.name, level, span)
        return
      }
      if functions[level].captured.insert(ObjectIdentifier(binding)).inserted { node.captures.append(binding) }
      binding.isCaptured = true
      level -= 1
    }
  }

  private mutating func complain(about binding: Binding, in function: String, _ level: Int, _ span: Span) {
    guard functions[level].complained.insert(binding.name).inserted else { return }
    let labels = binding.span.map { [Diagnostic.Label($0, "declared here with `var`")] } ?? []
    report(.outerVariable(binding.name, function: "`\(function)`"), span, labels: labels)
  }

  // MARK: Names without a meaning

  private mutating func unknown(_ name: String, _ span: Span) {
    guard unknownNames.insert(name).inserted else { return }
    if name == "_" {
      report(
        .unknownName(name, near: []), span, help: "`_` stands for a value that is not needed; give it a name to use it")
      return
    }
    if let (instead, help) = Resolver.foreignNames[name] {
      report(.foreignHabit(found: "`\(name)`", instead: instead), span, help: help)
      return
    }
    if let (statement, later) = declaredLater(name) {
      let labels = [Diagnostic.Label(later.span, "defined here")]
      var help: String?
      if statement.span.start <= span.start, span.end <= statement.span.end {
        help = "a name is known behind its own statement only"
        if case .defineIndexed = statement.kind {
          help = "a table that reads itself is written `rec \(name)[...] { ... }`"
        }
      }
      report(.usedBeforeDefinition(name), span, labels: labels, help: help)
      return
    }
    if functions.contains(where: { $0.node.sizes.contains { $0.name == name } }) {
      report(
        .unknownName(name, near: []), span,
        help: "a size that stands in the result alone is checked there, and not known inside")
      return
    }
    if modules.contains(name) {
      report(.unknownName(name, near: []), span, help: "it is a module: add `import \(name)` at the top of the file")
      return
    }
    report(.unknownName(name, near: near(name)), span)
  }

  func near(_ name: String) -> [String] {
    var candidates = builtins.union(session.keys)
    for scope in scopes { candidates.formUnion(scope.names.keys) }
    return Suggest.near(name, among: candidates)
  }

  /// A declaration further down in a block that is still open.
  private func declaredLater(_ name: String) -> (Statement, Declaration)? {
    for scope in scopes.reversed() {
      for statement in scope.statements {
        if let found = statement.declarations.first(where: { $0.name == name && $0.binding == nil }) {
          return (statement, found)
        }
      }
    }
    return nil
  }

  /// Names of other languages: what they are written as here, and help.
  private static let foreignNames: [String: (instead: String, help: String?)] = [
    "True": ("`true`", nil), "False": ("`false`", nil), "TRUE": ("`true`", nil), "FALSE": ("`false`", nil),
    "None": ("`none`", nil), "null": ("`none`", nil), "nil": ("`none`", nil), "NULL": ("`none`", nil),
    "undefined": ("`none`", nil), "NaN": ("`nan`", nil), "Infinity": ("`inf`", nil),
    "range": ("`a..b`", "`0..n` leaves n out; `0..n by 2` takes steps"),
    "elif": ("`else if`", nil),
    "np": ("without a module", "tensors are built in: `zeros([2, 3])`, `sum(x)`"),
    "numpy": ("without a module", "tensors are built in: `zeros([2, 3])`, `sum(x)`"),
    "torch": ("without a module", "tensors are built in: `zeros([2, 3])`, `sum(x)`"),
    "math": ("without a module", "`sqrt`, `exp`, `pi` and the like are built in"),
    "this": ("with a parameter", "functions get what they work on as arguments"),
    "self": ("with a parameter", "functions get what they work on as arguments"),
  ]
}
