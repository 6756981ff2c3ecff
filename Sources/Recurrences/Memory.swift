// What a run reads and writes.
import KernelTypes

/// Buffers of one run; all row-major. Which are there depends on the form that runs.
package struct RunMemory {
  /// Of each table: values, tangents, derivatives and their tangents.
  var tables: [UnsafeMutableRawPointer] = []
  var tableTangents: [UnsafeMutableRawPointer] = []
  var tableAdjoints: [UnsafeMutableRawPointer] = []
  var tableAdjointTangents: [UnsafeMutableRawPointer] = []
  var inputs: [UnsafeRawPointer] = []
  /// nil for inputs that take no part (whole numbers, booleans).
  var inputTangents: [UnsafeRawPointer?] = []
  /// Where derivatives of inputs, or their tangents, are added up.
  var inputAdjoints: [UnsafeMutableRawPointer?] = []

  package init() {}
}

/// Where what a read reads lies, and where derivatives of it go; nil for what a form has none of.
struct ReadPlace {
  var values: UnsafeRawPointer?
  var tangents: UnsafeRawPointer?
  var adjoints: UnsafeMutableRawPointer?
  var adjointTangents: UnsafeMutableRawPointer?
}

extension RunMemory {
  func place(ofTable table: Int) -> ReadPlace {
    ReadPlace(
      values: tables.isEmpty ? nil : UnsafeRawPointer(tables[table]),
      tangents: tableTangents.isEmpty ? nil : UnsafeRawPointer(tableTangents[table]),
      adjoints: tableAdjoints.isEmpty ? nil : tableAdjoints[table],
      adjointTangents: tableAdjointTangents.isEmpty ? nil : tableAdjointTangents[table])
  }
  /// Bit per input whose derivative is made.
  var wanted: UInt64 {
    inputAdjoints.enumerated().reduce(0) { $0 | ($1.element == nil ? 0 : 1 << UInt64($1.offset)) }
  }
  /// Derivatives of inputs are added up in one place, whatever form runs.
  func place(ofInput input: Int) -> ReadPlace {
    ReadPlace(
      values: inputs[input], tangents: inputTangents[input], adjoints: inputAdjoints[input],
      adjointTangents: inputAdjoints[input])
  }
}

extension RunMemory {
  package mutating func setInputs(_ inputs: [UnsafeRawPointer]) {
    self.inputs = inputs
    inputTangents = inputs.map { _ in nil }
    inputAdjoints = inputs.map { _ in nil }
  }
  package mutating func setInputTangents(_ tangents: [(input: Int, address: UnsafeRawPointer)]) {
    for (input, address) in tangents { inputTangents[input] = address }
  }
  package mutating func setInputAdjoints(_ adjoints: [(input: Int, address: UnsafeMutableRawPointer)]) {
    for (input, address) in adjoints { inputAdjoints[input] = address }
  }

  /// Tables lie one after another from `base` on.
  private func split(_ base: UnsafeMutableRawPointer, _ program: Program) -> [UnsafeMutableRawPointer] {
    var next = base
    return program.tables.map { table in
      defer { next += table.count * program.dtype.size }
      return next
    }
  }
  package mutating func setTables(_ base: UnsafeMutableRawPointer, _ program: Program) {
    tables = split(base, program)
  }
  package mutating func setTableTangents(_ base: UnsafeMutableRawPointer, _ program: Program) {
    tableTangents = split(base, program)
  }
  package mutating func setAdjoints(_ base: UnsafeMutableRawPointer, _ program: Program) {
    tableAdjoints = split(base, program)
  }
  package mutating func setAdjointTangents(_ base: UnsafeMutableRawPointer, _ program: Program) {
    tableAdjointTangents = split(base, program)
  }
}
