// Elementwise operations: NumPy broadcasting, and one rule of types.
//
// Types: bool < integer < float. Two tensors with axes take the wider of their types; a script number or a tensor
// without axes raises the *kind* of a tensor (an integer tensor times 0.5 is f32) but never its *width* (an f32 tensor
// times an f64 scalar stays f32). Division, and functions like `exp`, turn integers into f32 first.
import KernelTypes
import Kernels

/// One side of an elementwise operation.
package enum Operand {
  case node(Node)
  case float(Double)
  case int(Int)
  case bool(Bool)
}

/// One element, taken out.
package enum Scalar: Equatable, Sendable {
  case float(Double)
  case int(Int)
  case bool(Bool)
}

extension Graph {
  /// Applies a unary operation to each element.
  package func unary(_ op: ElementOp, _ x: Node) throws -> Node {
    let type = x.dtype
    if op.accepts(type) { return try element(op, op.result(type), x.pointee.shape, x) }
    if type.isFloat || op == .not {
      throw TensorError(
        .wrongType(operation: "\(op)", expected: op == .not ? "a bool tensor" : "numbers", found: describe(x)))
    }
    // Integers and booleans: arithmetic on bool counts in i64, functions of real numbers go to f32.
    let target: DType = op.accepts(.i64) ? .i64 : .f32
    let cast = try self.cast(x, target)
    defer { release(cast) }
    return try element(op, op.result(target), cast.pointee.shape, cast)
  }

  /// Applies a binary operation to each pair of elements, with broadcasting.
  @inline(__always)
  package func binary(_ op: ElementOp, _ a: Operand, _ b: Operand) throws -> Node {
    if case .node(let x) = a, case .node(let y) = b, x.pointee.shape == y.pointee.shape,
      x.pointee.dtype == y.pointee.dtype,
      x.pointee.dtype == .f32, op != .and, op != .or
    {
      return try element(op, op.result(.f32), x.pointee.shape, x, y)
    }
    return try binarySlow(op, a, b)
  }

  @inline(never)
  private func binarySlow(_ op: ElementOp, _ a: Operand, _ b: Operand) throws -> Node {
    var type = try commonType(a, b, op)
    if op == .and || op == .or {
      if type != .bool {
        throw TensorError(
          .wrongType(operation: "`\(op)`", expected: "booleans", found: "\(describe(a)) and \(describe(b))"),
          help: "compare first: `x > 0`")
      }
    } else if type == .bool && !op.isComparison {
      type = .i64
    }
    if op == .div && !type.isFloat { type = .f32 }
    let x = try operandNode(a, type)
    defer { release(x) }
    let y = try operandNode(b, type)
    defer { release(y) }
    let shape = try broadcastShape(x, y, "`\(symbol(op))`")
    return try element(op, op.result(type), shape, x, y)
  }

  /// `condition ? a : b`, element by element.
  package func select(_ condition: Node, _ a: Operand, _ b: Operand) throws -> Node {
    if condition.dtype != .bool {
      throw TensorError(
        .wrongType(operation: "where", expected: "a bool tensor as condition", found: describe(condition)))
    }
    let type = try commonType(a, b, .select)
    let x = try operandNode(a, type)
    defer { release(x) }
    let y = try operandNode(b, type)
    defer { release(y) }
    var shape = try broadcastShape(condition, x, "where")
    shape = try broadcastShape(shape, y.pointee.shape, "where")
    return try element(.select, type, shape, condition, x, y)
  }

  /// The tensor with another element type; the same node when it has it already.
  package func cast(_ x: Node, _ type: DType) throws -> Node {
    if x.dtype == type && !x.isWeak { return retain(x) }
    if x.pointee.op == .number && x.pointee.level == 0 {
      return try number(convert(scalar(of: x), to: type), type)
    }
    let op: ElementOp =
      switch type {
      case .f32: .castF32
      case .f64: .castF64
      case .i64: .castI64
      case .bool: .castBool
      }
    if x.dtype == type { return try element(.copy, type, x.pointee.shape, x) }
    return try element(op, type, x.pointee.shape, x)
  }

  // MARK: Recording

  /// Records one elementwise operation whose operand types already agree.
  @inline(__always)
  func element(
    _ op: ElementOp, _ type: DType, _ shape: ShapeRef, _ x: Node, _ y: Node? = nil, _ z: Node? = nil
  ) throws -> Node {
    if shape == shapes.scalar, x.pointee.level == 0, x.pointee.op == .number,
      let value = try scalarElement(op, type, x, y, z)
    {
      return value
    }
    if shape.count == 0 { return filled(shape, type, 0) }
    if isMapping, let node = try mappedElement(op, type, shape, x, y, z) { return node }
    let a = seenThrough(x, shape)
    let b = y.map { seenThrough($0, shape) }
    let c = z.map { seenThrough($0, shape) }
    let node = record(.element, sub: op.rawValue, type, shape, a, b, c)
    let operandType = op == .select ? type : x.pointee.dtype
    if operandType == .i64 || op == .castI64, op.canFail(x.pointee.dtype) { markFailable(node) }
    return node
  }

