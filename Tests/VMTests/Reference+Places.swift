// Assignment in the reference: indices first, in order, then the value; then the whole variable is replaced by an updated
// copy.
import Syntax

extension Reference {
  private enum Step {
    case field(String)
    case index(Plain)
  }

  mutating func assign(_ target: AssignTarget, _ e: Expr) throws {
    guard case .place(let place) = target else { return try assign(target, try value(e)) }
    let path = try steps(place)
    try store(place, path, try value(e))
  }

  private mutating func assign(_ target: AssignTarget, _ value: Plain) throws {
    switch target {
    case .ignore: break
    case .place(let place): try store(place, try steps(place), value)
    case .list(let parts, _):
      for (part, item) in zip(parts, try items(value, for: parts.count)) { try assign(part, item) }
    }
  }

  mutating func update(_ place: Place, _ operation: BinaryOperator, _ e: Expr) throws {
    let path = try steps(place)
    // A plain name is read before the value, as in `n = n + e`; a place is looked at when it is written.
    let before = try path.isEmpty ? lookUp(name(place)) : .none
    let right = try value(e)
    let old = try path.isEmpty ? before : path.reduce(lookUp(name(place))) { try read($0, $1) }
    try store(place, path, try Plain.binary(operation, old, right), isUpdate: true)
  }

  private mutating func steps(_ place: Place) throws -> [Step] {
    var result: [Step] = []
    for step in place.steps {
      switch step {
      case .field(let name, _): result.append(.field(name))
      case .index(let items, _):
        if items.count == 1, case .newAxis = items[0] {
          result.append(.index(.none))
        } else if items.count == 1, case .value(let e) = items[0] {
          result.append(.index(try value(e)))
        } else {
          throw Unsupported(what: "a slice that is assigned")
        }
      }
    }
    return result
  }

  private func name(_ place: Place) -> String { if case .name(let name) = place.root.kind { name } else { "" } }

  /// An item that is updated: lists by one integer, records by key.
  private func read(_ whole: Plain, _ step: Step) throws -> Plain {
    switch (whole, step) {
    case (.record, .field(let name)): return try field(whole, name)
    case (.record, .index(let key)): return try item(whole, key)
    case (.list, .index(.int)): if case .index(let index) = step { return try item(whole, index) }
    default: break
    }
    throw PlainFailure("place")
  }

  private mutating func store(_ place: Place, _ path: [Step], _ value: Plain, isUpdate: Bool = false) throws {
    let root = name(place)
    let new = try replaced(try lookUp(root), path[...], value, isUpdate)
    for level in scopes.indices.reversed() where scopes[level][root] != nil {
      scopes[level][root] = new
      return
    }
    throw Unsupported(what: root)
  }

  private func replaced(_ whole: Plain, _ path: ArraySlice<Step>, _ value: Plain, _ isUpdate: Bool) throws -> Plain {
    guard let step = path.first else { return value }
    switch (whole, step) {
    case (.list(var items), .index(.int(let index))):
      let at = try position(index, items.count)
      items[at] = try replaced(items[at], path.dropFirst(), value, isUpdate)
      return .list(items)
    case (.record(var fields), _):
      let key: Plain
      // Only `r[k] = v` makes a field.
      var inserts = false
      switch step {
      case .field(let name): key = .string(name)
      case .index(let index):
        key = try index.key()
        inserts = path.count == 1 && !isUpdate
      }
      if let at = try fields.firstIndex(where: { try $0.key.equals(key) }) {
        fields[at].value = try replaced(fields[at].value, path.dropFirst(), value, isUpdate)
      } else if inserts {
        fields.append(PlainField(key: key, value: value))
      } else {
        throw PlainFailure("key")
      }
      return .record(fields)
    case (.failure, _): throw Unsupported(what: "a caught error as a value")
    default: throw PlainFailure("place")
    }
  }
}
