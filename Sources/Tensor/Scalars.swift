// Elements as bits: how a script's numbers become elements of a type and back, and one elementwise operation on known
// scalars, done by the kernels that do it for tensors so that the bits are the same.
import KernelTypes
import Kernels

extension Graph {
  /// A known rank-0 value of `type`.
  @inline(__always)
  func number(_ bits: UInt64, _ type: DType) -> Node {
    let node = newNode(.number, type, shapes.scalar)
    node.pointee.bits = bits
    return node
  }

  /// A rank-0 tensor.
  package func scalar(_ value: Scalar, _ type: DType) throws -> Node { number(try convert(value, to: type), type) }

  /// A script number as a rank-0 tensor that takes the type of whatever it meets.
  package func weakScalar(_ value: Scalar) throws -> Node {
    let type: DType =
      switch value {
      case .float: .f64
      case .int: .i64
      case .bool: .bool
      }
    let node = number(try convert(value, to: type), type)
    node.pointee.isWeak = true
    return node
  }

  /// The value of a `number` node.
  func scalar(of node: Node) -> Scalar { decode(node.pointee.bits, node.dtype) }

  func decode(_ bits: UInt64, _ type: DType) -> Scalar {
    switch type {
    case .f32: .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .f64: .float(Double(bitPattern: bits))
    case .i64: .int(Int(Int64(bitPattern: bits)))
    case .bool: .bool(bits & 1 != 0)
    }
  }

  /// The element that `value` is in `type`. Raises when an integer type cannot hold it.
  func convert(_ value: Scalar, to type: DType) throws -> UInt64 {
    switch (value, type) {
    case (.float(let v), .f32): return UInt64(Float(v).bitPattern)
    case (.float(let v), .f64): return v.bitPattern
    case (.float(let v), .i64):
      guard let exact = Int64(exactly: v.rounded(.towardZero)) else {
        throw TensorError(.badValue(operation: "cast", detail: "\(v) is no 64-bit integer"))
      }
      return UInt64(bitPattern: exact)
    case (.float(let v), .bool): return v != 0 ? 1 : 0
    case (.int(let v), .f32): return UInt64(Float(v).bitPattern)
    case (.int(let v), .f64): return Double(v).bitPattern
    case (.int(let v), .i64): return UInt64(bitPattern: Int64(v))
    case (.int(let v), .bool): return v != 0 ? 1 : 0
    case (.bool(let v), .f32): return UInt64((v ? 1 : 0 as Float).bitPattern)
    case (.bool(let v), .f64): return (v ? 1 : 0 as Double).bitPattern
    case (.bool(let v), .i64), (.bool(let v), .bool): return v ? 1 : 0
    }
  }
}

/// Writes `bits` as one element of `type`.
func storeElement(_ bits: UInt64, _ type: DType, _ at: UnsafeMutableRawPointer) {
  switch type {
  case .f32: at.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
  case .f64, .i64: at.storeBytes(of: bits, as: UInt64.self)
  case .bool: at.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
  }
}

/// The bits of one element of `type`.
func loadElement(_ type: DType, _ at: UnsafeRawPointer) -> UInt64 {
  switch type {
  case .f32: UInt64(at.load(as: UInt32.self))
  case .f64, .i64: at.load(as: UInt64.self)
  case .bool: UInt64(at.load(as: UInt8.self))
  }
}

/// One elementwise operation on known elements.
enum Scalars {
  /// The element that `op` makes of the elements `a`, `b`, `c`, whose type is `type`.
  static func apply(_ op: ElementOp, _ type: DType, _ a: UInt64, _ b: UInt64, _ c: UInt64) throws -> UInt64 {
    guard let kernel = Kernels.element(op, type) else {
      throw TensorError(.wrongType(operation: "\(op)", expected: "another type", found: type.name))
    }
    // Kernels read and write whole vectors: four operands of 16 lanes of 8 bytes, and room to read past them.
    return try withUnsafeTemporaryAllocation(byteCount: 4 * 256, alignment: 64) { memory in
      guard let base = memory.baseAddress else { return 0 }
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      storeElement(a, op == .select ? .bool : type, base)
      storeElement(b, type, base + 256)
      storeElement(c, type, base + 512)
      let outcome = kernel(base + 768, base, base + 256, base + 512, 1)
      if outcome >= 0 { throw integerError(ElementFailure.reason(outcome), op) }
      return loadElement(op.result(type), base + 768)
    }
  }
}

/// What a failed integer operation says.
func integerError(_ reason: IntegerFailure, _ op: ElementOp?) -> TensorError {
  let name = op.map { "`\($0)`" } ?? "sum"
  switch reason {
  case .overflow:
    return TensorError(.integerOverflow(operation: name), help: "cast(x, f64) goes further, and rounds")
  case .zeroDivisor: return TensorError(.divisionByZero(operation: name))
  case .negativeExponent:
    return TensorError(
      .badValue(operation: name, detail: "an integer to a negative power is no integer"), help: "use a float: 2.0 ^ -1")
  case .notAnInteger:
    return TensorError(
      .badValue(operation: "cast", detail: "a float that no 64-bit integer holds (nan, inf or too large)"))
  }
}
