// Fields and indices.
import Diagnostics
import Syntax

extension Checker {
  func field(_ value: Abstract, _ name: String, _ span: Span, base: Expr?) -> Abstract {
    switch value {
    case .unknown, .sequence: return .anything
    case .record(let record):
      if let found = record[name] { return found }
      if record.isClosed {
        unknownField(name, record, span)
      }
      return .anything
    case .tensor(let tensor):
      switch name {
      case "shape":
        guard let dims = tensor.dims else { return .list(.any(of: .int(nil))) }
        return .list(.of(dims.map { .int($0) }))
      case "dtype": return .string(tensor.type?.rawValue)
      case "T":
        return .tensor(
          AbstractTensor(dims: tensor.dims.map { $0.reversed() }, type: tensor.type, origin: tensor.origin))
      default:
        let isFunction = environment.signatures[name] != nil
        report(
          .unknownField(name, near: Suggest.near(name, among: ["shape", "dtype", "T"])), span,
          help: isFunction ? "`\(name)` is a function: `\(name)(x)`" : "a tensor has `shape`, `dtype` and `T`")
        return .anything
      }
    default:
      wrongType(".\(name)", expected: "a record", value, span)
      return .anything
    }
  }

  func unknownField(_ name: String, _ record: AbstractRecord, _ span: Span) {
    let known = record.fields.map(\.name)
    let near = Suggest.near(name, among: known)
    var help: String?
    if near.isEmpty, !known.isEmpty, known.count <= 12 {
      let listed = known.map { "`\($0)`" }.joined(separator: ", ")
      help = record.module.map { "the module `\($0)` has \(listed)" } ?? "the record has \(listed)"
    }
    report(.unknownField(name, near: near), span, labels: origin(.record(record)), help: help)
  }

  func walk(_ item: IndexItem) {
    switch item {
    case .value(let e): _ = value(e)
    case .slice(let a, let b, let step, _): for part in [a, b, step] { if let part { _ = value(part) } }
    case .newAxis, .ellipsis: break
    }
  }

  func index(_ value: Abstract, _ items: [IndexItem], _ span: Span, base: Expr? = nil) -> Abstract {
    switch value {
    case .tensor(let tensor):
      let isTable = base?.binding?.isTable ?? false
      return index(tensor, items, span, isTable: isTable)
    case .list(let list): return index(list, items, span)
    case .record(let record):
      guard items.count == 1, case .value(let e) = items[0] else {
        for item in items { walk(item) }
        return .anything
      }
      guard case .string(let name?) = self.value(e) else { return .anything }
      if let found = record[name] { return found }
      if record.isClosed {
        report(
          .missingKey("\"\(name)\""), e.span, labels: origin(value),
          help: Suggest.near(name, among: record.fields.map(\.name)).first.map { "did you mean \"\($0)\"?" })
      }
      return .anything
    case .string:
      for item in items { walk(item) }
      return .string(nil)
    case .range:
      if items.count == 1, case .slice = items[0] {
        walk(items[0])
        return .range(AbstractRange(start: nil, end: nil, step: nil))
      }
      for item in items { walk(item) }
      return .int(nil)
    case .unknown, .sequence:
      for item in items { walk(item) }
      return .anything
    default:
      for item in items { walk(item) }
      wrongType("an index", expected: "a list, record, string, range or tensor before it", value, base?.span ?? span)
      return .anything
    }
  }

  private func index(_ list: AbstractList, _ items: [IndexItem], _ span: Span) -> Abstract {
    guard items.count == 1 else {
      for item in items { walk(item) }
      return .anything
    }
    switch items[0] {
    case .value(let e):
      let key = value(e)
      if let kind = key.kind, kind.isDisjoint(with: [.int, .tensor, .range]) {
        wrongType("an index of a list", expected: "an integer", key, e.span)
        return .anything
      }
      guard let raw = key.size?.value else { return key.kind == .int || key.isUnknown ? list.common : .anything }
      guard let count = list.count?.value else { return list.common }
      let position = raw < 0 ? raw + count : raw
      if position < 0 || position >= count {
        report(
          .indexOutOfRange(index: "\(raw)", size: count, axis: nil), e.span,
          labels: list.origin.map { [Diagnostic.Label($0, "the list was made here")] } ?? [])
        return .anything
      }
      return list.items.map { $0.indices.contains(position) ? $0[position] : .anything } ?? list.element
    case .slice(let a, let b, let step, _):
      let ends = [a, b, step].map { $0.map { value($0) } }
      if let items = list.items, step == nil {
        let low = ends[0].map { $0.size?.value } ?? 0
        let high = ends[1].map { $0.size?.value } ?? items.count
        if let low, let high {
          let from = min(max(low < 0 ? low + items.count : low, 0), items.count)
          let to = min(max(high < 0 ? high + items.count : high, from), items.count)
          return .list(.of(Array(items[from..<to]), origin: list.origin))
        }
      }
      return .list(.any(of: list.common))
    case .newAxis, .ellipsis: return .anything
    }
  }

