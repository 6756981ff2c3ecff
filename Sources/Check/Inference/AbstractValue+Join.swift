// What holds of a value that may be either of two: after the branches of an `if`, and from one turn of a loop to the next.

extension Abstract {
  static func join(_ a: Abstract, _ b: Abstract) -> Abstract {
    switch (a, b) {
    case (.unknown(let x), .unknown(let y)): return .unknown(x == y ? x : nil)
    case (.none, .none): return .none
    case (.bool(let x), .bool(let y)): return .bool(x == y ? x : nil)
    case (.int(let x), .int(let y)): return .int(x == y ? x : nil)
    case (.float(let x), .float(let y)): return .float(x == y ? x : nil)
    case (.string(let x), .string(let y)): return .string(x == y ? x : nil)
    case (.list(let x), .list(let y)): return .list(join(x, y))
    case (.record(let x), .record(let y)): return .record(join(x, y))
    case (.range(let x), .range(let y)):
      return .range(
        AbstractRange(
          start: x.start == y.start ? x.start : nil, end: x.end == y.end ? x.end : nil,
          step: x.step == y.step ? x.step : nil))
    case (.tensor(let x), .tensor(let y)): return .tensor(join(x, y))
    case (.closure(let x), .closure(let y)) where x === y: return a
    case (.builtin(let x), .builtin(let y)) where x.name == y.name: return a
    case (.derived(let x), .derived(let y)) where x === y: return a
    case (.generator, .generator): return .generator
    case (.sequence, .sequence): return .sequence
    default: return .anything
    }
  }

  private static func join(_ x: AbstractTensor, _ y: AbstractTensor) -> AbstractTensor {
    var dims: [Size?]?
    if let a = x.dims, let b = y.dims, a.count == b.count { dims = zip(a, b).map { $0 == $1 ? $0 : nil } }
    return AbstractTensor(dims: dims, type: x.type == y.type ? x.type : nil, origin: x.origin)
  }

  private static func join(_ x: AbstractList, _ y: AbstractList) -> AbstractList {
    if let a = x.items, let b = y.items, a.count == b.count {
      var list = AbstractList.of(zip(a, b).map { join($0, $1) })
      list.origin = x.origin
      return list
    }
    // An empty list says nothing about items.
    let element: Abstract
    if x.items?.isEmpty == true {
      element = y.common
    } else if y.items?.isEmpty == true {
      element = x.common
    } else {
      element = join(x.common, y.common)
    }
    return AbstractList(items: nil, element: element, count: x.count == y.count ? x.count : nil, origin: x.origin)
  }

  private static func join(_ x: AbstractRecord, _ y: AbstractRecord) -> AbstractRecord {
    let isSame = x.fields.count == y.fields.count && x.fields.allSatisfy { y[$0.name] != nil }
    var fields: [(name: String, value: Abstract)] = []
    for field in x.fields {
      if let other = y[field.name] { fields.append((field.name, join(field.value, other))) }
    }
    return AbstractRecord(
      fields: fields, isClosed: isSame && x.isClosed && y.isClosed, origin: x.origin,
      module: x.module == y.module ? x.module : nil)
  }

  /// Whether the two say the same.
  static func isSame(_ a: Abstract, _ b: Abstract) -> Bool {
    switch (a, b) {
    case (.unknown(let x), .unknown(let y)): x == y
    case (.none, .none), (.generator, .generator), (.sequence, .sequence): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.float(let x), .float(let y)): x == y
    case (.string(let x), .string(let y)): x == y
    case (.range(let x), .range(let y)): x.start == y.start && x.end == y.end && x.step == y.step
    case (.closure(let x), .closure(let y)): x === y
    case (.builtin(let x), .builtin(let y)): x.name == y.name
    case (.derived(let x), .derived(let y)): x === y
    case (.tensor(let x), .tensor(let y)): x.dims == y.dims && x.type == y.type
    case (.list(let x), .list(let y)):
      if let a = x.items, let b = y.items {
        a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1) }
      } else {
        x.items == nil && y.items == nil && x.count == y.count && isSame(x.element, y.element)
      }
    case (.record(let x), .record(let y)):
      x.isClosed == y.isClosed && x.fields.count == y.fields.count
        && zip(x.fields, y.fields).allSatisfy { $0.name == $1.name && isSame($0.value, $1.value) }
    default: false
    }
  }
}
