// What the checker is told of the builtins, made from their records.
import Check
import Library
import VM

extension Signature {
  init(_ builtin: Builtin) {
    self.init(
      name: builtin.name,
      parameters: builtin.parameters.map { parameter in
        let requirement: Parameter.Requirement =
          switch parameter.requirement {
          case .required: .required
          case .optional: .optional
          case .variadic: .variadic
          }
        return Parameter(
          name: parameter.name, kinds: KindSet(parameter.kinds), expected: parameter.kinds.description,
          requirement: requirement)
      },
      shown: builtin.signature, result: ResultRule.ofBuiltins[builtin.name] ?? .unknown)
  }

  /// Of all builtins that every script knows.
  static let prelude: [Signature] = Library.all.filter { $0.module == nil }.map { Signature($0) }
}

extension KindSet {
  fileprivate init(_ kinds: ValueKinds) {
    let pairs: [(ValueKinds, KindSet)] = [
      (.none, .none), (.bool, .bool), (.int, .int), (.float, .float), (.string, .string), (.list, .list),
      (.record, .record), (.range, .range), (.function, .function), (.tensor, .tensor), (.generator, .generator),
      (.sequence, .sequence), (.host, .host), (.dtype, .dtype),
    ]
    self = []
    for (kind, own) in pairs where kinds.contains(kind) { insert(own) }
    // An element type is given as its name.
    if kinds.contains(.dtype) { insert(.string) }
  }
}

extension Abstract {
  /// Names with a value instead of a function.
  static var prelude: [String: Abstract] {
    var values: [String: Abstract] = ["seed": .integer, "arguments": .strings]
    for constant in Library.constants { values[constant.name] = .number(constant.value) }
    for word in Library.words { values[word] = .text(word) }
    return values
  }
}
