// The program of a dynamic program, or of an index definition: for each cell of its tables the operations that make it,
// with all sizes known. An index definition is the case of one table that does not read itself.
//
// Read in this order: this file and `Affine` (what is computed), `ClauseBuilder` (how a front end writes it down),
// `Bounds`, `Schedule` (in which order, and which cells lie side by side in lanes), `Adjoint` and `Tangent` (the programs that
// propagate derivatives, made from the program), `CellCode` (what the evaluator reads), and `Run` (the executor): a `Walker`
// for each part goes over the cells, with a `Frame` of registers for each clause; `Wavefront` and `Frame+LogProducts` are its
// fast paths for alignments and chains, `Segments` what lets tables and derivatives be there in part.
// `Additive` begins what enumerates paths instead.
//
// Variables are numbered within a clause: first the indices of the table's head, then those of reductions in the order of
// nesting. Values are numbered within a clause too, across all its blocks: a block sees the values of the blocks
// around it.
import KernelTypes

/// All that is computed together: tables that may read each other.
package struct Program: Hashable, Sendable {
  /// Type of the tables: f32 or f64; for an index definition also i64 or bool.
  package var dtype: DType
  package var tables: [Table]
  package var inputs: [Input]
  package var operators: [ReductionOperator]
  /// What operators of kind `user` stand for.
  package var functions: [UserReduction]
  /// In the order of matching: the first clause of a table that matches a cell defines it.
  package var clauses: [Clause]

  package init(
    dtype: DType, tables: [Table], inputs: [Input], operators: [ReductionOperator], functions: [UserReduction] = [],
    clauses: [Clause]
  ) {
    self.dtype = dtype
    self.tables = tables
    self.inputs = inputs
    self.operators = operators
    self.functions = functions
    self.clauses = clauses
  }
}

package struct Table: Hashable, Sendable {
  package var name: String
  package var sizes: [Int]
  /// Which cells there are at all (`rec v[..] if c`): those that match it, and for which its result (a bool), if it has
  /// one, is true. The others hold NaN.
  package var band: [Clause]
  package var count: Int { sizes.reduce(1, *) }

  package init(name: String, sizes: [Int], band: [Clause] = []) {
    self.name = name
    self.sizes = sizes
    self.band = band
  }
}

/// A tensor, row-major, or a number (no sizes).
package struct Input: Hashable, Sendable {
  package var name: String
  package var dtype: DType
  package var sizes: [Int]
  package var count: Int { sizes.reduce(1, *) }

  package init(name: String, dtype: DType, sizes: [Int]) {
    self.name = name
    self.dtype = dtype
    self.sizes = sizes
  }
}

/// A condition: all of `inequalities` are at least 0, and `result` (a bool of `steps`) is true.
package struct Guard: Hashable, Sendable {
  package var inequalities: [Affine] = []
  package var steps: [Step] = []
  /// -1: none.
  package var result: Int32 = -1

  package init(inequalities: [Affine] = [], steps: [Step] = [], result: Int32 = -1) {
    self.inequalities = inequalities
    self.steps = steps
    self.result = result
  }
  package var isTrivial: Bool { inequalities.isEmpty && result < 0 }
}

/// What defines the cells of a table that match.
package struct Clause: Hashable, Sendable {
  package var table: Int
  /// On the head's indices. Values in it are of this clause.
  package var match: Guard
  package var steps: [Step] = []
  package var result: Int32 = -1
  package var reads: [Read] = []
  package var reductions: [Reduction] = []
  /// Type of each value.
  package var types: [DType] = []
  /// Variables that the clause uses, the head's among them.
  package var variableCount: Int
  /// Names the place in the source, for errors.
  package var place: Int

  package init(table: Int, match: Guard, variableCount: Int, place: Int) {
    self.table = table
    self.match = match
    self.variableCount = variableCount
    self.place = place
  }
}

/// One operation; its result is value `number` of the clause.
package struct Step: Hashable, Sendable {
  package var number: Int32
  package var operation: Operation

  package init(_ number: Int32, _ operation: Operation) {
    self.number = number
    self.operation = operation
  }
}

package enum Operation: Hashable, Sendable {
  case number(Double)
  case integer(Int)
  case boolean(Bool)
  /// An index expression as an i64 value.
  case index(Affine)
  /// On values of the clause; operands not needed are -1. The kernel is that of the first operand's type (of the second's
  /// for `select`).
  case element(ElementOp, Int32, Int32, Int32)
  /// `clause.reads[n]`
  case read(Int)
  /// `clause.reductions[n]`
  case reduce(Int)
}

package struct Read: Hashable, Sendable {
  package enum Source: Hashable, Sendable {
    /// A table of this program.
    case table(Int)
    case input(Int)
  }
  package enum Index: Hashable, Sendable {
    case affine(Affine)
    /// An i64 value of the clause.
    case value(Int32)
  }
  package var source: Source
  package var indices: [Index]
  /// A bool value: the read counts only where it is true. -1: everywhere.
  package var condition: Int32
  /// A read of a dynamic program's table (of this program, or of one that is done): outside of the table it takes the
  /// term of the innermost reduction with it, instead of being an error.
  package var leavesOut: Bool
  package var place: Int

  package init(source: Source, indices: [Index], condition: Int32 = -1, leavesOut: Bool, place: Int) {
    self.source = source
    self.indices = indices
    self.condition = condition
    self.leavesOut = leavesOut
    self.place = place
  }
}

/// A reduction over the terms of a comprehension, or over several.
package struct Reduction: Hashable, Sendable {
  /// Into `program.operators`.
  package var operation: Int
  package var terms: [Term]
  package var place: Int

  package init(operation: Int, terms: [Term], place: Int) {
    self.operation = operation
    self.terms = terms
    self.place = place
  }
}

/// `body for variables if filter`; without variables one term.
package struct Term: Hashable, Sendable {
  package var variables: [Variable]
  package var filter: Guard
  package var steps: [Step]
  package var result: Int32

  package init(variables: [Variable], filter: Guard, steps: [Step], result: Int32) {
    self.variables = variables
    self.filter = filter
    self.steps = steps
    self.result = result
  }
}

/// An index of a reduction: from `start` up to and without `end`, in steps of one. It may use the variables before it.
package struct Variable: Hashable, Sendable {
  package var number: Int
  package var start: Affine
  package var end: Affine

  package init(number: Int, start: Affine, end: Affine) {
    self.number = number
    self.start = start
    self.end = end
  }
}

/// A reduction as it stands in a script: a hard one, or a smoothed one.
package struct ReductionOperator: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case sum, prod, mean, any, all
    /// The first of tied terms takes the whole derivative.
    case max
    /// Smoothed by the negative entropy: gamma * logsumexp(x / gamma); softmax weights.
    case entropy
    /// Smoothed by half the squared norm; sparsemax weights.
    case l2
    /// Smoothed by sum(q^alpha - q) / (alpha (alpha - 1)); entmax weights.
    case tsallis(Double)
    /// Defined by functions of a script: the `UserReduction` with this number.
    case user(Int)
  }
  package var kind: Kind
  /// Temperature.
  package var gamma = 1.0
  /// The minimum: -(the maximum of the negated terms).
  package var isMinimum = false
  /// For `l2`: of (|q|^2 - 1) / 2, so that one term alone keeps its value.
  package var isCentred = false

  package init(_ kind: Kind, gamma: Double = 1, isMinimum: Bool = false, isCentred: Bool = false) {
    self.kind = kind
    self.gamma = gamma
    self.isMinimum = isMinimum
    self.isCentred = isCentred
  }
}
