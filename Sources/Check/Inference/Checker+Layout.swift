// Builtins that move elements: reshape, transpose, expand, concat, stack; and axes.
import Diagnostics
import Syntax

extension Checker {
  /// The axis that an argument names, from 0; nil if unknown. Reports one that is not there.
  @discardableResult
  func axis(_ value: Abstract?, _ rank: Int?, _ call: Fitted, standard: Int? = nil) -> Int? {
    let named: Int?
    switch value {
    case nil, .some(.none): named = standard
    case .int(let size)?: named = size?.value
    default: return nil
    }
    guard let named, let rank else { return nil }
    if named >= rank || named < -rank {
      let position = call.signature.parameters.firstIndex { $0.name == "axis" } ?? 0
      report(
        .axisOutOfRange(operation: call.signature.name, axis: named, rank: rank), call.span(position),
        labels: call[0].map { origin($0) } ?? [])
      return nil
    }
    return named < 0 ? named + rank : named
  }

  /// How many elements there are.
  private func count(_ dims: [Size?]) -> Size? {
    dims.reduce(Size(1) as Size?) { product, size in
      guard let product, let size else { return nil }
      return Size.product(product, size)
    }
  }

  func reshaped(_ call: Fitted) -> Abstract {
    guard var wanted = sizes(call[1], call.span(1)) else { return tensor(nil, type(call[0]), call.span) }
    let free = wanted.indices.filter { wanted[$0] == Size(-1) }
    guard let have = dims(of: call[0]) else {
      for index in free { wanted[index] = nil }
      return tensor(wanted, type(call[0]), call.span)
    }
    let total = count(have)
    if let place = free.first {
      let others = count(wanted.enumerated().filter { $0.offset != place }.map(\.element))
      wanted[place] = nil
      if let total = total?.value, let others = others?.value, others > 0 {
        if total % others == 0 {
          wanted[place] = Size(total / others)
        } else {
          mismatch(have, total, wanted, "a multiple of \(others)", call)
        }
      } else if let total, others == Size(1) {
        wanted[place] = total
      }
    } else if let total, let filled = count(wanted), Size.differ(total, filled) {
      report(
        .shapeMismatch(
          operation: "reshape",
          detail:
            "needs a shape for all elements: \(names.text(have)) has \(names.text(total)), \(names.text(wanted)) has \(names.text(filled))"
        ), call.span, labels: origin(call[0] ?? .anything))
      return tensor(wanted, type(call[0]), call.span)
    }
    return tensor(wanted, type(call[0]), call.span)
  }

  private func mismatch(_ have: [Size?], _ total: Int, _ wanted: [Size?], _ asked: String, _ call: Fitted) {
    report(
      .shapeMismatch(
        operation: "reshape",
        detail: "needs a shape for all elements: \(names.text(have)) has \(total), \(names.text(wanted)) takes \(asked)"
      ),
      call.span, labels: origin(call[0] ?? .anything))
  }

  func type(_ value: Abstract?) -> ElementKind? {
    if case .tensor(let tensor)? = value { tensor.type } else { nil }
  }

  func transposed(_ call: Fitted) -> Abstract {
    guard let have = dims(of: call[0]) else { return tensor(nil, type(call[0]), call.span) }
    switch call[1] {
    case nil, .some(.none): return tensor(have.reversed(), type(call[0]), call.span)
    case .list(let list)?:
      guard let items = list.items else { return tensor(nil, type(call[0]), call.span) }
      let axes = items.map { $0.size?.value }
      guard axes.allSatisfy({ $0 != nil }) else { return tensor(nil, type(call[0]), call.span) }
      let places = axes.compactMap { $0 }.map { $0 < 0 ? $0 + have.count : $0 }
      if places.sorted() != Array(have.indices) {
        report(
          .badValue(
            operation: "transpose", detail: "`axes` does not name each of the \(have.count) axes once"), call.span(1),
          labels: origin(call[0] ?? .anything))
        return tensor(nil, type(call[0]), call.span)
      }
      return tensor(places.map { have[$0] }, type(call[0]), call.span)
    default: return tensor(nil, type(call[0]), call.span)
    }
  }

  func expanded(_ call: Fitted) -> Abstract {
    guard let wanted = sizes(call[1], call.span(1)) else { return tensor(nil, type(call[0]), call.span) }
    if let have = dims(of: call[0]) {
      let extra = wanted.count - have.count
      let fails =
        extra < 0
        || have.enumerated().contains { index, size in
          guard let size = size?.value, size != 1, let other = wanted[index + extra]?.value else { return false }
          return size != other
        }
      if fails {
        report(
          .shapeMismatch(operation: "expand", detail: "\(names.text(have)) does not expand to \(names.text(wanted))"),
          call.span, labels: origin(call[0] ?? .anything))
      }
    }
    return tensor(wanted, type(call[0]), call.span)
  }

