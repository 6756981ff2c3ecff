// What a loop is made of: a space, inputs with strides over it, numbers, a body of instructions and outputs.
import KernelTypes

/// A tensor that the loop reads.
package struct LoopInput: Hashable, Sendable {
  package var dtype: DType
  /// Elements to step by, one for each dimension of the space; 0 = broadcast along it.
  package var strides: [Int]

  package init(dtype: DType, strides: [Int]) {
    self.dtype = dtype
    self.strides = strides
  }
}

/// One operation on values. Values are numbered: inputs, then parameters, then instructions in order.
package struct LoopInstruction: Hashable, Sendable {
  package var op: ElementOp
  /// The type of the operands; for `select` of its second and third.
  package var dtype: DType
  package var a: Int32
  package var b: Int32
  package var c: Int32

  package init(op: ElementOp, dtype: DType, a: Int32, b: Int32 = -1, c: Int32 = -1) {
    self.op = op
    self.dtype = dtype
    self.a = a
    self.b = b
    self.c = c
  }
}

/// A value that leaves the loop.
package struct LoopOutput: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// One element a point, contiguous row-major over the space.
    case store
    /// Combined over the loop's reduced axes; contiguous over the axes that are left.
    case reduce(ReduceOp)
  }
  package var value: Int32
  package var dtype: DType
  package var kind: Kind

  package init(value: Int32, dtype: DType, kind: Kind) {
    self.value = value
    self.dtype = dtype
    self.kind = kind
  }
}

/// Which axes of the space the reduced outputs of a loop lose.
package enum ReduceAxes: Hashable, Sendable {
  case none
  case all
  /// The last so many.
  case trailing(Int)
  /// The first so many.
  case leading(Int)
}