  // MARK: Tensors

  private func index(_ tensor: AbstractTensor, _ items: [IndexItem], _ span: Span, isTable: Bool) -> Abstract {
    guard let dims = tensor.dims else {
      for item in items { walk(item) }
      return .tensor(AbstractTensor(dims: nil, type: tensor.type, origin: nil))
    }
    let keys = items.map { item -> Abstract? in
      guard case .value(let e) = item else {
        walk(item)
        return nil
      }
      return value(e)
    }
    // A mask takes as many axes as it has.
    func width(_ place: Int) -> Int? {
      switch items[place] {
      case .newAxis, .ellipsis: return 0
      case .slice: return 1
      case .value:
        guard case .tensor(let key)? = keys[place] else { return keys[place]?.isUnknown == true ? nil : 1 }
        if key.type == .bool { return key.dims?.count }
        return key.type == nil && key.dims?.isEmpty != true ? nil : 1
      }
    }
    var used = 0
    for place in items.indices {
      guard let more = width(place) else {
        // An unknown value may be an integer or a tensor of ids.
        return .anything
      }
      used += more
    }
    if used > dims.count {
      report(
        .shapeMismatch(
          operation: "index",
          detail:
            "needs at most one index an axis, found \(used) ind\(used == 1 ? "ex" : "ices") for \(names.text(dims))"),
        span, labels: origin(.tensor(tensor)))
      return .anything
    }
    var result: [Size?] = []
    var axis = 0
    for (place, item) in items.enumerated() {
      switch item {
      case .newAxis: result.append(Size(1))
      case .ellipsis:
        let kept = dims.count - used
        result += dims[axis..<axis + kept]
        axis += kept
      case .slice(let a, let b, let step, _):
        result.append(slice(dims[axis], a, b, step))
        axis += 1
      case .value(let e):
        switch keys[place] ?? .anything {
        case .int(let position):
          if !isTable { check(position, dims[axis], axis, dims.count, e.span, tensor) }
          axis += 1
        case .tensor(let key) where key.type == .bool:
          let count = key.dims?.count ?? 1
          mask(key, Array(dims[axis..<axis + count]), axis, e.span)
          result.append(nil)
          axis += count
        case .tensor(let key):
          result += key.dims ?? []
          axis += 1
        case .list(let ids):
          // A list of booleans is a mask.
          if case .int = ids.common { result.append(ids.count) } else { result.append(nil) }
          axis += 1
        case .range:
          result.append(nil)
          axis += 1
        case .unknown:
          axis += 1
        default:
          wrongType(
            "an index of a tensor", expected: "an integer, a slice, a tensor of ids or a mask",
            keys[place] ?? .anything, e.span)
          return .anything
        }
      }
    }
    result += dims[axis...]
    return .tensor(AbstractTensor(dims: result, type: tensor.type, origin: tensor.origin))
  }

  private func check(_ position: Size?, _ size: Size?, _ axis: Int, _ rank: Int, _ span: Span, _ tensor: AbstractTensor)
  {
    guard let position = position?.value, let size = size?.value, position >= size || position < -size else { return }
    report(
      .indexOutOfRange(index: "\(position)", size: size, axis: "axis \(axis)"), span, labels: origin(.tensor(tensor)))
  }

  private func mask(_ mask: AbstractTensor, _ dims: [Size?], _ axis: Int, _ span: Span) {
    guard let own = mask.dims, own.count == dims.count else { return }
    for (offset, pair) in zip(own, dims).enumerated() {
      if let a = pair.0, let b = pair.1, Size.differ(a, b) {
        report(
          .shapeMismatch(
            operation: "mask",
            detail: "axis \(axis + offset) has \(names.text(b)) elements, the mask \(names.text(a))"), span,
          labels: origin(.tensor(mask)))
        return
      }
    }
  }

  private func slice(_ size: Size?, _ a: Expr?, _ b: Expr?, _ step: Expr?) -> Size? {
    if a == nil, b == nil, step == nil { return size }
    guard step == nil, let count = size?.value else { return nil }
    let low = a.map { value($0).size?.value } ?? 0
    let high = b.map { value($0).size?.value } ?? count
    guard let low, let high else { return nil }
    let from = min(max(low < 0 ? low + count : low, 0), count)
    let to = min(max(high < 0 ? high + count : high, from), count)
    return Size(to - from)
  }
}