  private func parts(_ call: Fitted) -> (known: [[Size?]]?, common: [Size?]?, count: Size?) {
    guard case .list(let list)? = call[0] else { return (nil, nil, nil) }
    if let items = list.items {
      var known: [[Size?]] = []
      for item in items {
        guard let dims = dims(of: item) else { return (nil, nil, list.count) }
        known.append(dims)
      }
      return (known, nil, list.count)
    }
    return (nil, dims(of: list.element), list.count)
  }

  private func partType(_ call: Fitted) -> ElementKind? {
    guard case .list(let list)? = call[0] else { return nil }
    return type(list.common)
  }

  func concatenated(_ call: Fitted) -> Abstract {
    let parts = parts(call)
    let type = partType(call)
    if let known = parts.known, let first = known.first {
      guard let axis = axis(call[1], first.count, call, standard: 0) else { return tensor(nil, type, call.span) }
      var result = first
      for other in known.dropFirst() {
        let clash =
          other.count != first.count
          || zip(first, other).enumerated().contains {
            $0.offset != axis && agreement($0.element.0, $0.element.1) == .clash
          }
        if clash {
          report(
            .shapeMismatch(
              operation: "concat", detail: "\(names.text(first)) and \(names.text(other)) along axis \(axis)"),
            call.span, labels: partOrigins(call))
          return tensor(nil, type, call.span)
        }
        result[axis] = result[axis].flatMap { a in other[axis].flatMap { Size.sum(a, $0) } }
        for index in result.indices where index != axis { result[index] = result[index] ?? other[index] }
      }
      return tensor(result, type, call.span)
    }
    guard var common = parts.common, let axis = axis(call[1], common.count, call, standard: 0) else {
      return tensor(nil, type, call.span)
    }
    common[axis] = common[axis].flatMap { size in parts.count.flatMap { Size.product(size, $0) } }
    return tensor(common, type, call.span)
  }

  func stacked(_ call: Fitted) -> Abstract {
    let parts = parts(call)
    let type = partType(call)
    if let known = parts.known, let first = known.first {
      var result = first
      for other in known.dropFirst() {
        if other.count != first.count || zip(first, other).contains(where: { agreement($0, $1) == .clash }) {
          report(
            .shapeMismatch(operation: "stack", detail: "\(names.text(first)) and \(names.text(other))"), call.span,
            labels: partOrigins(call))
          return tensor(nil, type, call.span)
        }
        for index in result.indices { result[index] = result[index] ?? other[index] }
      }
      guard let axis = axis(call[1], first.count + 1, call, standard: 0) else { return tensor(nil, type, call.span) }
      result.insert(Size(known.count), at: axis)
      return tensor(result, type, call.span)
    }
    guard var common = parts.common, let axis = axis(call[1], common.count + 1, call, standard: 0) else {
      return tensor(nil, type, call.span)
    }
    common.insert(parts.count, at: axis)
    return tensor(common, type, call.span)
  }

  private func partOrigins(_ call: Fitted) -> [Diagnostic.Label] {
    guard case .list(let list)? = call[0], let items = list.items else { return [] }
    return items.prefix(3).flatMap { origin($0) }
  }

  func crossEntropy(_ call: Fitted) -> Abstract {
    guard let logits = dims(of: call[0]), !logits.isEmpty else {
      return .tensor(AbstractTensor(dims: nil, type: nil, origin: nil))
    }
    let leading = Array(logits.dropLast())
    if let labels = dims(of: call[1]) {
      let isWhole = type(call[1]) == .i64
      let wanted = isWhole ? leading : logits
      if type(call[1]) != nil,
        wanted.count != labels.count || zip(wanted, labels).contains(where: { agreement($0, $1) == .clash })
      {
        let detail =
          isWhole
          ? "logits \(names.text(logits)) need labels \(names.text(leading)), found \(names.text(labels))"
          : "logits \(names.text(logits)) and probabilities \(names.text(labels))"
        report(
          .shapeMismatch(operation: "cross_entropy", detail: detail), call.span,
          labels: origin(call[0] ?? .anything) + origin(call[1] ?? .anything))
      }
    }
    return tensor(leading, type(call[0]), call.span)
  }
}
