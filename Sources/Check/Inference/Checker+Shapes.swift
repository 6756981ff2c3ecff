// Shapes: broadcasting, matrix products, and the shapes that signatures ask for.
//
// Two sizes clash for certain if they differ whatever their symbols stand for. Two different names of one signature may
// be equal in every call, so what needs them equal is a warning: the names say otherwise.
import Diagnostics
import Syntax

extension Checker {
  enum Agreement { case same, unknown, named, clash }

  /// How sure it is that two sizes differ.
  func agreement(_ a: Size?, _ b: Size?, ignoringBranches: Bool = false) -> Agreement {
    guard let a, let b else { return .unknown }
    if a == b { return .same }
    if Size.differ(a, b) { return .clash }
    // Two bare names, or a name and a number.
    let terms = a.terms + b.terms
    guard a.terms.count <= 1, b.terms.count <= 1, terms.allSatisfy({ $0.factor == 1 }),
      terms.allSatisfy({ names.symbols[$0.symbol].isDeclared })
    else { return .unknown }
    return (conditional == 0 || ignoringBranches) && frames.last?.isAlone == true ? .named : .unknown
  }

  private var namedHelp: String {
    "the signature gives these sizes two names; if they are always equal, give them one"
  }

  // MARK: Broadcasting

  func broadcast(
    _ operation: String, _ x: AbstractTensor, _ y: AbstractTensor, _ span: Span, type: ElementKind?
  ) -> AbstractTensor {
    guard let a = x.dims, let b = y.dims else {
      return AbstractTensor(dims: nil, type: type, origin: nil)
    }
    let rank = max(a.count, b.count)
    var result: [Size?] = []
    var stretchesA = false
    var stretchesB = false
    for axis in 0..<rank {
      let p = axis - (rank - a.count)
      let q = axis - (rank - b.count)
      if p < 0 || q < 0 {
        let size = p < 0 ? b[q] : a[p]
        result.append(size)
        if size != Size(1) { if p < 0 { stretchesA = true } else { stretchesB = true } }
        continue
      }
      let one = Size(1)
      if a[p] == one && b[q] != one {
        stretchesA = stretchesA || b[q] != nil
        result.append(b[q])
      } else if b[q] == one && a[p] != one {
        stretchesB = stretchesB || a[p] != nil
        result.append(a[p])
      } else {
        let agreed = agreement(a[p], b[q])
        // A symbol may stand for 1, which goes with every size.
        let isCertain = agreed == .clash && a[p]?.value != nil && b[q]?.value != nil
        if isCertain || agreed == .clash || agreed == .named {
          report(
            .shapeMismatch(
              operation: operation,
              detail: "needs shapes that agree, found \(names.text(a)) and \(names.text(b))"), span,
            labels: origin(.tensor(x)) + origin(.tensor(y)),
            help: isCertain ? nil : agreed == .named ? namedHelp : "these sizes agree only where one of them is 1",
            isWarning: !isCertain)
          return AbstractTensor(dims: nil, type: type, origin: nil)
        }
        result.append(a[p] == b[q] ? a[p] : a[p]?.value.map { Size($0) } ?? b[q]?.value.map { Size($0) })
      }
    }
    let isKnown = !a.isEmpty && !b.isEmpty
    if stretchesA && stretchesB && isKnown && isSuspicious(a, b) {
      report(
        .stretchedBoth(operation: operation, left: names.text(a), right: names.text(b), result: names.text(result)),
        span, labels: origin(.tensor(x)) + origin(.tensor(y)),
        help: "if that is meant, say so: give both all their axes with `x[:, none]` and `y[none, :]`", isWarning: true)
    }
    // The origin of the shape: the side that has it.
    let origin = a.count >= b.count && !stretchesA ? x.origin : !stretchesB ? y.origin : span
    return AbstractTensor(dims: result, type: type, origin: origin)
  }

