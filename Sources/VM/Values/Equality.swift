// Whole-value equality and hashing, both with explicit stacks. Numbers are equal by value whatever their kind, records
// by key in any order, tensors when shape and elements agree, functions when they are the same function. Inside whole
// values NaN equals NaN, so that a copy equals its original; only `==` between two numbers follows IEEE.
import Tensor

/// Two containers being walked side by side.
private struct Pair {
  var a: Value
  var b: Value
  var next = 0
}

extension Heap {
  /// `a == b` for whole values: numbers by IEEE, the rest as `same`.
  package func equal(_ a: Value, _ b: Value) throws -> Bool {
    if a.tag == .float && b.tag == .float { return a.float == b.float }
    return try same(a, b)
  }

  package func same(_ a: Value, _ b: Value) throws -> Bool {
    if let verdict = try leafVerdict(a, b) { return verdict }
    var stack = [Pair(a: a, b: b)]
    var steps = 0
    walking: while let top = stack.last {
      steps &+= 1
      if steps & 4095 == 0 { try poll() }
      let level = stack.count - 1
      if top.a.tag == .list {
        let (left, right) = (ListRef(top.a), ListRef(top.b))
        var index = top.next
        while index < left.count {
          let (x, y) = (left[index], right[index])
          index += 1
          if let verdict = try leafVerdict(x, y) {
            if !verdict { return false }
          } else {
            stack[level].next = index
            stack.append(Pair(a: x, b: y))
            continue walking
          }
        }
      } else {
        let (left, right) = (RecordRef(top.a), RecordRef(top.b))
        var index = top.next
        while index < left.count {
          let x = left.value(at: index, self)
          guard let y = right.lookup(left.key(at: index, self), self) else { return false }
          index += 1
          if let verdict = try leafVerdict(x, y) {
            if !verdict { return false }
          } else {
            stack[level].next = index
            stack.append(Pair(a: x, b: y))
            continue walking
          }
        }
      }
      stack.removeLast()
    }
    return true
  }

  /// Equality that needs no walk; nil when both are lists, or both records, of the same size.
  private func leafVerdict(_ a: Value, _ b: Value) throws -> Bool? {
    if a.tag != b.tag {
      switch (a.tag, b.tag) {
      case (.int, .float): return Int(exactly: b.float) == a.int
      case (.float, .int): return Int(exactly: a.float) == b.int
      case (.tensor, .int), (.tensor, .float), (.tensor, .bool):
        return try tensorNode(a).rank == 0 && same(number(fromScalar: a), b)
      case (.int, .tensor), (.float, .tensor), (.bool, .tensor):
        return try tensorNode(b).rank == 0 && same(a, number(fromScalar: b))
      default: return false
      }
    }
    switch a.tag {
    case .none, .absent: return true
    case .bool, .int, .builtin: return a.bits == b.bits
    case .float: return a.float == b.float || (a.float.isNaN && b.float.isNaN)
    case .string: return StringRef(a).equals(StringRef(b))
    case .list:
      if a.bits == b.bits { return true }
      return ListRef(a).count == ListRef(b).count ? nil : false
    case .record:
      if a.bits == b.bits { return true }
      return RecordRef(a).count == RecordRef(b).count ? nil : false
    case .range:
      let (x, y) = (RangeRef(a), RangeRef(b))
      let count = x.count
      return count == y.count && (count == 0 || (x.start == y.start && (count == 1 || x.step == y.step)))
    case .generator:
      return GeneratorRef(a).key == GeneratorRef(b).key && GeneratorRef(a).counter == GeneratorRef(b).counter
    case .tensor: return try a.bits == b.bits || sameTensors(tensorNode(a), tensorNode(b))
    case .closure, .sequence, .host, .box: return a.bits == b.bits
    }
  }

  private func sameTensors(_ a: Node, _ b: Node) throws -> Bool {
    if a.dims != b.dims { return false }
    try graph.force([a, b])
    let (x, y) = (try graph.contents(a), try graph.contents(b))
    let count = a.count
    for index in 0..<count {
      if index & 0xFFFF == 0xFFFF { try poll() }
      let (u, v) = (element(x, a.dtype, index), element(y, b.dtype, index))
      if u.tag == v.tag && u.bits == v.bits { continue }
      guard let verdict = try leafVerdict(u, v), verdict else { return false }
    }
    return true
  }

  /// Hash of a value that may be a key: equal values have equal hashes. Never fails; tensors do not occur in keys.
  package func hash(_ value: Value) -> UInt64 {
    if let hash = leafHash(value) { return hash }
    // A record's fields are combined by addition (order does not matter), a list's by mixing (order does).
    var stack = [(value: value, next: 0, state: UInt64(0x51ED_270B))]
    var finished: UInt64 = 0
    walking: while let top = stack.last {
      let level = stack.count - 1
      let isList = top.value.tag == .list
      let count = isList ? ListRef(top.value).count : RecordRef(top.value).count
      var (index, state) = (top.next, top.state)
      while index < count {
        let child = isList ? ListRef(top.value)[index] : RecordRef(top.value).value(at: index, self)
        index += 1
        guard let hash = leafHash(child) else {
          stack[level].next = index
          stack[level].state = state
          stack.append((child, 0, 0x51ED_270B))
          continue walking
        }
        state = combined(state, hash, top.value, index - 1)
      }
      finished = mixBits(state ^ (isList ? 0x11 : 0x22))
      stack.removeLast()
      if let outer = stack.last {
        stack[level - 1].state = combined(outer.state, finished, outer.value, outer.next - 1)
      }
    }
    return finished
  }

  private func combined(_ state: UInt64, _ hash: UInt64, _ container: Value, _ index: Int) -> UInt64 {
    if container.tag == .list { return mixBits(state) &+ hash }
    // Records inside keys have simple keys (`Heap.key` sees to it), so the key needs no walk of its own.
    let key = leafHash(RecordRef(container).key(at: index, self)) ?? 0
    return state &+ fold(key | 1, hash ^ 0x9E37_79B9_7F4A_7C15)
  }

  private func leafHash(_ value: Value) -> UInt64? {
    switch value.tag {
    case .string: StringRef(value).hash
    case .int: mixBits(value.bits)
    case .float:
      if let integer = Int(exactly: value.float) {
        mixBits(UInt64(bitPattern: Int64(integer)))
      } else {
        value.float.isNaN ? 0x7FF8 : mixBits(value.bits &+ 0x1234_5678)
      }
    case .bool: mixBits(value.bits ^ 0x0B00_1000_0000_0000)
    case .none, .absent: mixBits(0x4E4F_4E45)
    case .range: fold(mixBits(UInt64(bitPattern: Int64(RangeRef(value).start))), UInt64(RangeRef(value).count) | 1)
    case .list, .record: nil
    default: mixBits(value.bits)
    }
  }
}
