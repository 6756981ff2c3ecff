// Arithmetic on numbers and trees.
import Diagnostics
import KernelTypes
import Tensor
import Testing
import VM

@Suite struct TreeTests {
  let heap = Heap(graph: Graph())

  func text(_ value: Value) throws -> String { try heap.display(value) }

  @Test func integersFailOnOverflowAndZero() throws {
    for (op, a, b) in [(.add, Int.max, 1), (.sub, Int.min, 1), (.mul, Int.max, 2), (.pow, 10, 19)]
      as [(ElementOp, Int, Int)]
    {
      #expect(throws: Diagnostic.self) { try heap.binary(op, Value(a), Value(b)) }
    }
    #expect(throws: Diagnostic.self) { try heap.binary(.floordiv, Value(1), Value(0)) }
    #expect(throws: Diagnostic.self) { try heap.binary(.floordiv, Value(Int.min), Value(-1)) }
    #expect(try heap.binary(.mod, Value(Int.min), Value(-1)).int == 0)
    #expect(try heap.binary(.pow, Value(2), Value(62)).int == 1 << 62)
    #expect(try heap.binary(.pow, Value(-2), Value(63)).int == Int.min)
    for (a, b) in [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (-6, 3)] {
      let quotient = try heap.binary(.floordiv, Value(a), Value(b)).int
      let rest = try heap.binary(.mod, Value(a), Value(b)).int
      #expect(quotient == Int((Double(a) / Double(b)).rounded(.down)))
      #expect(quotient * b + rest == a)
      #expect(try heap.binary(.mod, Value(Double(a)), Value(Double(b))).float == Double(rest))
    }
    #expect(try heap.binary(.div, Value(1), Value(2)).float == 0.5)
  }

  @Test func recordsCombineByKey() throws {
    let a = heap.record(["w": heap.list([Value(1), Value(2)]), "b": Value(3)])
    let b = heap.record(["b": Value(10), "w": heap.list([Value(20), Value(30)])])
    #expect(try text(heap.binary(.add, a, b)) == "{w: [21, 32], b: 13}")
    #expect(try text(heap.binary(.mul, Value(2), a)) == "{w: [2, 4], b: 6}")
    #expect(try text(heap.unary(.neg, a)) == "{w: [-1, -2], b: -3}")
  }

  @Test func otherLeavesTakeNoPart() throws {
    let p = heap.record(["name": heap.string("net"), "n": Value(3), "w": Value(1.0)])
    let g = heap.record(["name": .none, "n": .none, "w": Value(0.5)])
    let step = try heap.binary(.mul, Value(0.1), g)
    #expect(try text(step) == "{name: none, n: none, w: 0.05}")
    #expect(try text(heap.binary(.sub, p, step)) == #"{name: "net", n: 3, w: 0.95}"#)
    #expect(try text(heap.binary(.add, p, p)) == #"{name: "net", n: 6, w: 2.0}"#)
    #expect(try text(heap.unary(.sqrt, p)).hasPrefix(#"{name: "net", n: 1.73"#))
  }

  @Test func mismatchesNameTheirPath() throws {
    func tree(_ leaf: Value) -> Value {
      heap.record(["layers": heap.list([heap.record(["w": Value(1)]), heap.record(["w": leaf])])])
    }
    do {
      _ = try heap.binary(.add, tree(Value(1)), tree(heap.list([Value(1)])))
      Issue.record("no error")
    } catch let error as Diagnostic {
      guard case .treeMismatch(_, let detail) = error.problem else { throw error }
      #expect(detail.contains("`layers[1].w`"))
    }
    do {
      _ = try heap.binary(.add, tree(Value(1)), heap.record(["levels": Value(1)]))
      Issue.record("no error")
    } catch let error as Diagnostic {
      guard case .treeMismatch(_, let detail) = error.problem else { throw error }
      #expect(detail.contains("`layers`"))
    }
  }
}
