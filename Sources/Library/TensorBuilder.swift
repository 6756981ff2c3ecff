// Tensors from lists: `tensor([[1, 2], [3, 4]])`. The first items say the shape, every other item is held against it.
// Lists of plain numbers are written straight into the tensor's memory; where tensors or scalars occur inside, the items
// are stacked, so that derivatives pass through them.
import Diagnostics
import KernelTypes
import Tensor
import VM

struct TensorBuilder {
  let call: Call
  private var heap: Heap { call.heap }
  private var graph: Graph { call.graph }

  static let maximumRank = 32

  init(call: Call) { self.call = call }

  /// A tensor with the elements of `value` (borrowed); owned. Without `type`: i64 for integers, bool for booleans, f32
  /// as soon as a float occurs; tensors inside keep theirs.
  func node(_ value: Value, _ type: DType?) throws -> Node {
    switch value.tag {
    case .tensor: return try converted(heap.retained(value), type)
    case .int: return try graph.scalar(.int(value.int), .i64).cast(to: type, graph)
    case .float: return try graph.scalar(.float(value.float), type ?? .f32)
    case .bool: return try graph.scalar(.bool(value.bool), .bool).cast(to: type, graph)
    case .list: return try list(value, type, depth: 0)
    default:
      guard let items = try call.items(of: value), value.tag != .string, value.tag != .record else {
        throw call.wrong(0, "numbers, tensors or lists of these", found: value)
      }
      defer { heap.release(items) }
      return try list(items, type, depth: 0)
    }
  }

  private func converted(_ owned: Value, _ type: DType?) throws -> Node {
    guard let type, tensorNode(owned).dtype != type else { return tensorNode(owned) }
    defer { heap.release(owned) }
    return try graph.cast(tensorNode(owned), type)
  }

  private func list(_ value: Value, _ type: DType?, depth: Int) throws -> Node {
    if depth == TensorBuilder.maximumRank { throw call.bad("the list is nested more than \(depth) deep") }
    var survey = Survey()
    try look(value, depth: 0, &survey)
    if survey.hasTensors { return try stacked(value, type, depth: depth) }
    let found: DType = survey.hasFloats ? .f32 : (survey.hasIntegers ? .i64 : (survey.hasBooleans ? .bool : .f32))
    let target = type ?? found
    return try graph.make(survey.dims, target) { memory in
      var position = 0
      try fill(value, target, memory, &position)
    }
  }

  private struct Survey {
    var dims: [Int] = []
    var hasTensors = false
    var hasFloats = false
    var hasIntegers = false
    var hasBooleans = false
  }

  /// Shape and kinds; fails where rows differ in length or in depth.
  private func look(_ value: Value, depth: Int, _ survey: inout Survey) throws {
    if depth >= TensorBuilder.maximumRank { throw call.bad("the list is nested more than \(depth) deep") }
    let items = ListRef(value)
    if survey.dims.count == depth {
      survey.dims.append(items.count)
    } else if survey.dims[depth] != items.count {
      throw ragged("one row has \(survey.dims[depth]) items, another \(items.count)")
    }
    var leaves = false
    for item in items.buffer {
      switch item.tag {
      case .list:
        if leaves { throw ragged("numbers and lists stand side by side") }
        try look(item, depth: depth + 1, &survey)
        if survey.hasTensors { return }
        continue
      case .tensor:
        survey.hasTensors = true
        return
      case .float: survey.hasFloats = true
      case .int: survey.hasIntegers = true
      case .bool: survey.hasBooleans = true
      default: throw call.wrong(0, "numbers, tensors or lists of these", found: item)
      }
      leaves = true
      if survey.dims.count > depth + 1 { throw ragged("numbers and lists stand side by side") }
    }
  }

  private func ragged(_ detail: String) -> Diagnostic {
    Diagnostic(
      .shapeMismatch(operation: call.name, detail: "\(detail), so the list is no tensor"), at: nil,
      help: "all rows of a tensor have one length")
  }

  private func fill(_ value: Value, _ type: DType, _ memory: UnsafeMutableRawPointer, _ position: inout Int) throws {
    for item in ListRef(value).buffer {
      if item.tag == .list {
        try fill(item, type, memory, &position)
        continue
      }
      switch type {
      case .f32: memory.storeBytes(of: Float(asFloat(item)), toByteOffset: position * 4, as: Float.self)
      case .f64: memory.storeBytes(of: asFloat(item), toByteOffset: position * 8, as: Double.self)
      case .i64: memory.storeBytes(of: try asInteger(item), toByteOffset: position * 8, as: Int.self)
      case .bool:
        let flag: UInt8 = item.tag == .float ? (item.float != 0 ? 1 : 0) : (item.bits != 0 ? 1 : 0)
        memory.storeBytes(of: flag, toByteOffset: position, as: UInt8.self)
      }
      position += 1
    }
  }

  private func asFloat(_ item: Value) -> Double { item.tag == .float ? item.float : Double(item.int) }

  /// As `cast` does it: towards zero, and a float that no integer holds is an error.
  private func asInteger(_ item: Value) throws -> Int {
    guard item.tag == .float else { return item.int }
    guard let whole = Int(exactly: item.float.rounded(.towardZero)) else {
      throw call.bad("\(item.float) is no 64-bit integer")
    }
    return whole
  }

  /// Items of one shape, put side by side along a new first axis.
  private func stacked(_ value: Value, _ type: DType?, depth: Int) throws -> Node {
    var nodes: [Node] = []
    defer { for node in nodes { heap.release(Value(node)) } }
    var widest: DType?
    for item in ListRef(value).buffer {
      let node = item.tag == .list ? try list(item, type, depth: depth + 1) : try self.node(item, type)
      nodes.append(node)
      // A plain number takes the width of the tensors beside it.
      if item.tag == .tensor || item.tag == .list { widest = widest.map { $0.joined(with: node.dtype) } ?? node.dtype }
    }
    var target = widest ?? .f32
    for (item, node) in zip(ListRef(value).buffer, nodes) where item.tag == .float || item.tag == .int {
      if item.tag == .float && !target.isFloat { target = .f32 }
      if target == .bool { target = node.dtype }
    }
    let goal = type ?? target
    for index in nodes.indices where nodes[index].dtype != goal {
      let cast = try graph.cast(nodes[index], goal)
      heap.release(Value(nodes[index]))
      nodes[index] = cast
    }
    return try graph.stack(nodes, axis: 0)
  }
}

extension DType {
  /// bool < i64 < f32 < f64, as arithmetic between tensors promotes.
  func joined(with other: DType) -> DType {
    func order(_ type: DType) -> Int {
      switch type {
      case .bool: 0
      case .i64: 1
      case .f32: 2
      case .f64: 3
      }
    }
    return order(self) >= order(other) ? self : other
  }
}

extension UnsafeMutablePointer where Pointee == NodeRecord {
  /// Consumes this node; `type` nil keeps it.
  func cast(to type: DType?, _ graph: Graph) throws -> Node {
    guard let type, type != dtype else { return self }
    defer { if releaseReachedZero(UnsafeMutableRawPointer(self)) { graph.destroy(self) } }
    return try graph.cast(self, type)
  }
}
