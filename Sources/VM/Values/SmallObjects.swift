// The small heap objects: ranges, generators, sequences, closures, and boxes (a Swift object held by a script value;
// kind `box` is internal to the engine, `host` belongs to the embedding program).
import Tensor

struct RangeObject {
  var header: HeapHeader
  var start: Int
  var end: Int
  var step: Int
}

/// `start..end by step`; `step` is never 0.
package struct RangeRef {
  let object: UnsafeMutablePointer<RangeObject>
  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: RangeObject.self) }
  @inline(__always) package var start: Int { object.pointee.start }
  @inline(__always) package var end: Int { object.pointee.end }
  @inline(__always) package var step: Int { object.pointee.step }
  package var count: Int { Heap.rangeCount(start, end, step) }
  /// Item number `index`; unchecked.
  @inline(__always) package subscript(index: Int) -> Int { start &+ index &* step }
  package func contains(_ number: Int) -> Bool {
    if step > 0 ? (number < start || number >= end) : (number > start || number <= end) { return false }
    return number.subtractingReportingOverflow(start).partialValue % step == 0
  }
}

struct GeneratorObject {
  var header: HeapHeader
  var key: UInt64
  var counter: UInt64
}

/// A counter-based random generator: the one object that changes with use. `counter` advances by one a call.
package struct GeneratorRef {
  let object: UnsafeMutablePointer<GeneratorObject>
  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: GeneratorObject.self) }
  package var key: UInt64 { object.pointee.key }
  package var counter: UInt64 {
    get { object.pointee.counter }
    nonmutating set { object.pointee.counter = newValue }
  }
}

struct SequenceObject {
  var header: HeapHeader
  var state: Value
  var step: Value
}

/// `sequence(start, step)`: `step(state)` gives `[item, next state]` or `none`.
package struct SequenceRef {
  let object: UnsafeMutablePointer<SequenceObject>
  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: SequenceObject.self) }
  package var state: Value { object.pointee.state }
  package var step: Value { object.pointee.step }
}

struct ClosureObject {
  var header: HeapHeader
  var code: Unmanaged<AnyObject>
  var captureCount: Int
}

/// A function with the values that its outer names had when it was made, in the order of the resolver's captures.
package struct ClosureRef {
  let object: UnsafeMutablePointer<ClosureObject>
  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: ClosureObject.self) }
  @inline(__always) package var code: Unmanaged<AnyObject> { object.pointee.code }
  @inline(__always) package var captureCount: Int { object.pointee.captureCount }
  @inline(__always) package var captures: UnsafeMutablePointer<Value> {
    UnsafeMutableRawPointer(object + 1).assumingMemoryBound(to: Value.self)
  }
}

struct BoxObject {
  var header: HeapHeader
  var content: Unmanaged<AnyObject>
}

package struct BoxRef {
  let object: UnsafeMutablePointer<BoxObject>
  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: BoxObject.self) }
  package var content: AnyObject { object.pointee.content.takeUnretainedValue() }
}

extension Heap {
  package static func rangeCount(_ start: Int, _ end: Int, _ step: Int) -> Int {
    if step > 0 ? start >= end : start <= end { return 0 }
    let distance = step > 0 ? UInt(bitPattern: end &- start) : UInt(bitPattern: start &- end)
    let stride = step.magnitude
    return Int(clamping: (distance - 1) / stride + 1)
  }

  package func range(_ start: Int, _ end: Int, step: Int = 1) -> Value {
    let block = allocate(bytes: MemoryLayout<RangeObject>.size)
    block.initializeMemory(
      as: RangeObject.self, to: RangeObject(header: HeapHeader(kind: .range), start: start, end: end, step: step))
    return Value(tag: .range, object: block)
  }

  package func generator(key: UInt64, counter: UInt64 = 0) -> Value {
    let block = allocate(bytes: MemoryLayout<GeneratorObject>.size)
    block.initializeMemory(
      as: GeneratorObject.self, to: GeneratorObject(header: HeapHeader(kind: .generator), key: key, counter: counter))
    return Value(tag: .generator, object: block)
  }

  /// Takes over both values.
  package func sequence(state: Value, step: Value) -> Value {
    let block = allocate(bytes: MemoryLayout<SequenceObject>.size)
    block.initializeMemory(
      as: SequenceObject.self, to: SequenceObject(header: HeapHeader(kind: .sequence), state: state, step: step))
    return Value(tag: .sequence, object: block)
  }

  /// Retains `code`. The caller fills `captures` with owned values before anything else happens.
  package func closure(code: AnyObject, captureCount: Int) -> Value {
    let bytes = MemoryLayout<ClosureObject>.size + captureCount * MemoryLayout<Value>.stride
    let block = allocate(bytes: bytes)
    block.initializeMemory(
      as: ClosureObject.self,
      to: ClosureObject(
        header: HeapHeader(kind: .closure), code: Unmanaged.passRetained(code), captureCount: captureCount))
    let value = Value(tag: .closure, object: block)
    ClosureRef(value).captures.initialize(repeating: .none, count: captureCount)
    return value
  }

  /// Retains `content`; `tag` is `.box` or `.host`.
  package func box(_ content: AnyObject, tag: Tag = .box) -> Value {
    let block = allocate(bytes: MemoryLayout<BoxObject>.size)
    block.initializeMemory(
      as: BoxObject.self,
      to: BoxObject(
        header: HeapHeader(kind: tag == .host ? .host : .box), content: Unmanaged.passRetained(content)))
    return Value(tag: tag, object: block)
  }
}

/// The graph node of a tensor value.
@inline(__always) package func tensorNode(_ value: Value) -> Node {
  value.object.assumingMemoryBound(to: NodeRecord.self)
}

extension Value {
  /// Takes over the caller's count of `node`.
  @inline(__always) package init(_ node: Node) {
    self.init(tag: .tensor, object: UnsafeMutableRawPointer(node))
  }
}
