// What a plan is found by: the structure of the pending work, in full. Run-time numbers, slice offsets and addresses
// are not part of it, so that the second training step finds the plan that the first one made.
//
// Layout, in 64-bit words: for each pending node its operation, type and flags, its shape and strides, its inputs and
// what its attributes add; then for each outer node its type, flags, shape and strides.
import KernelTypes

/// The pending nodes that a look needs, in an order in which each follows its inputs, with the key of their structure.
struct Work {
  var local: [Node] = []
  var external: [Node] = []
  var key: [UInt64] = []
  var hash: UInt64 = 0

  mutating func clear() {
    local.removeAll(keepingCapacity: true)
    external.removeAll(keepingCapacity: true)
    key.removeAll(keepingCapacity: true)
  }

  /// Code of a collected node: its index, or the complement of its index among the outer nodes.
  @inline(__always) static func code(_ node: Node) -> Int32 { node.pointee.mark }

  /// Whether a node must outlive the plan: a value, the tape or other pending work holds it.
  @inline(__always) static func isNeeded(_ node: Node) -> Bool {
    node.pointee.header.count != 0 || node.pointee.uses != node.pointee.planUses
  }

  /// Whether nobody holds an outer node once the plan has run.
  @inline(__always) static func endsHere(_ node: Node) -> Bool {
    node.pointee.header.count == 0 && node.pointee.uses == node.pointee.planUses
  }

  /// Whether the plan may write over the elements of an outer node: no node outside of it shows them.
  @inline(__always) static func isOverwritable(_ node: Node) -> Bool {
    guard endsHere(node), node.isContiguous, let storage = node.pointee.storage else { return false }
    return storage.pointee.holders == storage.pointee.planHolders && node.pointee.offset == 0
      && storage.pointee.bytes == node.count * node.dtype.size
  }

  mutating func makeKey() {
    key.reserveCapacity(4 * local.count + 2 * external.count)
    for node in local {
      let record = node.pointee
      var word = UInt64(record.op.rawValue) | UInt64(record.sub) << 8 | UInt64(record.dtype.rawValue) << 16
      if Work.isNeeded(node) { word |= 1 << 24 }
      if record.canFail { word |= 1 << 25 }
      if let third = record.in2 { word |= UInt64(UInt32(bitPattern: Work.code(third))) << 32 }
      key.append(word)
      key.append(Work.layout(node))
      let first = record.in0.map(Work.code) ?? Int32.min
      let second = record.in1.map(Work.code) ?? Int32.min
      key.append(UInt64(UInt32(bitPattern: first)) | UInt64(UInt32(bitPattern: second)) << 32)
      if record.attributes != nil { addAttributes(node) }
    }
    key.append(.max)
    for node in external {
      if let storage = node.pointee.storage, Work.endsHere(node) { storage.pointee.planHolders += 1 }
    }
    for node in external {
      var word = UInt64(node.dtype.rawValue)
      if node.pointee.op == .number || node.pointee.op == .filled {
        word |= 1 << 8
      } else if Work.isOverwritable(node) {
        word |= 1 << 9
      }
      if let storage = node.pointee.storage { word |= UInt64(UInt32(bitPattern: storage.pointee.planOwner)) << 32 }
      key.append(word)
      key.append(Work.layout(node))
    }
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for word in key {
      hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
      hash ^= hash >> 32
    }
    self.hash = hash
  }

  private static func layout(_ node: Node) -> UInt64 {
    let strides = node.isContiguous ? -1 : node.pointee.strides.pointee.id
    return UInt64(UInt32(bitPattern: node.pointee.shape.pointee.id)) | UInt64(UInt32(bitPattern: strides)) << 32
  }

  private mutating func addAttributes(_ node: Node) {
    let attributes = node.given
    switch node.pointee.op {
    case .reduce, .concat:
      key.append(UInt64(attributes.flag ? 1 : 0))
      for axis in attributes.axes { key.append(UInt64(axis)) }
      for input in attributes.inputs { key.append(UInt64(UInt32(bitPattern: Work.code(input)))) }
    case .recurrence:
      if let given = attributes.recurrence {
        key.append(UInt64(given.recurrence.id))
        key.append(given.wanted)
        key.append(given.moving)
        key.append(UInt64(given.batch))
        key.append(given.mapped)
        if given.walk != nil { key.append(1) }
        if let box = given.box { for number in box.starts + box.sizes { key.append(UInt64(number)) } }
        if let window = given.window {
          key.append(UInt64(window.table))
          key.append(UInt64(window.indices.lowerBound))
          key.append(UInt64(window.indices.upperBound))
        }
      }
      for input in attributes.inputs { key.append(UInt64(UInt32(bitPattern: Work.code(input)))) }
    default: break
    }
  }
}
