// A builtin is a record: its name, parameters, documentation, a runnable example, why or how it is differentiated, and
// its body. `help`, completion, documents, gradient tests and the compiler read this record and nothing else, so what
// is missing does not compile. The Library module fills the table; `Call` is what a body sees of its caller.

/// Which kinds of value a parameter takes.
package struct ValueKinds: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let none = ValueKinds(rawValue: 1 << 0)
  package static let bool = ValueKinds(rawValue: 1 << 1)
  package static let int = ValueKinds(rawValue: 1 << 2)
  package static let float = ValueKinds(rawValue: 1 << 3)
  package static let string = ValueKinds(rawValue: 1 << 4)
  package static let list = ValueKinds(rawValue: 1 << 5)
  package static let record = ValueKinds(rawValue: 1 << 6)
  package static let range = ValueKinds(rawValue: 1 << 7)
  /// A closure or a builtin.
  package static let function = ValueKinds(rawValue: 1 << 8)
  package static let tensor = ValueKinds(rawValue: 1 << 9)
  package static let generator = ValueKinds(rawValue: 1 << 10)
  package static let sequence = ValueKinds(rawValue: 1 << 11)
  package static let host = ValueKinds(rawValue: 1 << 12)
  /// An element type: `f32`, `f64`, `i64`, `bool` (a constant string of that name).
  package static let dtype = ValueKinds(rawValue: 1 << 13)

  package static let number: ValueKinds = [.int, .float]
  /// A number or a tensor (a scalar goes wherever a number goes).
  package static let numeric: ValueKinds = [.int, .float, .tensor]
  /// Records and lists of numbers and tensors, to any depth.
  package static let tree: ValueKinds = [.int, .float, .tensor, .list, .record]
  /// What `for` walks.
  package static let iterable: ValueKinds = [.list, .range, .record, .string, .tensor, .sequence]
  /// `[2, 3]` or one size.
  package static let shape: ValueKinds = [.int, .list]
  package static let any = ValueKinds(rawValue: (1 << 13) - 1)

  /// "a number or a list", for messages.
  package var description: String {
    if contains(.any) { return "any value" }
    var names: [String] = []
    var rest = self
    if contains(.number) {
      names.append("a number")
      rest.subtract(.number)
    }
    let table: [(ValueKinds, String)] = [
      (.int, "an integer"), (.float, "a float"), (.tensor, "a tensor"), (.bool, "a boolean"), (.string, "a string"),
      (.list, "a list"), (.record, "a record"), (.range, "a range"), (.function, "a function"),
      (.generator, "a random generator"), (.sequence, "a sequence"), (.host, "a host object"),
      (.dtype, "an element type (f32, f64, i64, bool)"), (.none, "none"),
    ]
    for (kind, name) in table where rest.contains(kind) { names.append(name) }
    guard let last = names.popLast() else { return "nothing" }
    return names.isEmpty ? last : names.joined(separator: ", ") + " or " + last
  }
}

package struct BuiltinParameter: Sendable {
  package enum Requirement: Sendable, Equatable {
    case required
    /// `shownDefault` is what documents print; the body sees `.absent`.
    case optional(shownDefault: String)
    /// Takes all further positional arguments as one list; at most one, and only named parameters follow it.
    case variadic
  }
  package let name: String
  package let kinds: ValueKinds
  package let requirement: Requirement
  package let summary: String

  package init(
    _ name: String, _ kinds: ValueKinds, _ requirement: Requirement = .required, _ summary: String
  ) {
    self.name = name
    self.kinds = kinds
    self.requirement = requirement
    self.summary = summary
  }
}

/// How a builtin passes derivatives.
package enum Derivative: Sendable {
  /// By a backward rule of the tensor layer; the text names it.
  case rule(String)
  /// It is made of differentiable operations.
  case composed
  case none(because: String)
}

/// What the embedder must grant before a script may use a builtin.
package enum Capability: String, Sendable, CaseIterable { case files, clock, environment, network, processes }

package struct Builtin: Sendable {
  package typealias Body = @Sendable (inout Call) throws -> Value

  package let name: String
  /// nil: in the prelude, known everywhere.
  package let module: String?
  package let parameters: [BuiltinParameter]
  /// One line.
  package let summary: String
  /// Shapes, errors, edge cases; may be empty.
  package let details: String
  /// A runnable script and what it prints.
  package let example: String
  package let expected: String
  package let derivative: Derivative
  package let capability: Capability?
  /// Paper and equation, where there is one.
  package let source: String?
  package let body: Body

  package init(
    _ name: String, module: String? = nil, _ parameters: [BuiltinParameter], summary: String, details: String = "",
    example: String, expected: String, derivative: Derivative, capability: Capability? = nil, source: String? = nil,
    body: @escaping Body
  ) {
    self.name = name
    self.module = module
    self.parameters = parameters
    self.summary = summary
    self.details = details
    self.example = example
    self.expected = expected
    self.derivative = derivative
    self.capability = capability
    self.source = source
    self.body = body
  }

  /// `clip(x, low, high)`, `sum(xs.., axis: none)`: as messages and help show it.
  package var signature: String {
    let shown = parameters.map { parameter in
      switch parameter.requirement {
      case .required: parameter.name
      case .optional(let value): "\(parameter.name): \(value)"
      case .variadic: "\(parameter.name).."
      }
    }
    return "\(name)(\(shown.joined(separator: ", ")))"
  }
}
