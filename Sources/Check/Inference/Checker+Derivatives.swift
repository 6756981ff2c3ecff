// Functions made of functions: `grad(f)`, `vmap(f)`, `smooth(max, entropy, 1.0)` and their like.
import Diagnostics
import Syntax

extension Checker {
  func derived(_ call: Fitted) -> Abstract {
    let base = call[0] ?? .anything
    switch call.signature.result {
    case .grad: return .derived(DerivedFunction(.grad, base))
    case .valueAndGrad:
      let aux: Bool? =
        switch call[1] {
        case nil: false
        case .bool(let known)?: known
        default: nil
        }
      return .derived(DerivedFunction(.valueAndGrad(withAux: aux), base))
    case .vmap: return .derived(DerivedFunction(.vmap, base))
    case .hvp: return .derived(DerivedFunction(.hvp, base))
    case .vjp: return .derived(DerivedFunction(.vjp, base))
    case .jvp: return .derived(DerivedFunction(.jvp, base))
    case .smooth:
      switch call[1] {
      case .int?, .float?, .bool?, .list?, .tensor?, .generator?:
        wrongType(
          "smooth", expected: "`entropy`, `l2` or `tsallis(alpha)` for `regulariser`", call[1] ?? .anything,
          call.span(1))
      default: break
      }
      return .derived(DerivedFunction(.reduction, base))
    default: return .anything
    }
  }

  func apply(_ derived: DerivedFunction, _ given: [Given], _ span: Span) -> Abstract {
    func called(_ arguments: [Given]) -> Abstract {
      apply(derived.base, arguments, span, name: "the function", callee: span)
    }
    switch derived.kind {
    case .reduction: return .anything
    case .grad:
      let value = called(given)
      checkLoss(value, "grad", span)
      return slope(given.first { $0.name == nil }?.value ?? .anything)
    case .valueAndGrad(let withAux):
      let value = called(given)
      let gradient = slope(given.first { $0.name == nil }?.value ?? .anything)
      guard let withAux else { return .anything }
      if !withAux {
        checkLoss(value, "value_and_grad", span)
        return .list(.of([value, gradient], origin: span))
      }
      guard case .list(let list) = value, let items = list.items, items.count == 2 else {
        return .list(.of([.anything, gradient, .anything], origin: span))
      }
      return .list(.of([items[0], gradient, items[1]], origin: span))
    case .hvp:
      // `hvp(f)(u, z, rest..)`
      guard given.count >= 2, given.prefix(2).allSatisfy({ $0.name == nil }) else { return .anything }
      _ = called([given[0]] + given.dropFirst(2))
      return slope(given[0].value)
    case .vjp, .jvp: return .anything
    case .vmap: return mapped(derived, given, span)
    }
  }

  /// A derivative needs one number.
  private func checkLoss(_ value: Abstract, _ operation: String, _ span: Span) {
    guard case .tensor(let tensor) = value, let dims = tensor.dims,
      dims.contains(where: { $0?.value.map { $0 > 1 } ?? false })
    else { return }
    wrongType(
      operation, expected: "a function that gives one number", value, span,
      help: "`sum` or `mean` makes one number of a tensor")
  }

  /// The derivative in a value: a tree like it.
  private func slope(_ value: Abstract) -> Abstract {
    switch value {
    case .float: return .float(nil)
    case .int: return .anything
    case .tensor(let tensor): return tensor.type == .i64 || tensor.type == .bool ? .anything : value
    case .list(let list):
      if let items = list.items { return .list(.of(items.map { slope($0) }, origin: list.origin)) }
      return .list(.any(of: slope(list.element), count: list.count))
    case .record(let record):
      return .record(
        AbstractRecord(
          fields: record.fields.map { ($0.name, slope($0.value)) }, isClosed: record.isClosed, origin: record.origin,
          module: nil))
    default: return .anything
    }
  }

  // MARK: Batches

  private func mapped(_ derived: DerivedFunction, _ given: [Given], _ span: Span) -> Abstract {
    var batch: Size?
    func item(_ value: Abstract) -> Abstract {
      switch value {
      case .tensor(let tensor):
        guard let dims = tensor.dims, let first = dims.first else { return .anything }
        batch = batch ?? first
        return .tensor(AbstractTensor(dims: Array(dims.dropFirst()), type: tensor.type, origin: tensor.origin))
      case .record(let record):
        return .record(
          AbstractRecord(
            fields: record.fields.map { ($0.name, item($0.value)) }, isClosed: record.isClosed, origin: record.origin,
            module: nil))
      default: return .anything
      }
    }
    let items = given.map { argument -> Given in
      var argument = argument
      if argument.name == nil {
        if case .list(let list) = argument.value {
          switch list.common {
          case .int, .float: argument.value = .tensor(.scalar(nil))
          default: argument.value = list.common
          }
          batch = batch ?? list.count
        } else {
          argument.value = item(argument.value)
        }
      }
      return argument
    }
    let result = generic { apply(derived.base, items, span, name: "the function", callee: span) }
    guard case .tensor(let tensor) = result, let dims = tensor.dims else { return .anything }
    // A ragged batch gives a list.
    if given.contains(where: { $0.name == nil && $0.value.kind == .list }) { return .anything }
    return .tensor(AbstractTensor(dims: [batch] + dims, type: tensor.type, origin: span))
  }
}
