// `sum`, `max` and the other reductions: of a tensor or list, of several values, of a comprehension.
import Diagnostics
import Syntax

extension Checker {
  func reduced(_ call: Fitted) -> Abstract {
    switch call.signature.result {
    case .argReduction:
      guard let dims = dims(of: call[0]) else { return .anything }
      guard let given = call[1], given.kind != KindSet.none else {
        return tensor([], .i64, call.span)
      }
      guard let axis = axis(given, dims.count, call) else { return .anything }
      var result = dims
      result.remove(at: axis)
      return tensor(result, .i64, call.span)
    case .spread: return along(call[0] ?? .anything, call[1], call[2], call, kind: nil)
    case .reduction(let kind): return reduced(call, kind)
    default: return .anything
    }
  }

  private func reduced(_ call: Fitted, _ kind: ResultRule.Reduced) -> Abstract {
    guard let first = call.rest.first else { return .anything }
    if call.rest.count == 1 {
      switch first.value {
      case .string, .none, .closure, .builtin, .derived, .generator, .record:
        wrongType(call.signature.name, expected: "a tensor, a list or a comprehension", first.value, first.span)
        return .anything
      default: return along(first.value, call[1], call[2], call, kind: kind)
      }
    }
    // `sum(x, 0)` is how another library writes an axis.
    if call.rest.count == 2, case .tensor(let tensor) = first.value, tensor.dims?.isEmpty == false,
      case .int = call.rest[1].value, ![.max, .min].contains(where: { isSame($0, kind) })
    {
      wrongType(
        call.signature.name, expected: "the axis by its name", call.rest[1].value, call.rest[1].span,
        help: "write `axis: \(text(call.rest[1].span))`")
      return .anything
    }
    var result = first.value
    for (index, other) in call.rest.enumerated() {
      switch other.value {
      case .string, .none, .closure, .builtin, .derived, .generator:
        report(
          .wrongType(
            operation: call.signature.name, expected: "numbers, tensors or trees (argument \(index + 1))",
            found: other.value.described(names)), other.span)
        return .anything
      default: break
      }
      if index > 0 { result = pairwise(call.signature.name, result, other.value, call.span, kind) }
    }
    return result
  }

  private func isSame(_ a: ResultRule.Reduced, _ b: ResultRule.Reduced) -> Bool { a == b }

  private func pairwise(
    _ name: String, _ a: Abstract, _ b: Abstract, _ span: Span, _ kind: ResultRule.Reduced
  ) -> Abstract {
    switch (a, b) {
    case (.tensor(let x), .tensor(let y)):
      return .tensor(broadcast(name, x, y, span, type: x.type == y.type ? x.type : nil))
    case (.tensor(let x), .int), (.tensor(let x), .float), (.int, .tensor(let x)), (.float, .tensor(let x)):
      return .tensor(AbstractTensor(dims: x.dims, type: nil, origin: x.origin))
    case (.int(let x?), .int(let y?)):
      guard let m = x.value, let n = y.value else { return .int(nil) }
      switch kind {
      case .max: return .int(Size(max(m, n)))
      case .min: return .int(Size(min(m, n)))
      default: return kind == .mean || kind == .logsumexp ? .float(nil) : .anything
      }
    case (.int, .int): return kind == .max || kind == .min || kind == .sum || kind == .prod ? .int(nil) : .anything
    case (.int, .float), (.float, .int), (.float, .float): return .float(nil)
    default: return .anything
    }
  }

  /// Of all elements, or along the axes that are named.
  private func along(
    _ value: Abstract, _ axes: Abstract?, _ keep: Abstract?, _ call: Fitted, kind: ResultRule.Reduced?
  ) -> Abstract {
    let named = axes.flatMap { axis -> Abstract? in if case .none = axis { nil } else { axis } }
    if case .list(let list) = value, named == nil { return ofList(list, kind) }
    guard case .tensor(let tensor) = value else { return .anything }
    let type: ElementKind? =
      switch kind {
      case .any, .all: .bool
      case .sum, .prod, .max, .min: tensor.type == .bool ? (kind == .sum ? .i64 : nil) : tensor.type
      default: tensor.type == .f64 ? .f64 : tensor.type == nil ? nil : .f32
      }
    guard let named else {
      if case .bool(true)? = keep {
        return self.tensor(tensor.dims?.map { _ in Size(1) }, type, call.span)
      }
      return .tensor(
        AbstractTensor(dims: keep == nil || tensor.dims?.isEmpty == true ? [] : nil, type: type, origin: nil))
    }
    guard let dims = tensor.dims else { return .tensor(AbstractTensor(dims: nil, type: type, origin: nil)) }
    var places: [Int] = []
    switch named {
    case .list(let list):
      guard let items = list.items else { return .tensor(AbstractTensor(dims: nil, type: type, origin: nil)) }
      for item in items {
        guard let place = axis(item, dims.count, call) else {
          return .tensor(AbstractTensor(dims: nil, type: type, origin: nil))
        }
        places.append(place)
      }
    default:
      guard let place = axis(named, dims.count, call) else {
        return .tensor(AbstractTensor(dims: nil, type: type, origin: nil))
      }
      places = [place]
    }
    let keeps: Bool?
    switch keep {
    case nil: keeps = false
    case .bool(let known)?: keeps = known
    default: keeps = nil
    }
    guard let keeps else { return .tensor(AbstractTensor(dims: nil, type: type, origin: nil)) }
    let result = dims.enumerated().compactMap { index, size -> Size?? in
      places.contains(index) ? (keeps ? .some(Size(1)) : nil) : .some(size)
    }
    return self.tensor(result, type, call.span)
  }

  private func ofList(_ list: AbstractList, _ kind: ResultRule.Reduced?) -> Abstract {
    // Sizes that are added or multiplied stay sizes: `prod(x.shape)`.
    if let items = list.items, kind == .sum || kind == .prod {
      var total: Size? = Size(kind == .sum ? 0 : 1)
      for item in items {
        guard case .int(let size) = item else {
          total = nil
          break
        }
        total = total.flatMap { a in size.flatMap { kind == .sum ? Size.sum(a, $0) : Size.product(a, $0) } }
      }
      if let total { return .int(total) }
    }
    let element = list.items?.isEmpty == true ? Abstract.anything : list.common
    switch (kind, element) {
    case (.any, .bool), (.all, .bool): return .bool(nil)
    case (.sum, .int), (.prod, .int), (.max, .int), (.min, .int): return .int(nil)
    case (.sum, .float), (.prod, .float), (.max, .float), (.min, .float), (.mean, .int), (.mean, .float):
      return .float(nil)
    case (.mean, .tensor), (.mean, .record), (.sum, .tensor), (.max, .tensor), (.min, .tensor): return element
    default: return .anything
    }
  }

  /// `sum(e for i, k)`.
  func reduced(_ signature: Signature, _ body: Expr, _ binders: [Binder], _ span: Span) -> Abstract {
    let walked = indexed(body, binders)
    switch signature.result {
    case .reduction(let kind):
      return ofList(.any(of: walked.body, count: nil), kind)
    case .fromList:
      if case .unknown = walked.body { return .tensor(AbstractTensor(dims: nil, type: nil, origin: nil)) }
      switch walked.body {
      case .int, .float, .bool: return tensor(walked.sizes, nil, span)
      case .tensor(let item): return tensor(item.dims.map { walked.sizes + $0 }, item.type, span)
      default: return .anything
      }
    default: return .anything
    }
  }
}
