// `trellis check`: what is wrong with a script, found before it runs. The checker runs the script on abstract values
// (AbstractValue): kinds, shapes with symbolic sizes, records with the fields that are known. Functions are walked at
// their calls, the standard library's as well, so that what a model or an optimiser does with shapes is written in one
// place, its source. What nobody called is walked with arguments of which nothing is known.
//
// The rule: an error is reported where a run that comes there fails for certain, whatever is unknown; where the text is
// only suspicious, a warning. Branches on unknown conditions are walked both ways and joined; loops are walked twice as
// they begin, then as what all turns have in common. Depth and steps are bounded; past the bound nothing is said.
//
// Read: this file (state, names, reports), Checker+Modules (entry), +Statements, +Control, +Expressions, +Calls, +Access,
// +Operators, +Shapes (broadcasting, sizes of signatures), +Builtins, +Collections, +Indexing, Unused.
import Diagnostics
import Syntax

/// What the checker is told of the world: builtins, names with a value, and where modules come from.
package struct CheckEnvironment {
  package let signatures: [String: Signature]
  package let constants: [String: Abstract]
  /// A module whose names are resolved; nil if it is not there or does not compile.
  package let load: (_ name: String, _ isPath: Bool, _ importer: SourceFile) -> Module?

  package init(
    signatures: [Signature], constants: [String: Abstract],
    load: @escaping (_ name: String, _ isPath: Bool, _ importer: SourceFile) -> Module?
  ) {
    self.signatures = Dictionary(signatures.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.constants = constants
    self.load = load
  }
}

package final class Checker {
  typealias Values = [ObjectIdentifier: Abstract]

  /// A call that is being walked.
  struct Frame {
    let function: String
    let span: Span
    let node: FunctionNode
    /// Opened by the checker and not by the script: arguments are not known.
    let isAlone: Bool
  }
  /// The state of names, as it is kept while both ways of a branch are walked.
  struct State {
    var globals: Values
    var locals: Values
    subscript(id: ObjectIdentifier) -> Abstract? { locals[id] ?? globals[id] }
    /// Replaces what a name holds.
    mutating func put(_ id: ObjectIdentifier, _ value: Abstract) {
      if locals[id] != nil { locals[id] = value } else { globals[id] = value }
    }
  }
  private struct Reported: Hashable {
    let start: Int
    let line: Int
    let id: String
  }

  let environment: CheckEnvironment
  var names = SizeNames(symbols: [])
  var state = State(globals: [:], locals: [:])
  /// Names written since a branch began; one set for each open branch.
  var journals: [Set<ObjectIdentifier>] = []
  var frames: [Frame] = []
  /// The code behind the point where the walk stands is not reached: `return`, `break`, `fail`.
  var isStopped = false
  /// States at `break` and `continue` of the open loop.
  var exits: [[(state: State, isBreak: Bool)]] = []
  /// Values of `return` of the open function.
  var returns: [[Abstract]] = []
  /// In `try`, in imported modules, and in repeated walks of loops: nothing is reported.
  var silenced = 0
  /// Open `try` bodies: what they call is expected to fail.
  var tried = 0
  /// Open branches whose condition is not known.
  var conditional = 0
  var loopDepth = 0
  var steps = 0
  let maximumSteps = 60_000
  let maximumDepth = 24
  /// Of the bodies that are open, together: the walk recurses.
  let maximumHeight = 2000
  /// For each size of a signature the argument that gave it, in the last call.
  var givers: [ObjectIdentifier: (subject: String, made: Span?)] = [:]

  var diagnostics: [Diagnostic] = []
  private var reported: Set<Reported> = []
  /// The texts that are being checked; others are only walked.
  var roots: [SourceFile] = []
  /// Functions that a call came to, with reports on.
  var entered: Set<ObjectIdentifier> = []
  /// Functions that a `try` came to.
  var shielded: Set<ObjectIdentifier> = []
  var made: [AbstractClosure] = []
  var modules: [ObjectIdentifier: Abstract] = [:]
  /// Keeps trees alive whose nodes are keys.
  var trees: [Module] = []

  init(_ environment: CheckEnvironment) { self.environment = environment }

  // MARK: Names

  func read(_ binding: Binding?) -> Abstract {
    guard let binding else { return .anything }
    if binding.kind == .builtin {
      if let constant = environment.constants[binding.name] { return constant }
      return environment.signatures[binding.name].map { .builtin($0) } ?? .anything
    }
    return state[ObjectIdentifier(binding)] ?? .anything
  }

  func write(_ binding: Binding?, _ value: Abstract) {
    guard let binding else { return }
    let id = ObjectIdentifier(binding)
    if binding.isTopLevel { state.globals[id] = value } else { state.locals[id] = value }
    if !journals.isEmpty { journals[journals.count - 1].insert(id) }
  }

  func write(_ id: ObjectIdentifier, _ value: Abstract) {
    state.put(id, value)
    if !journals.isEmpty { journals[journals.count - 1].insert(id) }
  }

  /// Runs `body` and tells which names it wrote.
  func journaled(_ body: () -> Void) -> Set<ObjectIdentifier> {
    journals.append([])
    body()
    let written = journals.removeLast()
    if !journals.isEmpty { journals[journals.count - 1].formUnion(written) }
    return written
  }

  /// Names that hold one of two things from here on.
  func merge(_ written: Set<ObjectIdentifier>, _ a: State, _ b: State) {
    state = a
    for id in written {
      switch (a[id], b[id]) {
      case (let x?, let y?): if !Abstract.isSame(x, y) { write(id, Abstract.join(x, y)) }
      case (nil, let y?): state.locals[id] = y
      default: break
      }
    }
  }

  func symbol(_ name: String, isDeclared: Bool = false) -> Int {
    names.symbols.append(Symbol(name: name, isDeclared: isDeclared))
    return names.symbols.count - 1
  }

  // MARK: Reports

  func isRoot(_ source: SourceFile) -> Bool { roots.contains { $0 === source } }

  /// Reports a problem at `span`, or at the call that leads there from a text that is being checked.
  func report(
    _ problem: Problem, _ span: Span, labels: [Diagnostic.Label] = [], help: String? = nil, isWarning: Bool = false
  ) {
    guard silenced == 0, steps < maximumSteps else { return }
    var labels = labels
    var place = span
    if isRoot(span.source) {
      if let call = frames.last(where: { !$0.isAlone && isRoot($0.span.source) }) {
        labels.append(Diagnostic.Label(call.span, "in this call of `\(call.function)`"))
      }
    } else {
      guard let call = frames.last(where: { !$0.isAlone && isRoot($0.span.source) }) else { return }
      if isWarning { return }
      place = call.span
      labels.insert(Diagnostic.Label(span, "in `\(frames.last?.function ?? call.function)`"), at: 0)
    }
    // An outer call of the same text says more about where the value came from.
    let line = place.source.line(of: place.start)
    guard reported.insert(Reported(start: place.start, line: line, id: problem.id)).inserted else { return }
    var diagnostic = Diagnostic(problem, at: place, labels: labels, help: help)
    if isWarning { diagnostic.severity = .warning }
    diagnostics.append(diagnostic)
  }

  func wrongType(_ operation: String, expected: String, _ value: Abstract, _ span: Span, help: String? = nil) {
    report(
      .wrongType(operation: operation, expected: expected, found: value.described(names)), span,
      labels: origin(value), help: help)
  }

  /// "was made here" for a value whose making is known.
  func origin(_ value: Abstract, _ what: String? = nil) -> [Diagnostic.Label] {
    let span: Span?
    let text: String
    switch value {
    case .tensor(let tensor):
      span = tensor.origin
      text = what ?? tensor.dims.map { names.text($0) } ?? "the tensor"
    case .record(let record):
      span = record.origin
      text = what ?? "the record"
    case .list(let list):
      span = list.origin
      text = what ?? "the list"
    default: return []
    }
    return span.map { [Diagnostic.Label($0, "\(text) was made here")] } ?? []
  }
}
