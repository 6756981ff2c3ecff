// Lowering: from the tree of a definition and the values of its names to a program of cells with all sizes known.
//
// It is a partial evaluator. An expression becomes an `Item`: known values are computed at once, whole numbers that are
// sums of indices stay such sums, everything else becomes steps of the clause that is being written (`ClauseBuilder`).
// The range of an index without one is found from the reads when a clause is written (`Ranges`).
//
// A program has one float type, the widest of the tensors read. It is guessed from the names that the definition uses; if
// the guess was wrong, the definition is lowered once more.
//
// Read: this file, +Tables (heads), +Clauses, +Expressions, +Arithmetic, +Conditions, +Reads, +Calls, +Reductions, +Binders,
// Ranges, +Program, and then Machine+Define, which runs the program.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

/// An index of the clause that is being written.
struct IndexVariable {
  let name: String
  let span: Span
  /// Position in the head, or -1 for the index of a reduction.
  let axis: Int
  /// Both known, or both found from the reads.
  var start: Affine?
  var end: Affine?
  var isBare: Bool { start == nil }
}

/// A position of a read that is a sum of indices: what an index without a range takes it from.
struct Access {
  let position: Affine
  let size: SizeSource
  let span: Span
  /// Counts only under a condition.
  let isConditional: Bool
  let leavesOut: Bool
  /// The tensor or table, as written.
  let name: String
}

/// Conditions on the indices of a term, from the tables that are read in it.
struct TermBounds {
  var inequalities: [Affine] = []
  /// Reads of cells of tables of this recurrence, which its condition may leave out.
  var cells: [(table: Int, cell: [Affine])] = []
  /// Reads of cells of finished tables, of which those that are not there are known by their NaN.
  var finished: [(input: Int, cell: [Affine])] = []
  /// How many conditions there are around the term: a read under more of them is only sometimes made.
  let conditions: Int
}

/// A read outside of reductions, of a table with a condition.
struct NeededCell {
  let table: Int
  let cell: [Affine]
  let span: Span
}

final class Lowering {
  let machine: Machine
  let definition: Definition
  /// The float type of the program.
  let width: DType
  /// The float type that the reads ask for.
  var wantedWidth = DType.f32

  // The program.
  var inputs: [Input] = []
  /// The values of the inputs; owned by `owned` or by the window.
  var inputValues: [Value] = []
  var inputNumbers: [InputKey: Int] = [:]
  var operators: [ReductionOperator] = []
  /// What operators that scripts define stand for.
  var functions: [UserReduction] = []
  var tables: [TableHead] = []
  var clauses: [LoweredClause] = []

  // The clause that is being written.
  var builder = ClauseBuilder(variables: 0)
  var variables: [IndexVariable] = []
  var accesses: [Access] = []
  /// Conditions around the place that is being lowered.
  var conditions: [Item] = []
  /// Reductions around it.
  var reductionDepth = 0
  /// What the bands of tables ask of the terms around this place.
  var termBounds: [TermBounds] = []
  /// Reads of the clause that must find a cell which its table's condition leaves in.
  var neededCells: [NeededCell] = []
  /// Reads that may leave out a term.
  var leavingReads = 0

  /// Values that were rounded to f32 and are f64 again: what they were in between.
  var narrowed: [Int32: Int32] = [:]

  var scope: Scope
  var span: Span
  var callDepth = 0
  /// Values made on the way, given back at the end.
  var owned: [Value] = []

  static let maximumCallDepth = 100
  /// Expressions inside one another, those of called functions included: each takes room on the native stack.
  static let maximumDepth = 1200
  var depth = 0

  struct InputKey: Hashable {
    let bits: UInt64
    let name: String
  }

  /// `window` holds the values of the definition's names.
  init(_ machine: Machine, _ definition: Definition, _ window: UnsafeMutablePointer<Value>, width: DType) {
    self.machine = machine
    self.definition = definition
    self.width = width
    span = definition.span
    scope = Scope(names: definition.names)
    let first = definition.hasCallee ? 1 : 0
    for (index, binding) in definition.free.enumerated() {
      scope.items[ObjectIdentifier(binding)] = item(window[first + index], binding.name)
    }
  }

  deinit { for value in owned { heap.release(value) } }

  var heap: Heap { machine.heap }
  var graph: Graph { machine.heap.graph }

  /// A value of the script as an item.
  func item(_ value: Value, _ name: String) -> Item {
    switch value.tag {
    case .int: .integer(value.int)
    case .bool: .boolean(value.bool)
    default: .concrete(value, name)
    }
  }

  /// An owned value, kept until the lowering ends.
  func keep(_ value: Value) -> Value {
    if value.isHeap { owned.append(value) }
    return value
  }

  /// Runs `body` with `place` as the place of errors.
  func at<R>(_ place: Span, _ body: () throws -> R) throws -> R {
    let outer = span
    span = place
    defer { span = outer }
    do { return try body() } catch var problem as Diagnostic {
      if problem.span == nil { problem.span = place }
      throw problem
    }
  }

  func text(_ span: Span) -> String {
    guard span.start >= 0, span.end <= span.source.bytes.count, span.start <= span.end else { return "" }
    return String(decoding: span.source.bytes[span.start..<span.end], as: UTF8.self)
  }

  func problem(_ problem: Problem, _ labels: [Diagnostic.Label] = [], help: String? = nil) -> Diagnostic {
    Diagnostic(problem, at: span, labels: labels, help: help)
  }

  func notInBody(_ what: String, help: String? = nil) -> Diagnostic {
    problem(.notInBody(what), help: help ?? "a body has arithmetic, `if`, elementwise functions, reductions and reads")
  }

  // MARK: Inputs

  /// The number of the input that `value` is: a tensor, or a float.
  func input(_ value: Value, _ name: String) throws -> Int {
    let key = InputKey(bits: value.bits, name: value.tag == .float ? name : "")
    if let known = inputNumbers[key] { return known }
    var node = value
    if value.tag == .float {
      node = keep(Value(try graph.scalar(.float(value.float), width)))
    } else if tensorNode(value).dtype.isFloat, tensorNode(value).dtype != width {
      node = keep(Value(try graph.cast(tensorNode(value), width)))
    }
    inputs.append(Input(name: name, dtype: tensorNode(node).dtype, sizes: tensorNode(node).dims))
    inputValues.append(node)
    inputNumbers[key] = inputs.count - 1
    return inputs.count - 1
  }

  func operatorNumber(_ operation: ReductionOperator) -> Int {
    if let known = operators.firstIndex(of: operation) { return known }
    operators.append(operation)
    return operators.count - 1
  }
}
