// Running a definition: its program, the values of its inputs, and the tables that come out. What is known to be something
// simpler goes another way (Contractions.swift, WholeReductions.swift).
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Machine {
  @inline(never) func define(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    touchedGraph = true
    let definition = codes[frame.pointee.record.pointee.id].definitions[i.b]
    let window = base + i.a
    let results = try native { try tables(of: definition, window) }
    for index in 0..<i.c { put(window + index, .none) }
    for (index, node) in results.enumerated() { put(window + index, Value(node)) }
  }

  /// The tables of a definition, owned.
  private func tables(of definition: Definition, _ window: UnsafeMutablePointer<Value>) throws -> [Node] {
    let site = heap.graph.site
    var lowering = try lowered(definition, window, width: firstWidth(definition, window))
    if lowering.wantedWidth != lowering.width {
      lowering = try lowered(definition, window, width: lowering.wantedWidth)
    }
    heap.graph.site = site
    let program = try lowering.program()
    let inputs = lowering.inputValues.map(tensorNode)
    if let result = try heap.graph.contraction(program, inputs) { return [result] }
    if let result = try heap.graph.wholeReduction(program, inputs) { return [result] }
    let tables = try heap.graph.recurrence(program, inputs: inputs)
    if lowering.isRecurrence {
      for (node, table) in zip(tables, program.tables) { bands.note(node, table) }
    }
    return tables
  }

  private func lowered(
    _ definition: Definition, _ window: UnsafeMutablePointer<Value>, width: DType
  ) throws -> Lowering {
    let lowering = Lowering(self, definition, window, width: width)
    if case .reduction(let terms) = definition.kind {
      try lowering.reduction(window[0], terms)
    } else {
      try lowering.run()
    }
    return lowering
  }

  /// The float type to begin with: f64 if a name stands for such a tensor.
  private func firstWidth(_ definition: Definition, _ window: UnsafeMutablePointer<Value>) -> DType {
    for index in 0..<definition.valueCount where window[index].tag == .tensor {
      let node = tensorNode(window[index])
      if node.dtype == .f64, node.rank > 0 { return .f64 }
    }
    return .f32
  }
}
