// Calls of builtins: arguments against the record's parameters, then what the call gives (`ResultRule`). This file has the
// matching and the rules that make tensors; Checker+Reductions, Checker+Collections and Checker+Derivatives the others.
import Diagnostics
import Syntax

/// The arguments of a builtin, by parameter.
struct Fitted {
  let signature: Signature
  let span: Span
  var values: [Checker.Given?]
  var rest: [Checker.Given] = []

  subscript(index: Int) -> Abstract? { values.indices.contains(index) ? values[index]?.value : nil }
  func span(_ index: Int) -> Span { (values.indices.contains(index) ? values[index]?.span : nil) ?? span }
}

extension Checker {
  func apply(_ signature: Signature, _ given: [Given], _ span: Span) -> Abstract {
    guard let fitted = fit(signature, given, span) else { return .anything }
    for (index, parameter) in signature.parameters.enumerated() {
      if let argument = fitted.values[index] { check(argument, parameter, signature) }
    }
    return result(fitted)
  }

  private func fit(_ signature: Signature, _ given: [Given], _ span: Span) -> Fitted? {
    let parameters = signature.parameters
    let variadic = parameters.firstIndex { $0.requirement == .variadic }
    var fitted = Fitted(signature: signature, span: span, values: Array(repeating: nil, count: parameters.count))
    let help = "it is \(signature.shown)"
    var next = 0
    for argument in given {
      guard let name = argument.name else {
        if let variadic, next >= variadic {
          fitted.rest.append(argument)
        } else if next < parameters.count {
          fitted.values[next] = argument
          next += 1
        } else {
          report(
            .wrongArity(function: signature.name, expected: arity(signature), found: given.count), span, help: help)
          return nil
        }
        continue
      }
      guard let index = parameters.firstIndex(where: { $0.name == name }) else {
        let near = Suggest.near(name, among: parameters.map(\.name))
        report(
          .unknownArgument(function: signature.name, name: name, near: near), argument.nameSpan ?? argument.span,
          help: near.isEmpty ? help : nil)
        return nil
      }
      if fitted.values[index] != nil {
        report(
          .badValue(operation: signature.shown, detail: "the argument `\(name)` is given twice"),
          argument.nameSpan ?? argument.span)
        return nil
      }
      fitted.values[index] = argument
    }
    for (index, parameter) in parameters.enumerated()
    where parameter.requirement == .required && fitted.values[index] == nil {
      report(.missingArgument(function: signature.name, name: parameter.name), span, help: help)
      return nil
    }
    return fitted
  }

  private func arity(_ signature: Signature) -> String {
    let required = signature.parameters.filter { $0.requirement == .required }.count
    let most = signature.parameters.count
    return required == most ? "\(most) argument\(most == 1 ? "" : "s")" : "\(required) to \(most) arguments"
  }

  /// Whether the argument can be what the parameter takes. Numbers, scalars and lists of numbers stand for one another
  /// in many places, so only kinds that are far apart are told from each other.
  private func check(_ given: Given, _ parameter: Signature.Parameter, _ signature: Signature) {
    guard let kind = given.value.kind else { return }
    if parameter.kinds.contains(.dtype), case .string(let text?) = given.value, ElementKind(rawValue: text) == nil {
      return wrongArgument(given, parameter, signature)
    }
    guard kind.isDisjoint(with: parameter.kinds) else { return }
    if kind == .none, parameter.requirement == .optional { return }
    let isWalked = !parameter.kinds.isDisjoint(with: [.string, .range])
    if !isWalked {
      let numeric: KindSet = [.int, .float, .tensor, .bool]
      if !kind.isDisjoint(with: [.int, .float, .bool]), !parameter.kinds.isDisjoint(with: numeric) { return }
      if kind == .list || kind == .range || kind == .record, parameter.kinds.contains(.tensor) { return }
    } else if kind == .float || kind == .bool || kind == .int,
      parameter.kinds.contains(.int) || parameter.kinds.contains(.float)
    {
      return
    }
    if kind == .range, parameter.kinds.contains(.list) { return }
    if kind == .sequence { return }
    if case .tensor(let tensor) = given.value {
      let isPlain = !parameter.kinds.isDisjoint(with: [.int, .float, .bool])
      if isPlain, tensor.dims.map(\.isEmpty) ?? true { return }
      // A tensor of sizes or weights goes where a list goes.
      if parameter.kinds.contains(.list) { return }
    }
    wrongArgument(given, parameter, signature)
  }

  private func wrongArgument(_ given: Given, _ parameter: Signature.Parameter, _ signature: Signature) {
    report(
      .wrongType(
        operation: signature.name, expected: "\(parameter.expected) for `\(parameter.name)`",
        found: given.value.described(names)), given.span, labels: origin(given.value))
  }

  // MARK: Results