  /// A broadcast is what elementwise operations do anyway: reads what was broadcast instead.
  @inline(__always)
  private func seenThrough(_ x: Node, _ shape: ShapeRef) -> Node {
    if x.pointee.op == .broadcast, x.pointee.shape == shape, let input = x.pointee.in0 { return input }
    return x
  }

  /// Scalars that are known are computed at once, by the kernels that would compute them later.
  @inline(never)
  private func scalarElement(_ op: ElementOp, _ type: DType, _ x: Node, _ y: Node?, _ z: Node?) throws -> Node? {
    if let y, y.pointee.op != .number || y.pointee.level != 0 { return nil }
    if let z, z.pointee.op != .number || z.pointee.level != 0 { return nil }
    let operandType = op == .select ? type : x.dtype
    let bits = try Scalars.apply(op, operandType, x.pointee.bits, y?.pointee.bits ?? 0, z?.pointee.bits ?? 0)
    let node = number(bits, type)
    node.pointee.isWeak = x.isWeak && (y?.isWeak ?? true) && (z?.isWeak ?? true)
    return node
  }

  // MARK: Types and shapes

  private func commonType(_ a: Operand, _ b: Operand, _ op: ElementOp) throws -> DType {
    func rankAndType(_ operand: Operand) -> (isFull: Bool, isNumber: Bool, type: DType) {
      switch operand {
      case .node(let x): (x.rank > 0, x.isWeak, x.dtype)
      case .float: (false, true, .f64)
      case .int: (false, true, .i64)
      case .bool: (false, true, .bool)
      }
    }
    let left = rankAndType(a)
    let right = rankAndType(b)
    if left.isFull == right.isFull && left.isNumber == right.isNumber { return widest(left.type, right.type) }
    // One side sets the width, the other can raise the kind only.
    let leftLeads = left.isFull != right.isFull ? left.isFull : !left.isNumber
    let lead = leftLeads ? left.type : right.type
    let other = leftLeads ? right.type : left.type
    if lead.isFloat || other == .bool { return lead }
    if other.isFloat { return .f32 }
    return .i64
  }

  private func widest(_ a: DType, _ b: DType) -> DType {
    func order(_ type: DType) -> Int {
      switch type {
      case .bool: 0
      case .i64: 1
      case .f32: 2
      case .f64: 3
      }
    }
    return order(a) >= order(b) ? a : b
  }

  /// The operand as an owned node of type `type`.
  func operandNode(_ operand: Operand, _ type: DType) throws -> Node {
    switch operand {
    case .node(let x): return x.dtype == type ? retain(x) : try cast(x, type)
    case .float(let value): return try number(convert(.float(value), to: type), type)
    case .int(let value): return try number(convert(.int(value), to: type), type)
    case .bool(let value): return try number(convert(.bool(value), to: type), type)
    }
  }

  func broadcastShape(_ x: Node, _ y: Node, _ operation: String) throws -> ShapeRef {
    if x.pointee.shape == y.pointee.shape || y.rank == 0 { return x.pointee.shape }
    if x.rank == 0 { return y.pointee.shape }
    do {
      return try broadcastShape(x.pointee.shape, y.pointee.shape, operation)
    } catch var error as TensorError {
      error.origins = [(x.site, "\(shapeText(x.dims)) was made here"), (y.site, "\(shapeText(y.dims)) was made here")]
      throw error
    }
  }

  func broadcastShape(_ a: ShapeRef, _ b: ShapeRef, _ operation: String) throws -> ShapeRef {
    if a == b { return a }
    let rank = max(a.rank, b.rank)
    var dims = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let left = axis < rank - a.rank ? 1 : a.size(axis - (rank - a.rank))
      let right = axis < rank - b.rank ? 1 : b.size(axis - (rank - b.rank))
      if left != right && left != 1 && right != 1 {
        throw TensorError(
          .shapeMismatch(
            operation: operation,
            detail: "needs shapes that agree, found \(shapeText(a.dims)) and \(shapeText(b.dims))"),
          help: "sizes must agree, or be 1, counted from the last axis: \(left) meets \(right)")
      }
      dims[axis] = left == 1 ? right : left
    }
    return shapes.intern(dims)
  }

  package func describe(_ x: Node) -> String {
    x.rank == 0 ? "a scalar \(x.dtype)" : "a tensor \(x.dtype) \(shapeText(x.dims))"
  }
  private func describe(_ operand: Operand) -> String {
    switch operand {
    case .node(let x): describe(x)
    case .float: "a float"
    case .int: "an integer"
    case .bool: "a boolean"
    }
  }
  func symbol(_ op: ElementOp) -> String {
    switch op {
    case .add: "+"
    case .sub: "-"
    case .mul: "*"
    case .div: "/"
    case .floordiv: "//"
    case .mod: "%"
    case .pow: "^"
    case .eq: "=="
    case .ne: "!="
    case .lt: "<"
    case .le: "<="
    case .gt: ">"
    case .ge: ">="
    default: "\(op)"
    }
  }
}
