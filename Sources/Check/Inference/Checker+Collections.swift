// Builtins of lists, records and randomness.
import Diagnostics
import Syntax

extension Checker {
  func collection(_ call: Fitted) -> Abstract {
    switch call.signature.result {
    case .length: return length(call[0])
    case .append:
      guard case .list(let list)? = call[0], let item = call[1] else { return .anything }
      if let items = list.items, items.count < 64 { return .list(.of(items + [item], origin: list.origin)) }
      return .list(.any(of: Abstract.join(list.common, item), count: list.count.flatMap { Size.sum($0, Size(1)) }))
    case .enumerate:
      let walked = items(of: call[0] ?? .anything, call.span(0))
      if let known = walked.known {
        return .list(.of(known.enumerated().map { .list(.of([.int(Size($0.offset)), $0.element])) }))
      }
      return .list(.any(of: .list(.of([.int(nil), walked.common])), count: walked.count))
    case .zip:
      let walked = call.rest.map { items(of: $0.value, $0.span) }
      let counts = walked.compactMap { $0.known?.count }
      if counts.count == walked.count, let shortest = counts.min() {
        return .list(.of((0..<shortest).map { i in .list(.of(walked.compactMap { $0.known?[i] })) }))
      }
      return .list(.any(of: .list(.of(walked.map(\.common)))))
    case .map:
      let walked = items(of: call[1] ?? .anything, call.span(1))
      if let known = walked.known, known.count <= 12 {
        return .list(.of(known.map { callBack(call[0], [$0], call) }))
      }
      return .list(.any(of: generic { callBack(call[0], [walked.common], call) }, count: walked.count))
    case .filter:
      let walked = items(of: call[1] ?? .anything, call.span(1))
      _ = generic { callBack(call[0], [walked.common], call) }
      return .list(.any(of: walked.common))
    case .fold:
      let walked = items(of: call[2] ?? .anything, call.span(2))
      if walked.known?.isEmpty == true { return call[1] ?? .anything }
      let once = generic { callBack(call[0], [call[1] ?? .anything, walked.known?.first ?? walked.common], call) }
      return Abstract.isSame(once, call[1] ?? .anything) ? once : .anything
    case .items:
      let walked = items(of: call[0] ?? .anything, call.span(0))
      return .list(.any(of: walked.common))
    case .toList, .reverse:
      let walked = items(of: call[0] ?? .anything, call.span(0))
      if let known = walked.known {
        if case .reverse = call.signature.result { return .list(.of(known.reversed())) }
        return .list(.of(known))
      }
      return .list(.any(of: walked.common, count: walked.count))
    case .flatten: return .list(.any(of: .anything))
    case .keys:
      guard case .record(let record)? = call[0], record.isClosed else { return .list(.any(of: .anything)) }
      return .list(.of(record.fields.map { .string($0.name) }))
    case .values:
      guard case .record(let record)? = call[0], record.isClosed else { return .list(.any(of: .anything)) }
      return .list(.of(record.fields.map(\.value)))
    case .pairs:
      guard case .record(let record)? = call[0], record.isClosed else {
        return .list(.any(of: .list(.of([.anything, .anything]))))
      }
      return .list(.of(record.fields.map { .list(.of([.string($0.name), $0.value])) }))
    case .get:
      guard case .record(let record)? = call[0], case .string(let key?)? = call[1], let found = record[key] else {
        return .anything
      }
      return found
    case .spawn:
      return .list(.any(of: .generator, count: call[1]?.size))
    case .permutation, .choice:
      let size = call.signature.name == "choice" ? call[2]?.size : call[1]?.size
      return tensor([size], .i64, call.span)
    case .integers: return tensor(sizes(call[3], call.span(3)), .i64, call.span)
    case .bernoulli:
      return tensor(sizes(call[2], call.span(2)), .bool, call.span)
    case .gamma: return tensor(sizes(call[2], call.span(2)), elementType(call[3], .f32), call.span)
    case .categorical:
      guard let logits = dims(of: call[1]), !logits.isEmpty else {
        return .tensor(AbstractTensor(dims: nil, type: .i64, origin: nil))
      }
      if call[2] == nil { return tensor(Array(logits.dropLast()), .i64, call.span) }
      return tensor(sizes(call[2], call.span(2)), .i64, call.span)
    case .parallelMap:
      sharedGenerators(call)
      let walked = items(of: call[1] ?? .anything, call.span(1))
      return .list(.any(of: generic { callBack(call[0], [walked.common], call) }, count: walked.count))
    default: return .anything
    }
  }

  private func length(_ value: Abstract?) -> Abstract {
    switch value {
    case .list(let list)?: .int(list.count)
    case .record(let record)?: .int(record.isClosed ? Size(record.fields.count) : nil)
    case .tensor(let tensor)?: .int(tensor.dims?.first ?? nil)
    case .range(let range)?: .int(range.count)
    default: .int(nil)
    }
  }

  /// A generator that the workers would share: each would draw the same numbers, or in no order.
  private func sharedGenerators(_ call: Fitted) {
    guard case .closure(let closure)? = call[0] else { return }
    var seen: Set<ObjectIdentifier> = []
    closure.node.body.walk { e in
      guard case .name = e.kind, let binding = e.binding, seen.insert(ObjectIdentifier(binding)).inserted,
        case .generator? = closure.captured[ObjectIdentifier(binding)] ?? self.state.globals[ObjectIdentifier(binding)]
      else { return }
      self.report(
        .sharedGenerator(binding.name), e.span,
        labels: (binding.span.map { [Diagnostic.Label($0, "made here")] } ?? [])
          + [Diagnostic.Label(call.span, "several workers call the function")])
    }
  }

  func callBack(_ function: Abstract?, _ arguments: [Abstract], _ call: Fitted) -> Abstract {
    guard let function else { return .anything }
    let given = arguments.map { Given(name: nil, nameSpan: nil, value: $0, span: call.span) }
    return apply(function, given, call.span, name: "the function", callee: call.span)
  }

  /// A walk that stands for any number of turns.
  func generic<R>(_ body: () -> R) -> R {
    loopDepth += 1
    conditional += 1
    let before = isStopped
    defer {
      loopDepth -= 1
      conditional -= 1
      isStopped = before
    }
    return body()
  }
}