  func result(_ call: Fitted) -> Abstract {
    switch call.signature.result {
    case .unknown: return .anything
    case .none: return .none
    case .boolean:
      if call.signature.name == "same", let a = call[0], let b = call[1], a.kind != .tensor, b.kind != .tensor {
        return .bool(equal(a, b))
      }
      return .bool(nil)
    case .integer: return .int(nil)
    case .float: return .float(nil)
    case .string: return .string(nil)
    case .generator, .random: return .generator
    case .same: return call[0] ?? .anything
    case .likeTree: return tree(call[0] ?? .anything) { $0 }
    case .never:
      failed(call)
      isStopped = true
      return .anything
    case .typeName: return typeName(call[0] ?? .anything)
    case .elementwise(let keepsIntegers):
      return tree(call[0] ?? .anything) { leaf in
        switch leaf {
        case .int: keepsIntegers ? .int(nil) : .float(nil)
        case .float: .float(nil)
        case .tensor(let tensor):
          .tensor(
            AbstractTensor(
              dims: tensor.dims,
              type: keepsIntegers || tensor.type == .f64 ? tensor.type : tensor.type == nil ? nil : .f32,
              origin: tensor.origin))
        default: .anything
        }
      }
    case .choose: return chosen(call)
    case .made(let at, let type): return made(call, at, type)
    case .fromList: return fromList(call)
    case .arange: return arange(call)
    case .linspace: return tensor([call[2]?.size], elementType(call[3], .f32), call.span)
    case .eye: return tensor([call[0]?.size, call[0]?.size], elementType(call[1], .f32), call.span)
    case .oneHot:
      guard let ids = dims(of: call[0]) else { return .tensor(AbstractTensor(dims: nil, type: nil, origin: nil)) }
      return tensor(ids + [call[1]?.size], elementType(call[2], .f32), call.span)
    case .reshape: return reshaped(call)
    case .transpose: return transposed(call)
    case .expand: return expanded(call)
    case .concat: return concatenated(call)
    case .stack: return stacked(call)
    case .rowwise:
      guard case .tensor(let tensor)? = call[0] else { return .anything }
      axis(call[1], tensor.dims?.count, call)
      return .tensor(tensor)
    case .crossEntropy: return crossEntropy(call)
    case .cast: return castResult(call)
    case .number:
      if case .tensor(let tensor)? = call[0], let dims = tensor.dims,
        dims.contains(where: { $0?.value.map { $0 > 1 } ?? false })
      {
        wrongType(
          "number", expected: "a tensor of one element for `x`", call[0] ?? .anything, call.span(0),
          help: "`x[0]` takes one out, `list(x)` all")
      }
      switch call[0] {
      case .int(let size)?: return .int(size)
      case .float(let value)?: return .float(value)
      case .tensor(let tensor)?: return tensor.type == .i64 ? .int(nil) : tensor.type == nil ? .anything : .float(nil)
      default: return .anything
      }
    case .reduction, .spread, .argReduction: return reduced(call)
    case .grad, .valueAndGrad, .vmap, .hvp, .vjp, .jvp, .smooth: return derived(call)
    default: return collection(call)
    }
  }

  /// `fail` in the standard library, at a call whose arguments lead there for certain.
  private func failed(_ call: Fitted) {
    guard conditional == 0, let frame = frames.last, !isRoot(frame.node.span.source) else { return }
    report(.failed("this call fails: \(frame.function) does not take these arguments"), call.span)
  }

  private func typeName(_ value: Abstract) -> Abstract {
    switch value {
    case .none: .string("none")
    case .bool: .string("bool")
    case .int: .string("int")
    case .float: .string("float")
    case .string: .string("string")
    case .list: .string("list")
    case .record: .string("record")
    case .range: .string("range")
    case .closure, .builtin: .string("function")
    case .tensor: .string("tensor")
    default: .string(nil)
    }
  }

  func tensor(_ dims: [Size?]?, _ type: ElementKind?, _ origin: Span) -> Abstract {
    .tensor(AbstractTensor(dims: dims, type: type, origin: origin))
  }

  func elementType(_ value: Abstract?, _ standard: ElementKind?) -> ElementKind? {
    switch value {
    case nil, .some(.none): standard
    case .string(let text?)?: ElementKind(rawValue: text)
    default: nil
    }
  }

  /// The sizes that `[2, n]` or `3` ask for.
  func sizes(_ value: Abstract?, _ span: Span) -> [Size?]? {
    switch value {
    case .int(let size)?: return [size]
    case .list(let list)?:
      guard let items = list.items else {
        return list.count?.value.flatMap { $0 <= 16 ? Array(repeating: nil, count: $0) : nil }
      }
      for item in items {
        guard let kind = item.kind, kind.isDisjoint(with: [.int, .tensor]) else { continue }
        wrongType("a shape", expected: "integers", item, span)
        return nil
      }
      return items.map(\.size)
    default: return nil
    }
  }

