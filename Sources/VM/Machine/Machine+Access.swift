// Slow paths of reading: fields (with their inline caches), indices, slices, literals, interpolation, membership.
import Diagnostics
import KernelTypes
import Tensor

extension Machine {
  // MARK: Fields

  @inline(never) func fieldSlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ site: UnsafeMutablePointer<FieldSite>,
    _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    frame.pointee.ip = ip
    let object = base[i.b]
    let result = try field(object, site)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }

  /// `object.name`, owned.
  func field(_ object: Value, _ site: UnsafeMutablePointer<FieldSite>) throws -> Value {
    if object.tag == .record {
      return heap.retained(try fieldPointer(RecordRef(object), site).pointee)
    }
    if object.tag == .tensor, let value = try tensorField(object, StringRef(site.pointee.name).string) { return value }
    throw noField(object, StringRef(site.pointee.name).string)
  }

  /// Where a record has a field; remembers the layout.
  func fieldPointer(
    _ record: RecordRef, _ site: UnsafeMutablePointer<FieldSite>
  ) throws -> UnsafeMutablePointer<Value> {
    if !record.isDictionary {
      let slot = heap.layouts[record.layoutID].slot(of: site.pointee.name)
      if slot >= 0 {
        site.pointee.layoutID = record.layoutID
        site.pointee.slot = UInt32(slot)
        return record.slots + slot
      }
    } else if let place = record.pointer(to: site.pointee.name, heap) {
      return place
    }
    let name = StringRef(site.pointee.name).string
    var names: [String] = []
    for index in 0..<min(record.count, 1000) {
      let key = record.key(at: index, heap)
      if key.tag == .string { names.append(StringRef(key).string) }
    }
    let near = Suggest.near(name, among: names)
    throw Diagnostic(
      .unknownField(name, near: near), at: nil,
      help: near.isEmpty && !names.isEmpty ? "it has \(names.prefix(8).joined(separator: ", "))" : nil)
  }

  private func tensorField(_ object: Value, _ name: String) throws -> Value? {
    let node = tensorNode(object)
    switch name {
    case "shape": return heap.list(node.dims.map { Value($0) })
    case "dtype": return heap.internedString(node.dtype.name)
    case "T":
      noteSite(frame.pointee.ip)
      touchedGraph = true
      return Value(try heap.graph.permute(node, Array((0..<node.rank).reversed())))
    default: return nil
    }
  }

  private func noField(_ object: Value, _ name: String) -> Diagnostic {
    let help: String? =
      if builtinIndex(name) != nil {
        "functions are called as `\(name)(x)`"
      } else if object.tag == .tensor {
        "a tensor has `shape`, `dtype` and `T`"
      } else {
        nil
      }
    if object.tag == .tensor { return Diagnostic(.unknownField(name, near: []), at: nil, help: help) }
    return Diagnostic(
      .wrongType(operation: "`.\(name)`", expected: "a record", found: heap.typeName(object)), at: nil, help: help)
  }

  // MARK: One index

  @inline(never) func indexSlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let result = try item(base[i.b], base[i.c])
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
    put(base + i.a, result)
  }

  @inline(never) func indexIntegerSlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let result = try item(base[i.b], Value(i.signedC))
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }

  /// `object[index]`, owned.
  func item(_ object: Value, _ index: Value) throws -> Value {
    switch object.tag {
    case .list:
      let list = ListRef(object)
      if index.tag == .range { return try sliceList(object, RangeRef(index)) }
      if let number = try integer(index) { return heap.retained(list[try position(number, list.count)]) }
      if let positions = try positions(index, list.count) {
        return heap.list(positions.map { heap.retained(list[$0]) })
      }
      throw wrongType("an index of a list", "an integer", index)
    case .record:
      let key = try heap.key(index)
      defer { heap.release(key) }
      guard let value = RecordRef(object).lookup(key, heap) else {
        throw Diagnostic(
          .missingKey(try heap.repr(index)), at: nil, help: "`get(r, k, default)` gives the default instead")
      }
      return heap.retained(value)
    case .string:
      let text = StringRef(object)
      if index.tag == .range { return try sliceString(object, RangeRef(index)) }
      guard let position = try integer(index) else { throw wrongType("an index of a string", "an integer", index) }
      let at = try self.position(position, text.characterCount)
      return heap.substring(object, from: at, to: at + 1)
    case .range:
      let range = RangeRef(object)
      guard let position = try integer(index) else { throw wrongType("an index of a range", "an integer", index) }
      return Value(range[try self.position(position, range.count)])
    case .tensor:
      touchedGraph = true
      if index.tag == .list {
        let ids = try idTensor(index)
        defer { heap.release(ids) }
        return Value(try heap.graph.slice(tensorNode(object), [.gather(tensorNode(ids))]))
      }
      let item = try sliceItem(index)
      if !bands.isEmpty { try checkBand(tensorNode(object), [item]) }
      return Value(try heap.graph.slice(tensorNode(object), [item]))
    default:
      throw wrongType("an index", "a list, record, string, range or tensor before it", object)
    }
  }

  /// The integer that an index is; nil for another kind of value.
  func integer(_ value: Value) throws -> Int? {
    if value.tag == .int { return value.int }
    if value.tag == .tensor, tensorNode(value).rank == 0,
      case .int(let number) = try heap.graph.scalarValue(tensorNode(value))
    {
      return number
    }
    return nil
  }

  /// An index counted from the front, checked against a size.
  func position(_ index: Int, _ size: Int, axis: String? = nil) throws -> Int {
    if index >= 0 ? index >= size : index < -size {
      throw Diagnostic(.indexOutOfRange(index: "\(index)", size: size, axis: axis), at: nil)
    }
    return index < 0 ? index + size : index
  }

  /// A list of integers or booleans, or a tensor of them, as positions in a list.
  private func positions(_ index: Value, _ size: Int) throws -> [Int]? {
    var values: [Value] = []
    if index.tag == .list {
      values = Array(ListRef(index).buffer)
    } else if index.tag == .tensor, tensorNode(index).rank == 1, !tensorNode(index).dtype.isFloat {
      let node = tensorNode(index)
      try heap.graph.force([node])
      let contents = try heap.graph.contents(node)
      values = (0..<node.count).map { heap.element(contents, node.dtype, $0) }
    } else {
      return nil
    }
    if !values.isEmpty && values.allSatisfy({ $0.tag == .bool }) {
      if values.count != size {
        throw Diagnostic(
          .shapeMismatch(operation: "a mask", detail: "has \(values.count) items for \(size)"), at: nil)
      }
      return values.indices.filter { values[$0].bool }
    }
    return try values.map { value in
      guard let position = try integer(value) else { throw wrongType("an index of a list", "integers", value) }
      return try self.position(position, size)
    }
  }

  // MARK: Slices

  /// First position, end and step of a slice of `size` items; slices clip.
  private func clipped(_ start: Int?, _ end: Int?, _ step: Int, _ size: Int) throws -> [Int] {
    if step == 0 { throw Diagnostic(.badValue(operation: "a slice", detail: "its step is 0"), at: nil) }
    func bounded(_ position: Int, _ low: Int, _ high: Int) -> Int {
      min(max(position < 0 ? position &+ size : position, low), high)
    }
    var result: [Int] = []
    if step > 0 {
      var at = start.map { bounded($0, 0, size) } ?? 0
      let stop = end.map { bounded($0, 0, size) } ?? size
      if step == 1, at < stop { return Array(at..<stop) }
      while at < stop {
        result.append(at)
        let (next, overflow) = at.addingReportingOverflow(step)
        if overflow { break }
        at = next
      }
    } else {
      var at = start.map { bounded($0, -1, size - 1) } ?? size - 1
      let stop = end.map { bounded($0, -1, size - 1) } ?? -1
      while at > stop {
        result.append(at)
        let (next, overflow) = at.addingReportingOverflow(step)
        if overflow { break }
        at = next
      }
    }
    return result
  }

  private func sliceList(_ object: Value, _ range: RangeRef) throws -> Value {
    try sliced(object, range.start, range.end, range.step)
  }
  private func sliceString(_ object: Value, _ range: RangeRef) throws -> Value {
    try sliced(object, range.start, range.end, range.step)
  }

  /// Items of a list, string or range.
  private func sliced(_ object: Value, _ start: Int?, _ end: Int?, _ step: Int) throws -> Value {
    switch object.tag {
    case .list:
      let list = ListRef(object)
      let positions = try clipped(start, end, step, list.count)
      return heap.list(positions.map { heap.retained(list[$0]) })
    case .string:
      let positions = try clipped(start, end, step, StringRef(object).characterCount)
      guard let first = positions.first, let last = positions.last else { return heap.internedString("") }
      if step == 1 { return heap.substring(object, from: first, to: last + 1) }
      var buffer = TextBuffer()
      defer { buffer.free() }
      for at in positions {
        let part = heap.substring(object, from: at, to: at + 1)
        buffer.append(StringRef(part).utf8)
        heap.release(part)
      }
      return heap.string(buffer)
    case .range:
      let range = RangeRef(object)
      let positions = try clipped(start, end, step, range.count)
      return heap.list(positions.map { Value(range[$0]) })
    default: throw wrongType("a slice", "a list, string or tensor before it", object)
    }
  }

  /// An index value as an item of a tensor's index.
  func sliceItem(_ index: Value) throws -> SliceItem {
    switch index.tag {
    case .int: return .index(index.int)
    case .none: return .newAxis
    case .range:
      let range = RangeRef(index)
      return .range(range.start, range.end, step: range.step)
    case .tensor:
      let node = tensorNode(index)
      if node.rank == 0, node.dtype == .i64, !node.isMapped, let position = try integer(index) {
        return .index(position)
      }
      return .gather(node)
    default: break
    }
    throw wrongType("an index of a tensor", "an integer, a slice, a tensor of ids or a mask", index)
  }

  /// The items of a tensor's index from a window of values. Lists of ids become tensors, which `temporary` holds.
  func sliceItems(
    _ forms: [IndexForm], _ values: UnsafeMutablePointer<Value>, _ temporary: inout [Value]
  ) throws -> [SliceItem] {
    var at = 0
    func take() -> Value {
      at += 1
      return values[at - 1]
    }
    return try forms.map { form in
      switch form {
      case .newAxis: return .newAxis
      case .ellipsis: return .ellipsis
      case .value:
        let value = take()
        if value.tag == .list {
          let ids = try idTensor(value)
          temporary.append(ids)
          return .gather(tensorNode(ids))
        }
        return try sliceItem(value)
      case .slice(let start, let end, let step):
        let first = start ? try bound(take()) : nil
        let last = end ? try bound(take()) : nil
        let stride = step ? try bound(take()) ?? 1 : 1
        return .range(first, last, step: stride)
      }
    }
  }

  /// An end of a slice; `none` leaves it open.
  private func bound(_ value: Value) throws -> Int? {
    if value.tag == .none { return nil }
    guard let number = try integer(value) else { throw wrongType("a slice", "integers", value) }
    return number
  }

  func idTensor(_ list: Value) throws -> Value {
    let items = ListRef(list)
    let isMask = items.count > 0 && items[0].tag == .bool
    let numbers = try (0..<items.count).map { index -> Int in
      if isMask, items[index].tag == .bool { return items[index].bool ? 1 : 0 }
      guard !isMask, let number = try integer(items[index]) else {
        throw wrongType("an index of a tensor", "a list of integers", items[index])
      }
      return number
    }
    return Value(
      try heap.graph.make([numbers.count], isMask ? .bool : .i64) { memory in
        for (index, number) in numbers.enumerated() {
          if isMask {
            memory.storeBytes(of: UInt8(number), toByteOffset: index, as: UInt8.self)
          } else {
            memory.storeBytes(of: number, toByteOffset: index * 8, as: Int.self)
          }
        }
      })
  }

  // MARK: Several items

  @inline(never) func itemsSlow(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let forms = codes[frame.pointee.record.pointee.id].itemLists[i.c]
    let window = base + i.b
    let result = try items(window.pointee, forms, window + 1)
    for index in 0..<1 + Path.valueCount(forms) { put(window + index, .none) }
    put(base + i.a, result)
  }

  /// `object[items]`, owned.
  func items(_ object: Value, _ forms: [IndexForm], _ values: UnsafeMutablePointer<Value>) throws -> Value {
    if object.tag == .tensor {
      touchedGraph = true
      var temporary: [Value] = []
      defer { for value in temporary { heap.release(value) } }
      let items = try sliceItems(forms, values, &temporary)
      if !bands.isEmpty { try checkBand(tensorNode(object), items) }
      return Value(try heap.graph.slice(tensorNode(object), items))
    }
    guard forms.count == 1, case .slice(let start, let end, let step) = forms[0] else {
      throw wrongType("an index with several items", "a tensor before it", object)
    }
    var at = 0
    func take() throws -> Int? {
      at += 1
      return try bound(values[at - 1])
    }
    let first = start ? try take() : nil
    let last = end ? try take() : nil
    let stride = step ? try take() ?? 1 : 1
    return try sliced(object, first, last, stride)
  }

  // MARK: Membership

  @inline(never) func membership(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>, wanted: Bool
  ) throws {
    noteSite(ip)
    let found = try isMember(base[i.b], of: base[i.c])
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
    put(base + i.a, Value(found == wanted))
  }

  private func isMember(_ item: Value, of container: Value) throws -> Bool {
    switch container.tag {
    case .record:
      let key = try heap.key(item)
      defer { heap.release(key) }
      return RecordRef(container).lookup(key, heap) != nil
    case .list:
      let list = ListRef(container)
      for index in 0..<list.count where try heap.equal(item, list[index]) { return true }
      return false
    case .string:
      guard item.tag == .string else { throw wrongType("`in` with a string", "a string before it", item) }
      return firstPosition(of: StringRef(item).utf8, in: StringRef(container).utf8, from: 0) != nil
    case .range:
      if item.tag == .float { return Int(exactly: item.float).map(RangeRef(container).contains) ?? false }
      guard let number = try integer(item) else { return false }
      return RangeRef(container).contains(number)
    default: throw wrongType("`in`", "a list, record, string or range behind it", container)
    }
  }
}
