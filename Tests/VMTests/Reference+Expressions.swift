// Expressions of the reference, from left to right.
import Syntax

extension Reference {
  mutating func value(_ e: Expr) throws -> Plain {
    try step()
    switch e.kind {
    case .none: return .none
    case .bool(let x): return .bool(x)
    case .int(let x): return .int(x)
    case .float(let x): return .float(x)
    case .string(let x): return .string(x)
    case .interpolation(let parts): return .string(try interpolation(parts))
    case .name(let name): return try lookUp(name)
    case .list(let parts):
      var result: [Plain] = []
      for part in parts {
        switch part {
        case .value(let e): result.append(try value(e))
        case .spread(let e): result += try items(try value(e))
        }
      }
      return .list(result)
    case .record(let parts): return try record(parts)
    case .range(let start?, let end?, let step): return try range(start, end, step)
    case .listComprehension(let body, let binders), .comprehension(let body, let binders):
      var result: [Plain] = []
      try collect(binders[...]) { result.append(try $0.value(body)) }
      return .list(result)
    case .unary(.negate, let e): return try Plain.negated(try value(e))
    case .unary(.not, let e): return .bool(try !truth(value(e)))
    case .binary(let operation, let a, let b, _):
      let left = try value(a)
      return try Plain.binary(operation, left, try value(b))
    case .comparison(let operands, let operators): return .bool(try chain(operands, operators))
    case .and(let a, let b): return .bool(try truth(value(a)) && truth(value(b)))
    case .or(let a, let b): return .bool(try truth(value(a)) || truth(value(b)))
    case .index(let base, let parts):
      let whole = try value(base)
      return try index(whole, parts)
    case .field(let base, let name, _): return try field(try value(base), name)
    case .function(let function): return try closure(function)
    case .ifElse(let condition, let then, let otherwise):
      if try truth(value(condition)) { return try value(then) }
      return try otherwise.map { try value($0) } ?? .none
    case .block(let block): return try value(block)
    case .tryCatch(let body, let name, let handler):
      do { return try value(body) } catch let failure as PlainFailure {
        return try scope { reference in
          if let name { reference.define(name.name, .failure(failure)) }
          return try reference.value(handler)
        }
      }
    case .call(let callee, let arguments): return try call(callee, arguments)
    default: throw Unsupported(what: "this expression")
    }
  }

  private mutating func interpolation(_ parts: [StringPart]) throws -> String {
    var values: [(text: String, value: Plain?)] = []
    for part in parts {
      switch part {
      case .text(let piece): values.append((piece, nil))
      case .value(let e, ""): values.append(("", try value(e)))
      case .value: throw Unsupported(what: "a format")
      }
    }
    return try values.map { try $0.value?.shown() ?? $0.text }.joined()
  }

  private mutating func record(_ parts: [RecordItem]) throws -> Plain {
    var fields: [PlainField] = []
    func insert(_ key: Plain, _ value: Plain) throws {
      if let at = try fields.firstIndex(where: { try $0.key.equals(key) }) {
        fields[at].value = value
      } else {
        fields.append(PlainField(key: key, value: value))
      }
    }
    for part in parts {
      switch part {
      case .field(let key, let e):
        let name = try value(key)
        let value = try value(e)
        try insert(try name.key(), value)
      case .spread(let e):
        guard case .record(let others) = try value(e) else { throw PlainFailure("spread") }
        for other in others { try insert(other.key, other.value) }
      }
    }
    return .record(fields)
  }

  private mutating func range(_ start: Expr, _ end: Expr, _ step: Expr?) throws -> Plain {
    let ends = [try value(start), try value(end), try step.map { try value($0) } ?? .int(1)]
    guard case .int(let low) = ends[0], case .int(let high) = ends[1], case .int(let by) = ends[2], by != 0 else {
      throw PlainFailure("range")
    }
    return .range(start: low, end: high, step: by)
  }

  /// Calls `body` once for each choice of the binders.
  private mutating func collect(_ binders: ArraySlice<Binder>, _ body: (inout Reference) throws -> Void) throws {
    guard let binder = binders.first else { return try body(&self) }
    let pattern: Pattern
    let walked: [Plain]
    switch binder.range {
    case .bare: throw Unsupported(what: "index notation")
    case .below(let end), .upTo(let end):
      guard case .int(var bound) = try value(end) else { throw PlainFailure("range") }
      if case .upTo = binder.range { bound += 1 }
      pattern = .name(binder.declaration)
      walked = try items(.range(start: 0, end: bound, step: 1))
    case .sequence(let e):
      pattern = .name(binder.declaration)
      walked = try items(try value(e))
    case .destructured(let names, let e):
      pattern = names
      walked = try items(try value(e))
    }
    for item in walked {
      try scope { reference in
        try reference.declare(pattern, item)
        for filter in binder.filters where try !reference.truth(reference.value(filter)) { return }
        try reference.collect(binders.dropFirst(), body)
      }
    }
  }

  // MARK: Comparisons

  private mutating func chain(_ operands: [Expr], _ operators: [ComparisonOperator]) throws -> Bool {
    var left = try value(operands[0])
    for (index, operation) in operators.enumerated() {
      let right = try value(operands[index + 1])
      if try !compare(operation, left, right) { return false }
      left = right
    }
    return true
  }