  /// `[n, 1]` against `[n]`: two vectors of one length that were meant element by element.
  private func isSuspicious(_ a: [Size?], _ b: [Size?]) -> Bool {
    let (long, short) = a.count > b.count ? (a, b) : (b, a)
    guard long.count == short.count + 1, long.last == Size(1), let last = short.last, let size = last else {
      return false
    }
    return long[long.count - 2] == size && size != Size(1)
  }

  // MARK: Products

  func product(_ a: Abstract, _ b: Abstract, _ span: Span) -> Abstract {
    for side in [a, b] {
      switch side {
      case .unknown, .tensor, .sequence: break
      default:
        report(
          .wrongType(operation: "@", expected: "two tensors", found: side.described(names)), span, labels: origin(side))
        return .anything
      }
    }
    guard case .tensor(let x) = a, case .tensor(let y) = b else { return .anything }
    let type = x.type == y.type ? x.type : nil
    let nothing = Abstract.tensor(AbstractTensor(dims: nil, type: type, origin: nil))
    guard let p = x.dims, let q = y.dims else { return nothing }
    if p.isEmpty || q.isEmpty {
      report(
        .wrongType(
          operation: "@", expected: "tensors with axes", found: "\(a.described(names)) and \(b.described(names))"), span
      )
      return .anything
    }
    let inner = p[p.count - 1]
    let other = q.count == 1 ? q[0] : q[q.count - 2]
    let agreed = agreement(inner, other)
    if agreed == .clash || agreed == .named {
      report(
        .shapeMismatch(
          operation: "@",
          detail:
            "needs inner sizes to agree, found \(names.text(inner)) and \(names.text(other)): \(names.text(p)) @ \(names.text(q))"
        ), span, labels: origin(a) + origin(b), help: agreed == .named ? namedHelp : nil, isWarning: agreed == .named)
      return nothing
    }
    // Leading axes broadcast.
    let batch = broadcast(
      "@", AbstractTensor(dims: Array(p.dropLast(2)), type: nil, origin: nil),
      AbstractTensor(dims: Array(q.dropLast(2)), type: nil, origin: nil), span, type: nil)
    guard var dims = batch.dims else { return nothing }
    if p.count >= 2 { dims.append(p[p.count - 2]) }
    if q.count >= 2 { dims.append(q[q.count - 1]) }
    return .tensor(AbstractTensor(dims: dims, type: type, origin: span))
  }

  // MARK: Signatures

  /// A value of which nothing but its shape is known.
  func assumed(_ shape: ShapeSyntax) -> Abstract {
    switch shape {
    case .record(let fields, _):
      return .record(
        AbstractRecord(
          fields: fields.map { ($0.name, assumed($0.shape)) }, isClosed: false, origin: nil, module: nil))
    case .axes(let axes, _):
      var dims: [Size?]? = []
      for axis in axes {
        switch axis {
        case .rest: dims = nil
        case .any: dims?.append(nil)
        case .size(let e): dims?.append(value(e).size)
        }
      }
      // `[]` is also what a plain number has.
      if axes.isEmpty { return .anything }
      return .tensor(AbstractTensor(dims: dims, type: nil, origin: nil))
    }
  }

  /// Holds a value against a shape; binds the sizes that the shape names first. Gives what is known of the value then.
  func demand(
    _ shape: ShapeSyntax, _ value: Abstract, subject: String, _ span: Span, labels: [Diagnostic.Label] = [],
    isResult: Bool = false
  ) -> Abstract {
    switch (shape, value) {
    case (_, .unknown):
      bindUnknown(shape)
      return isResult ? value : assumedFor(shape, value)
    case (.record(let fields, _), .record(var record)):
      for field in fields {
        guard let item = record[field.name] else {
          if record.isClosed {
            report(
              .unknownField(field.name, near: Suggest.near(field.name, among: record.fields.map(\.name))), span,
              labels: labels + origin(value), help: "\(subject) needs this field")
          }
          bindUnknown(field.shape)
          continue
        }
        let name = subject.hasSuffix("`") ? "\(subject.dropLast()).\(field.name)`" : "`.\(field.name)` of \(subject)"
        record.set(field.name, demand(field.shape, item, subject: name, span, labels: labels, isResult: isResult))
      }
      return .record(record)
    case (.record, _):
      report(
        .wrongType(operation: subject, expected: "a record", found: value.described(names)), span,
        labels: labels + origin(value))
      return .anything
    case (.axes(let axes, _), _): return demand(axes, shape, value, subject, span, labels, isResult)
    }
  }

