// Values in and out. A value that goes out is taken over: what nobody else holds is moved and not copied, tensors above
// all. A tree that is nested too deeply, or too large for the limits, stays in: Swift takes its values apart by recursion.
import Diagnostics
import Kernels
import Tensor
import VM

extension EngineCore {
  static let maximumNesting = 200

  /// The value as Swift sees it; takes it over.
  func out(_ value: Value) throws -> ScriptValue {
    do { try graph.finish() } catch {
      heap.release(value)
      throw error
    }
    var remaining = heap.shownLimit == Int.max ? Int.max : max(0, heap.room) / MemoryLayout<ScriptValue>.size
    return try out(value, 0, &remaining)
  }

  private func out(_ value: Value, _ depth: Int, _ remaining: inout Int) throws -> ScriptValue {
    remaining -= 1
    do {
      if depth > EngineCore.maximumNesting {
        throw Diagnostic(.nestedTooDeeply(limit: EngineCore.maximumNesting), at: nil)
      }
      if remaining < 0 {
        throw Diagnostic(.memoryLimit(requested: heap.shownLimit, limit: heap.shownLimit), at: nil)
      }
      if remaining & 4095 == 0, graph.cancelFlag.pointee != 0 { throw TensorError(.cancelled) }
    } catch {
      heap.release(value)
      throw error
    }
    switch value.tag {
    case .none, .absent: return .none
    case .bool: return .bool(value.bool)
    case .int: return .int(value.int)
    case .float: return .float(value.float)
    case .string:
      defer { heap.release(value) }
      return .string(StringRef(value).string)
    case .tensor: return .tensor(try out(tensorNode(value)))
    case .list:
      defer { heap.release(value) }
      let list = ListRef(value)
      var items: [ScriptValue] = []
      items.reserveCapacity(min(list.count, 1 << 16))
      for index in 0..<list.count {
        items.append(try out(given(list.items + index, isUnique: list.isUnique), depth + 1, &remaining))
      }
      return .list(items)
    case .record:
      defer { heap.release(value) }
      let record = RecordRef(value)
      var entries: [(ScriptValue, ScriptValue)] = []
      for index in 0..<record.count {
        let key = try out(heap.retained(record.key(at: index, heap)), depth + 1, &remaining)
        let item = given(record.valuePointer(at: index, heap), isUnique: record.isUnique)
        entries.append((key, try out(item, depth + 1, &remaining)))
      }
      return .record(ScriptRecord(entries))
    case _ where value.isFunction:
      return .function(ScriptFunction(held: hold(value), name: heap.nameOfFunction?(value) ?? ""))
    default:
      let kind = heap.typeName(value)
      return .object(ScriptObject(held: hold(value), kind: kind))
    }
  }

  /// What lies in a slot of something that is going away: moved out if nobody else holds the holder.
  private func given(_ slot: UnsafeMutablePointer<Value>, isUnique: Bool) -> Value {
    let value = slot.pointee
    guard isUnique else { return heap.retained(value) }
    slot.pointee = .none
    return value
  }

  /// Takes over the count of `node`.
  private func out(_ node: Node) throws -> Tensor {
    let shape = node.dims
    let type = ElementType(node.dtype)
    do { try graph.force([node]) } catch {
      graph.release(node)
      throw error
    }
    return Tensor(storage: TensorStorage(try graph.handOver(node), shape, type))
  }

  // MARK: In

  /// The script's value; owned.
  func value(_ given: ScriptValue, depth: Int = 0) throws -> Value {
    if depth > EngineCore.maximumNesting {
      throw Diagnostic(.nestedTooDeeply(limit: EngineCore.maximumNesting), at: nil)
    }
    switch given {
    case .none: return .none
    case .bool(let flag): return Value(flag)
    case .int(let number): return Value(number)
    case .float(let number): return Value(number)
    case .string(let text):
      try heap.reserve(bytes: text.utf8.count)
      return heap.string(text)
    case .tensor(let tensor): return Value(try node(tensor))
    case .function(let function): return try own(function.held)
    case .object(let object): return try own(object.held)
    case .list(let items):
      try heap.reserve(bytes: items.count * MemoryLayout<Value>.stride)
      let list = heap.list(capacity: items.count)
      do { for item in items { ListRef(list).append(try value(item, depth: depth + 1), heap) } } catch {
        heap.release(list)
        throw error
      }
      return list
    case .record(let entries):
      let record = heap.record(capacity: entries.count)
      do { for entry in entries.entries { try insert(entry, into: record, depth) } } catch {
        heap.release(record)
        throw error
      }
      return record
    }
  }

  private func insert(_ entry: ScriptRecord.Entry, into record: Value, _ depth: Int) throws {
    let given = try value(entry.key, depth: depth + 1)
    defer { heap.release(given) }
    let key = try heap.key(given)
    do { RecordRef(record).insert(key, try value(entry.value, depth: depth + 1), heap) } catch {
      heap.release(key)
      throw error
    }
  }

  private func own(_ held: HeldValue) throws -> Value {
    guard held.state === state, let value = self.held[held.number] else {
      throw Diagnostic(
        .badValue(operation: "a value for a script", detail: "it belongs to another engine"), at: nil,
        help: "numbers, strings, tensors and what is made of them go anywhere; functions stay where they are")
    }
    return heap.retained(value)
  }

  /// A node that shows the tensor's elements; owned. Only small ones, and memory that is not ours, are copied.
  func node(_ tensor: Tensor) throws -> Node {
    let storage = tensor.storage
    let type = storage.elementType.kernelType
    let bytes = storage.count * type.size
    if storage.isPadded && Buffers.isLoose(bytes) {
      return try graph.showing(storage.memory, storage.shape, type, owner: storage)
    }
    return try graph.make(storage.shape, type) { $0.copyMemory(from: storage.memory, byteCount: bytes) }
  }
}
