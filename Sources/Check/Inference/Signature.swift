// What the checker knows of a builtin: plain data that the embedder makes from the builtin's record, so that names,
// parameters and kinds are written once. `ResultRule` says what a call gives, as far as that follows from its arguments.

/// Which kinds of value a parameter takes; as in the builtins' records.
package struct KindSet: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let none = KindSet(rawValue: 1 << 0)
  package static let bool = KindSet(rawValue: 1 << 1)
  package static let int = KindSet(rawValue: 1 << 2)
  package static let float = KindSet(rawValue: 1 << 3)
  package static let string = KindSet(rawValue: 1 << 4)
  package static let list = KindSet(rawValue: 1 << 5)
  package static let record = KindSet(rawValue: 1 << 6)
  package static let range = KindSet(rawValue: 1 << 7)
  package static let function = KindSet(rawValue: 1 << 8)
  package static let tensor = KindSet(rawValue: 1 << 9)
  package static let generator = KindSet(rawValue: 1 << 10)
  package static let sequence = KindSet(rawValue: 1 << 11)
  package static let host = KindSet(rawValue: 1 << 12)
  package static let dtype = KindSet(rawValue: 1 << 13)
}

package struct Signature: Sendable {
  package struct Parameter: Sendable {
    package enum Requirement: Sendable { case required, optional, variadic }
    package let name: String
    package let kinds: KindSet
    /// "a number or a list", for messages.
    package let expected: String
    package let requirement: Requirement
    package init(name: String, kinds: KindSet, expected: String, requirement: Requirement) {
      self.name = name
      self.kinds = kinds
      self.expected = expected
      self.requirement = requirement
    }
  }
  package let name: String
  package let parameters: [Parameter]
  /// `clip(x, low, high)`, for messages.
  package let shown: String
  package let result: ResultRule

  package init(name: String, parameters: [Parameter], shown: String, result: ResultRule) {
    self.name = name
    self.parameters = parameters
    self.shown = shown
    self.result = result
  }
}

/// What a builtin gives. Numbers are positions of parameters.
package enum ResultRule: Sendable {
  /// Nothing is said about it.
  case unknown
  case none, boolean, integer, float, string, generator
  /// Never comes back: `fail`.
  case never
  /// The first argument.
  case same
  /// A tree like the first argument; integers become floats unless they are kept.
  case elementwise(keepsIntegers: Bool)
  /// A tree like the first argument.
  case likeTree
  /// Shapes broadcast against each other: `where`, `clip`.
  case choose
  /// A tensor of the shape that parameter `shape` gives.
  case made(shape: Int, type: MadeType)
  case fromList, arange, linspace, eye, oneHot
  case reshape, transpose, expand, concat, stack
  /// Same shape; parameter 1 is an axis.
  case rowwise
  case crossEntropy
  /// `sum`, `max` ...: all, along an axis, or of several values.
  case reduction(Reduced)
  /// Of one tensor or list, with axis and keep: `std`, `norm`.
  case spread
  case argReduction
  case cast, number
  case length
  case append, enumerate, zip, map, filter, fold, items, keys, values, pairs, get
  case toList, reverse, flatten
  case grad, valueAndGrad, vmap, hvp, vjp, jvp
  case random, spawn, permutation, choice, integers, bernoulli, categorical, gamma
  case typeName
  case smooth
  case parallelMap

  package enum MadeType: Sendable {
    case f32
    /// That of a number.
    case ofValue(Int)
  }
  package enum Reduced: Sendable { case sum, prod, max, min, mean, any, all, logsumexp }
}
