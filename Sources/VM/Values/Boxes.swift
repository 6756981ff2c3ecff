// Swift objects that script values hold in a `box`: functions that a builtin makes, and walks that the host watches.
// Both own values, which their `deinit` gives back.
import Tensor

/// A function made by a builtin: what `grad(f)` gives. The machine calls it through its slow path.
package final class BoundFunction {
  /// Arguments are borrowed; `named` are those given with a name, behind the positional ones. The result is owned.
  package typealias Body = (
    _ machine: Machine, _ captured: [Value], _ positional: [Value], _ named: [(name: String, value: Value)]
  ) throws -> Value

  /// For messages: `grad(f)`.
  package let name: String
  let captured: [Value]
  private let heap: Heap
  private let body: Body

  /// Takes over `captured`.
  package init(name: String, heap: Heap, captured: [Value], body: @escaping Body) {
    self.name = name
    self.heap = heap
    self.captured = captured
    self.body = body
  }

  deinit { for value in captured { heap.release(value) } }

  package func call(
    _ machine: Machine, _ positional: [Value], named: [(name: String, value: Value)] = []
  ) throws -> Value {
    try body(machine, captured, positional, named)
  }
}

/// `progress(xs, label)`: a loop over it walks `items` and reports each step to the host as `label`.
package final class ProgressItems {
  package let items: Value
  package let label: String
  private let heap: Heap

  /// Takes over `items`.
  package init(items: Value, label: String, heap: Heap) {
    self.items = items
    self.label = label
    self.heap = heap
  }

  deinit { heap.release(items) }
}

extension Value {
  /// The function that a builtin made, if this is one.
  package var boundFunction: BoundFunction? { tag == .box ? BoxRef(self).content as? BoundFunction : nil }
  package var progressItems: ProgressItems? { tag == .box ? BoxRef(self).content as? ProgressItems : nil }
  /// Something that can be called.
  package var isFunction: Bool { tag == .closure || tag == .builtin || boundFunction != nil || reductionValue != nil }
}
