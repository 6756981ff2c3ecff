// Values nested a million deep are built, compared, hashed, printed, mapped and dropped without touching the depth of
// the stack.
import Tensor
import Testing
import VM

/// `[[[...1...]]]` with `depth` brackets, owned.
func nested(_ heap: Heap, depth: Int, core: Value = Value(1)) -> Value {
  var value = core
  for _ in 0..<depth { value = heap.list([value]) }
  return value
}

@Suite struct DeepValueTests {
  let depth = 1_000_000

  @Test func listsAreComparedHashedPrintedAndDropped() throws {
    let heap = Heap(graph: Graph())
    let before = heap.liveBytes
    let (a, b, c) = (nested(heap, depth: depth), nested(heap, depth: depth), nested(heap, depth: depth, core: Value(2)))
    #expect(try heap.same(a, b))
    #expect(try !heap.same(a, c))
    #expect(try heap.compare(a, c) == -1)
    #expect(heap.hash(a) == heap.hash(b))
    #expect(heap.hash(a) != heap.hash(c))
    let text = try heap.display(a)
    #expect(text.hasPrefix("[[[["))
    #expect(text.contains("[...]"))
    let negated = try heap.unary(.neg, a)
    let sum = try heap.binary(.add, a, negated)
    #expect(try heap.same(sum, sum))
    for value in [a, b, c, negated, sum] { heap.release(value) }
    #expect(heap.liveBytes == before)
  }

  @Test func recordsNestAsDeep() throws {
    let heap = Heap(graph: Graph())
    func build() -> Value {
      var value = Value(1)
      for _ in 0..<depth { value = heap.record(["inner": value]) }
      return value
    }
    let (a, b) = (build(), build())
    #expect(try heap.same(a, b))
    #expect(heap.hash(a) == heap.hash(b))
    #expect(try heap.repr(a).hasPrefix("{inner: {inner: "))
    let doubled = try heap.binary(.mul, a, Value(2))
    #expect(try !heap.same(a, doubled))
    for value in [a, b, doubled] { heap.release(value) }
  }
}
