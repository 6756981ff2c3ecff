// Writing into values: fields, items, and paths of them. A path is walked from the variable's register through pointers
// into slots; each level on the way is made unique first (a shallow copy if somebody else holds it, which nobody can
// see), and the store comes last, so that an error leaves everything as it was.
import Diagnostics
import KernelTypes
import Syntax
import Tensor

extension Machine {
  @inline(never) func setFieldSlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ site: UnsafeMutablePointer<FieldSite>
  ) throws {
    let slot = try fieldSlot(base + i.a, site)
    put(slot, take(base + i.b, i.flags & Flag.killB != 0))
  }

  /// The value of a register: moved out when this is its last use.
  @inline(__always) private func take(_ register: UnsafeMutablePointer<Value>, _ isLast: Bool) -> Value {
    let value = register.pointee
    if isLast { register.pointee = .none } else { heap.retain(value) }
    return value
  }

  /// The slot of an existing field, in a record that nobody else holds.
  private func fieldSlot(
    _ place: UnsafeMutablePointer<Value>, _ site: UnsafeMutablePointer<FieldSite>
  ) throws -> UnsafeMutablePointer<Value> {
    guard place.pointee.tag == .record else {
      throw wrongType("`.\(StringRef(site.pointee.name).string) =`", "a record", place.pointee)
    }
    let record = RecordRef(place.pointee)
    if record.isUnique, record.layoutID == site.pointee.layoutID, site.pointee.layoutID != Layout.dictionary {
      return record.slots + Int(site.pointee.slot)
    }
    do { _ = try fieldPointer(record, site) } catch var diagnostic as Diagnostic {
      if diagnostic.help == nil {
        diagnostic.help = "`r[\"\(StringRef(site.pointee.name).string)\"] = v` adds a field"
      }
      throw diagnostic
    }
    try heap.reserveCopy(place)
    heap.makeUnique(place)
    return try fieldPointer(RecordRef(place.pointee), site)
  }

  @inline(never) func setIndexSlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    try store(at: base + i.a, base[i.b], base + i.c)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
  }

  /// `place[index] = value`; borrows both.
  private func store(
    at place: UnsafeMutablePointer<Value>, _ index: Value, _ value: UnsafeMutablePointer<Value>
  ) throws {
    switch place.pointee.tag {
    case .list where index.tag != .range:
      put(try itemSlot(place, index), heap.retained(value.pointee))
    case .record:
      try heap.reserveCopy(place)
      let key = try heap.key(index)
      heap.makeUnique(place)
      RecordRef(place.pointee).insert(key, heap.retained(value.pointee), heap)
    case .tensor where index.tag == .list:
      let ids = try idTensor(index)
      defer { heap.release(ids) }
      try assign(place, [.gather(tensorNode(ids))], value.pointee)
    case .tensor: try assign(place, [try sliceItem(index)], value.pointee)
    default: throw notAssignable(place.pointee)
    }
  }

  private func notAssignable(_ value: Value) -> Diagnostic {
    wrongType(
      "an assignment to items", "a list, record or tensor", value,
      help: value.tag == .string ? "strings are made anew: `replace`, slices and `++`" : nil)
  }

  /// The slot of an existing item, in a list or record that nobody else holds.
  private func itemSlot(
    _ place: UnsafeMutablePointer<Value>, _ index: Value
  ) throws -> UnsafeMutablePointer<Value> {
    switch place.pointee.tag {
    case .list:
      guard let number = try integer(index) else { throw wrongType("an index of a list", "an integer", index) }
      let at = try position(number, ListRef(place.pointee).count)
      try heap.reserveCopy(place)
      heap.makeUnique(place)
      return ListRef(place.pointee).items + at
    case .record:
      let key = try heap.key(index)
      defer { heap.release(key) }
      guard RecordRef(place.pointee).lookup(key, heap) != nil else {
        throw Diagnostic(.missingKey(try heap.repr(index)), at: nil, help: "`r[k] = v` adds a key")
      }
      try heap.reserveCopy(place)
      heap.makeUnique(place)
      guard let slot = RecordRef(place.pointee).pointer(to: key, heap) else {
        throw Diagnostic(.missingKey(try heap.repr(index)), at: nil)
      }
      return slot
    default: throw notAssignable(place.pointee)
    }
  }

  /// Assigns to items of the tensor in `place`; the graph updates it in place when nobody else holds it.
  private func assign(_ place: UnsafeMutablePointer<Value>, _ items: [SliceItem], _ value: Value) throws {
    var operand = Heap.operand(value)
    var made = Value.none
    defer { heap.release(made) }
    if operand == nil, value.tag == .list {
      made = try tensor(ofList: value, like: tensorNode(place.pointee).dtype)
      operand = Heap.operand(made)
    }
    guard let operand else { throw wrongType("an assignment to a tensor", "a number or a tensor", value) }
    let node = tensorNode(place.pointee)
    touchedGraph = true
    // The graph takes over the variable's count, so that it sees a unique node; on failure it comes back.
    place.pointee = .none
    do {
      place.pointee = Value(try heap.graph.assign(node, items, operand))
    } catch {
      place.pointee = Value(node)
      throw error
    }
  }

  /// A flat list of numbers as a tensor.
  private func tensor(ofList list: Value, like type: DType) throws -> Value {
    let items = ListRef(list)
    for index in 0..<items.count where !items[index].isPlain {
      throw wrongType("an assignment to a tensor", "a list of numbers", items[index])
    }
    let node = try heap.graph.make([items.count], .f64) { memory in
      for index in 0..<items.count {
        let item = items[index]
        memory.storeBytes(
          of: item.tag == .bool ? (item.bool ? 1 : 0) : item.asDouble, toByteOffset: index * 8, as: Double.self)
      }
    }
    if type == .f64 { return Value(node) }
    defer { heap.release(Value(node)) }
    return Value(try heap.graph.cast(node, type))
  }

  // MARK: Short places

  /// The slot of a field of an item: `list[index].f`.
  @inline(__always) private func itemFieldSlot(
    _ place: UnsafeMutablePointer<Value>, _ index: Value, _ site: UnsafeMutablePointer<FieldSite>
  ) throws -> UnsafeMutablePointer<Value> {
    if place.pointee.tag == .list, index.tag == .int {
      let list = ListRef(place.pointee)
      if UInt(bitPattern: index.int) < UInt(bitPattern: list.count), list.isUnique {
        let item = list.items + index.int
        if item.pointee.tag == .record {
          let record = RecordRef(item.pointee)
          if record.isUnique, record.layoutID == site.pointee.layoutID, !record.isDictionary {
            return record.slots + Int(site.pointee.slot)
          }
        }
      }
    }
    return try itemFieldSlotSlow(place, index, site)
  }

  @inline(never) private func itemFieldSlotSlow(
    _ place: UnsafeMutablePointer<Value>, _ index: Value, _ site: UnsafeMutablePointer<FieldSite>
  ) throws -> UnsafeMutablePointer<Value> {
    try fieldSlot(try itemSlot(place, index), site)
  }

  @inline(never) func setItemField(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ site: UnsafeMutablePointer<FieldSite>,
    _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    frame.pointee.ip = ip
    let window = base + i.b
    let slot = try itemFieldSlot(base + i.a, window[1], site)
    let value = window.pointee
    window.pointee = .none
    put(slot, value)
    if window[1].isHeap { put(window + 1, .none) }
  }

  @inline(never) func updateItemField(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ site: UnsafeMutablePointer<FieldSite>,
    _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    frame.pointee.ip = ip
    let window = base + i.b
    try update(try itemFieldSlot(base + i.a, window[1], site), i, window)
    if window.pointee.isHeap { put(window, .none) }
    if window[1].isHeap { put(window + 1, .none) }
  }

  @inline(never) func updateField(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ site: UnsafeMutablePointer<FieldSite>,
    _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    frame.pointee.ip = ip
    try update(try fieldSlot(base + i.a, site), i, base + i.b)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
  }

  @inline(never) func updateItem(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let place = base + i.a
    if place.pointee.tag == .tensor {
      let operation = BinaryOperator.all[Int(i.flags >> Flag.operatorShift)]
      try updateItems(place, [try sliceItem(base[i.b])], operation, base[i.c])
    } else {
      try update(try itemSlot(place, base[i.b]), i, base + i.c)
    }
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
  }

  /// `slot operator= value` with the operator in the flags.
  @inline(__always) private func update(
    _ slot: UnsafeMutablePointer<Value>, _ i: Instruction, _ value: UnsafeMutablePointer<Value>
  ) throws {
    let operation = i.flags >> Flag.operatorShift
    if slot.pointee.tag == .float && value.pointee.tag == .float {
      if operation == 0 {
        slot.pointee = Value(slot.pointee.float + value.pointee.float)
        return
      }
      if operation == 1 {
        slot.pointee = Value(slot.pointee.float - value.pointee.float)
        return
      }
    }
    try updateSlow(slot, operation, value)
  }

  @inline(never) private func updateSlow(
    _ slot: UnsafeMutablePointer<Value>, _ operation: UInt8, _ value: UnsafeMutablePointer<Value>
  ) throws {
    noteSite(frame.pointee.ip)
    if slot.pointee.isHeap || value.pointee.isHeap { touchedGraph = true }
    try update(slot, BinaryOperator.all[Int(operation)], value)
  }

  // MARK: Paths

  /// Walks all steps but the last; gives the slot that the last step starts from and where its indices are.
  private func walk(
    _ place: UnsafeMutablePointer<Value>, _ path: Path, _ indices: UnsafeMutablePointer<Value>
  ) throws -> (slot: UnsafeMutablePointer<Value>, indices: UnsafeMutablePointer<Value>) {
    let sites = frame.pointee.record.pointee.fields
    var slot = place
    var at = indices
    for step in path.steps.dropLast() {
      switch step {
      case .field(let site): slot = try fieldSlot(slot, sites + site)
      case .index:
        slot = try itemSlot(slot, at.pointee)
        at += 1
      case .items:
        throw Diagnostic(
          .badValue(operation: path.text, detail: "a slice must be the last step of an assignment"), at: nil)
      }
    }
    return (slot, at)
  }

  private func releaseWindow(_ window: UnsafeMutablePointer<Value>, _ path: Path) {
    for index in 0...path.indexCount { put(window + index, .none) }
  }

  @inline(never) func setPath(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let code = codes[frame.pointee.record.pointee.id]
    let window = base + i.c
    let (slot, indices) = try walk(base + i.a, code.paths[i.b], window + 1)
    switch code.paths[i.b].steps.last {
    case .field(let site): put(try fieldSlot(slot, frame.pointee.record.pointee.fields + site), take(window, true))
    case .index: try store(at: slot, indices.pointee, window)
    case .items(let forms):
      guard slot.pointee.tag == .tensor else { throw notAssignable(slot.pointee) }
      var temporary: [Value] = []
      defer { for value in temporary { heap.release(value) } }
      try assign(slot, try sliceItems(forms, indices, &temporary), window.pointee)
    case nil: break
    }
    releaseWindow(window, code.paths[i.b])
  }

  @inline(never) func updatePath(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let code = codes[frame.pointee.record.pointee.id]
    let operation = code.paths[i.b].operation ?? .add
    let window = base + i.c
    let (slot, indices) = try walk(base + i.a, code.paths[i.b], window + 1)
    switch code.paths[i.b].steps.last {
    case .field(let site):
      try update(try fieldSlot(slot, frame.pointee.record.pointee.fields + site), operation, window)
    case .index where slot.pointee.tag != .tensor:
      try update(try itemSlot(slot, indices.pointee), operation, window)
    case .index: try updateItems(slot, [try sliceItem(indices.pointee)], operation, window.pointee)
    case .items(let forms):
      guard slot.pointee.tag == .tensor else { throw notAssignable(slot.pointee) }
      var temporary: [Value] = []
      defer { for value in temporary { heap.release(value) } }
      try updateItems(slot, try sliceItems(forms, indices, &temporary), operation, window.pointee)
    case nil: break
    }
    releaseWindow(window, code.paths[i.b])
  }

  /// `slot operator= value`.
  private func update(
    _ slot: UnsafeMutablePointer<Value>, _ operation: BinaryOperator, _ value: UnsafeMutablePointer<Value>
  ) throws {
    let (a, b) = (slot.pointee, value.pointee)
    if a.tag == .float && b.tag == .float {
      switch operation {
      case .add: slot.pointee = Value(a.float + b.float)
      case .subtract: slot.pointee = Value(a.float - b.float)
      case .multiply: slot.pointee = Value(a.float * b.float)
      default: slot.pointee = try Heap.numbers(Machine.elementOp(operation), a, b)
      }
      return
    }
    if operation == .join {
      if a.tag == .list, b.tag == .list, ListRef(a).isUnique {
        appendItems(ListRef(b), to: ListRef(a))
      } else if a.tag == .string && b.tag == .string {
        heap.append(StringRef(b).utf8, toString: slot)
      } else if a.tag == .list && b.tag == .list {
        put(slot, heap.concatenated(a, b))
      } else {
        throw joinError(a, b)
      }
      return
    }
    put(slot, try computed(operation, a, b))
  }

  private func computed(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    if operation == .matmul {
      guard a.tag == .tensor, b.tag == .tensor else {
        throw wrongType("@", "two tensors", a.tag == .tensor ? b : a)
      }
      return Value(try heap.graph.matmul(tensorNode(a), tensorNode(b)))
    }
    return try heap.binary(Machine.elementOp(operation), a, b)
  }

  private func updateItems(
    _ slot: UnsafeMutablePointer<Value>, _ items: [SliceItem], _ operation: BinaryOperator, _ value: Value
  ) throws {
    let old = Value(try heap.graph.slice(tensorNode(slot.pointee), items))
    let new: Value
    do { new = try computed(operation, old, value) } catch {
      heap.release(old)
      throw error
    }
    heap.release(old)
    defer { heap.release(new) }
    try assign(slot, items, new)
  }

  private static func elementOp(_ operation: BinaryOperator) -> ElementOp {
    switch operation {
    case .subtract: .sub
    case .multiply: .mul
    case .divide: .div
    case .floorDivide: .floordiv
    case .modulo: .mod
    case .power: .pow
    default: .add
    }
  }

  // MARK: Dictionaries

  /// `get(r, k, default)`: key and default lie in a window.
  @inline(__always) func getKey(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    let (record, key) = (base[i.b], base[i.c])
    guard record.tag == .record, key.tag == .string || key.tag == .int else { return try getKeySlow(i, base, ip) }
    let window = base + i.c
    let found = RecordRef(record).lookup(key, heap)
    let value = found.map { heap.retained($0) } ?? window[1]
    if found != nil { put(window + 1, .none) } else { window[1] = .none }
    put(window, .none)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, value)
  }

  @inline(never) private func getKeySlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    var arguments = Array(repeating: Value.absent, count: max(3, builtins[special.get].parameters.count))
    arguments[0] = base[i.b]
    arguments[1] = base[i.c]
    arguments[2] = base[i.c + 1]
    let result = try arguments.withUnsafeMutableBufferPointer { buffer -> Value in
      guard let start = buffer.baseAddress else { return .none }
      return try callBuiltin(special.get, borrowed: start)
    }
    put(base + i.c, .none)
    put(base + (i.c + 1), .none)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }
}