  /// Axes of a tensor, of a number, or of a list that stands for a tensor.
  func dims(of value: Abstract?, depth: Int = 0) -> [Size?]? {
    switch value {
    case .tensor(let tensor)?: return tensor.dims
    case .int?, .float?, .bool?: return []
    case .range(let range)?: return [range.count]
    case .list(let list)?:
      guard depth < 8 else { return nil }
      guard let items = list.items else {
        guard let inner = dims(of: list.element, depth: depth + 1) else { return nil }
        return [list.count] + inner
      }
      guard let first = items.first else { return [Size(0)] }
      guard var inner = dims(of: first, depth: depth + 1) else { return nil }
      for item in items.dropFirst() {
        guard let other = dims(of: item, depth: depth + 1), other.count == inner.count else { return nil }
        inner = zip(inner, other).map { $0 == $1 ? $0 : nil }
      }
      return [Size(items.count)] + inner
    default: return nil
    }
  }

  private func made(_ call: Fitted, _ at: Int, _ type: ResultRule.MadeType) -> Abstract {
    let dims = sizes(call[at], call.span(at))
    let position = call.signature.parameters.firstIndex { $0.name == "dtype" }
    let given = position.flatMap { call[$0] }
    let standard: ElementKind?
    switch type {
    case .f32: standard = .f32
    case .ofValue(let index):
      standard = if case .int? = call[index] { .i64 } else if case .float? = call[index] { .f32 } else { nil }
    }
    return tensor(dims, elementType(given, standard), call.span)
  }

  private func fromList(_ call: Fitted) -> Abstract {
    func kind(_ value: Abstract?, _ depth: Int) -> ElementKind? {
      switch value {
      case .int?: return .i64
      case .float?: return .f32
      case .bool?: return .bool
      case .tensor(let tensor)?: return tensor.type
      case .list(let list)? where depth < 8:
        let kinds = (list.items ?? [list.element]).map { kind($0, depth + 1) }
        guard let first = kinds.first else { return nil }
        if kinds.allSatisfy({ $0 == first }) { return first }
        return kinds.allSatisfy { $0 == .i64 || $0 == .f32 } ? .f32 : nil
      default: return nil
      }
    }
    if case .list(let list)? = call[0] { ragged(list, call) }
    return tensor(dims(of: call[0]), elementType(call[1], kind(call[0], 0)), call.span)
  }

  private func ragged(_ list: AbstractList, _ call: Fitted) {
    guard let items = list.items else { return }
    var lengths: [Int] = []
    for case .list(let row) in items { if let count = row.count?.value { lengths.append(count) } }
    if let first = lengths.first, let other = lengths.first(where: { $0 != first }) {
      report(
        .shapeMismatch(
          operation: "tensor", detail: "one row has \(first) items, another \(other), so the list is no tensor"),
        call.span(0))
    }
  }

  private func arange(_ call: Fitted) -> Abstract {
    let given = [call[0], call[1], call[2]].compactMap { $0 }
    let isWhole = given.allSatisfy { if case .int = $0 { true } else { false } }
    let type = elementType(
      call[3], isWhole ? .i64 : given.contains { if case .float = $0 { true } else { false } } ? .f32 : nil)
    var end = call[1]
    if case .some(.none) = end { end = nil }
    var range = AbstractRange(start: end == nil ? Size(0) : call[0]?.size, end: (end ?? call[0])?.size, step: 1)
    if let step = call[2] { range.step = step.size?.value }
    return tensor([range.count], type, call.span)
  }

  private func castResult(_ call: Fitted) -> Abstract {
    let type = elementType(call[1], nil)
    if case .bool? = call[0] {
      return type == .i64 ? .int(nil) : type == nil || type == .bool ? .anything : .float(nil)
    }
    return tree(call[0] ?? .anything) { leaf in
      switch leaf {
      case .tensor(let tensor): return .tensor(AbstractTensor(dims: tensor.dims, type: type, origin: tensor.origin))
      case .int(let size): return type == .i64 ? .int(size) : type == nil || type == .bool ? .anything : .float(nil)
      case .float: return type == .i64 ? .int(nil) : type == nil || type == .bool ? .anything : .float(nil)
      default: return .anything
      }
    }
  }

  private func chosen(_ call: Fitted) -> Abstract {
    var result: Abstract?
    for index in call.values.indices {
      guard let value = call[index] else { continue }
      switch value {
      case .tensor(let tensor):
        if case .tensor(let before)? = result {
          result = .tensor(broadcast(call.signature.name, before, tensor, call.span, type: nil))
        } else {
          result = .tensor(AbstractTensor(dims: tensor.dims, type: nil, origin: tensor.origin))
        }
      case .int, .float, .bool, .none: break
      default: return .anything
      }
    }
    return result ?? .anything
  }
}