  private func assumedFor(_ shape: ShapeSyntax, _ value: Abstract) -> Abstract {
    switch shape {
    case .axes(let axes, _) where axes.isEmpty: return value
    default: return assumed(shape)
    }
  }

  private func bindUnknown(_ shape: ShapeSyntax) {
    switch shape {
    case .record(let fields, _): for field in fields { bindUnknown(field.shape) }
    case .axes(let axes, _):
      for case .size(let e) in axes {
        guard let binding = e.binding, binding.kind == .size, state[ObjectIdentifier(binding)] == nil else { continue }
        write(binding, .int(Size(symbol: symbol(binding.name))))
      }
    }
  }

  private func madeSpan(_ value: Abstract) -> Span? {
    if case .tensor(let tensor) = value { tensor.origin } else { nil }
  }

  /// Which argument gave a size its number, and where that was made.
  private func giver(_ e: Expr, _ size: Size?) -> [Diagnostic.Label] {
    guard let binding = e.binding, let giver = givers[ObjectIdentifier(binding)], let made = giver.made else {
      return []
    }
    return [Diagnostic.Label(made, "`\(binding.name)` is \(names.text(size)) by \(giver.subject), made here")]
  }

  private func demand(
    _ axes: [AxisSyntax], _ shape: ShapeSyntax, _ value: Abstract, _ subject: String, _ span: Span,
    _ labels: [Diagnostic.Label], _ isResult: Bool
  ) -> Abstract {
    let dims: [Size?]
    switch value {
    case .tensor(let tensor):
      guard let known = tensor.dims else {
        bindUnknown(shape)
        return isResult ? value : assumed(shape)
      }
      dims = known
    case .int, .float, .bool: dims = []
    default:
      report(
        .wrongType(operation: subject, expected: "a tensor \(text(shape.span))", found: value.described(names)), span,
        labels: labels + origin(value), help: value.kind == .list ? "`tensor(xs)` makes one of a list" : nil)
      bindUnknown(shape)
      return .anything
    }
    let rest = axes.firstIndex { if case .rest = $0 { true } else { false } }
    let fixed = rest == nil ? axes.count : axes.count - 1
    guard rest == nil ? dims.count == fixed : dims.count >= fixed else {
      report(
        .shapeMismatch(operation: subject, detail: "needs \(text(shape.span)), found \(names.text(dims))"), span,
        labels: labels + origin(value))
      bindUnknown(shape)
      return .anything
    }
    for (index, axis) in axes.enumerated() {
      let at = rest.map { index > $0 } ?? false ? dims.count - (axes.count - index) : index
      guard case .size(let e) = axis else { continue }
      if let binding = e.binding, binding.kind == .size, state[ObjectIdentifier(binding)] == nil {
        write(binding, .int(dims[at] ?? Size(symbol: symbol(binding.name))))
        givers[ObjectIdentifier(binding)] = (subject, madeSpan(value))
        continue
      }
      let wanted = self.value(e).size
      let agreed = agreement(wanted, dims[at])
      guard agreed == .clash || agreed == .named else { continue }
      report(
        .sizeMismatch(name: text(e.span), expected: names.text(wanted), found: names.text(dims[at])), span,
        labels: labels + origin(value) + giver(e, wanted),
        help: agreed == .named ? namedHelp : "\(subject) needs \(text(shape.span)), found \(names.text(dims))",
        isWarning: agreed == .named)
      // What follows from sizes that can't be together would be told again and again.
      if agreed == .clash { return .anything }
      break
    }
    return value
  }
}