  private func compare(_ operation: ComparisonOperator, _ a: Plain, _ b: Plain) throws -> Bool {
    switch operation {
    case .equal: return try a.equals(b)
    case .notEqual: return try !a.equals(b)
    case .in: return try contains(b, a)
    case .notIn: return try !contains(b, a)
    case .less, .lessEqual, .greater, .greaterEqual:
      // Between numbers nothing is ordered with NaN.
      if a.isNumber && b.isNumber && (a.isNaN || b.isNaN) { return false }
      let order = try a.order(b)
      switch operation {
      case .less: return order < 0
      case .lessEqual: return order <= 0
      case .greater: return order > 0
      default: return order >= 0
      }
    }
  }

  private func contains(_ whole: Plain, _ item: Plain) throws -> Bool {
    switch (whole, item) {
    case (.list(let items), _): return try items.contains { try item.equals($0) }
    case (.record(let fields), _):
      let key = try item.key()
      return try fields.contains { try $0.key.equals(key) }
    case (.string(let text), .string(let part)):
      let (text, part) = (Array(text.utf8), Array(part.utf8))
      return part.count <= text.count
        && (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    case (.range(let start, let end, let step), _):
      let exact: Int? =
        switch item {
        case .int(let x): x
        case .float(let x): Int(exactly: x)
        default: nil
        }
      return exact.map { stride(from: start, to: end, by: step).contains($0) } ?? false
    default: throw PlainFailure("in")
    }
  }

  // MARK: Looking inside

  func field(_ whole: Plain, _ name: String) throws -> Plain {
    switch whole {
    case .record(let fields):
      guard let field = try fields.first(where: { try $0.key.equals(.string(name)) }) else {
        throw PlainFailure("field")
      }
      return field.value
    case .failure(let failure):
      if name == "message", let said = failure.said { return .string(said) }
      throw Unsupported(what: "what the machine says")
    default: throw PlainFailure("field")
    }
  }

  private mutating func index(_ whole: Plain, _ parts: [IndexItem]) throws -> Plain {
    if parts.count == 1, case .value(let e) = parts[0] { return try item(whole, try value(e)) }
    if parts.count == 1, case .newAxis = parts[0] { return try item(whole, .none) }
    guard parts.count == 1, case .slice(let start, let end, let step, _) = parts[0] else {
      throw Unsupported(what: "an index of a tensor")
    }
    func bound(_ value: Plain?) throws -> Int? {
      switch value {
      case .int(let x)?: return x
      case nil, Plain.none?: return nil
      default: throw PlainFailure("slice")
      }
    }
    let given = [start, end, step]
    var values: [Plain?] = []
    for e in given { values.append(try e.map { try value($0) }) }
    return try slice(whole, try bound(values[0]), try bound(values[1]), try bound(values[2]) ?? 1)
  }

  func item(_ whole: Plain, _ index: Plain) throws -> Plain {
    if case .range(let start, let end, let step) = index, !whole.isRecord { return try slice(whole, start, end, step) }
    switch (whole, index) {
    case (.list(let items), .int(let index)): return items[try position(index, items.count)]
    case (.list(let items), .list(let chosen)):
      if !chosen.isEmpty, chosen.allSatisfy({ if case .bool = $0 { true } else { false } }) {
        if chosen.count != items.count { throw PlainFailure("mask") }
        return .list(try zip(items, chosen).filter { try truth($1) }.map(\.0))
      }
      return .list(
        try chosen.map { index in
          guard case .int(let index) = index else { throw PlainFailure("index") }
          return items[try position(index, items.count)]
        })
    case (.record(let fields), _):
      let key = try index.key()
      guard let field = try fields.first(where: { try $0.key.equals(key) }) else { throw PlainFailure("key") }
      return field.value
    case (.string, .int(let index)):
      let characters = try items(whole)
      return characters[try position(index, characters.count)]
    case (.range(let start, let end, let step), .int(let index)):
      return .int(start + step * (try position(index, Plain.count(start, end, step))))
    default: throw PlainFailure("item")
    }
  }

  func position(_ index: Int, _ count: Int) throws -> Int {
    guard index < count, index >= -count else { throw PlainFailure("index") }
    return index < 0 ? index + count : index
  }

  /// Ends count from behind when negative, and clip.
  private func slice(_ whole: Plain, _ start: Int?, _ end: Int?, _ step: Int) throws -> Plain {
    switch whole {
    case .list, .string, .range: break
    default: throw PlainFailure("slice")
    }
    if step == 0 { throw PlainFailure("slice") }
    let all = try items(whole)
    let (lowest, highest) = step > 0 ? (0, all.count) : (-1, all.count - 1)
    func clipped(_ bound: Int) -> Int { min(max(bound < 0 ? bound + all.count : bound, lowest), highest) }
    let first = start.map(clipped) ?? (step > 0 ? lowest : highest)
    let last = end.map(clipped) ?? (step > 0 ? highest : lowest)
    let chosen = stride(from: first, to: last, by: step).map { all[$0] }
    guard case .string = whole else { return .list(chosen) }
    return .string(try chosen.map { try $0.shown() }.joined())
  }
}

extension Plain {
  var isRecord: Bool { if case .record = self { true } else { false } }
}
