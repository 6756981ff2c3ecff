// The text of tensors. A scalar shows as the number it holds. Small tensors are shown in full with the shortest digits
// that read back, on one line if it fits, else a row a line; from `fullCount` elements on only the first and last three
// of each axis, with five digits, and shape and element type behind. The element type is named when the digits do not
// tell (f64).
import KernelTypes
import Tensor

private let fullCount = 200
private let edge = 3
private let lineWidth = 90

extension Heap {
  package func displayTensor(_ node: Node, into buffer: inout TextBuffer) throws {
    try graph.force([node])
    let contents = try graph.contents(node)
    let dims = node.dims
    if dims.isEmpty { return appendElement(contents, node.dtype, 0, short: false, &buffer) }
    let isLarge = node.count > fullCount
    let start = buffer.count
    buffer.append("tensor(")
    if node.count == 0 {
      // Rows of nothing: the shape says it all.
      buffer.append("[]")
    } else {
      write(contents, node.dtype, dims, isLarge, breaks: false, &buffer)
      // Too long for a line, or more than a matrix's worth of brackets: one row a line.
      if dims.count > 1 && buffer.count - start > lineWidth {
        buffer.truncate(to: start)
        buffer.append("tensor(")
        write(contents, node.dtype, dims, isLarge, breaks: true, &buffer)
      }
    }
    if isLarge || (node.count == 0 && dims.count > 1) {
      buffer.append(", shape: [")
      buffer.append(dims.map(String.init).joined(separator: ", "))
      buffer.append("], dtype: \(node.dtype.name)")
    } else if node.dtype == .f64 || (node.count == 0 && node.dtype != .f32) {
      buffer.append(", dtype: \(node.dtype.name)")
    }
    buffer.append(")")
  }

  /// Elements in row-major order, as an odometer over the axes; `breaks` puts rows on lines of their own.
  private func write(
    _ contents: UnsafeRawPointer, _ type: DType, _ dims: [Int], _ isLarge: Bool, breaks: Bool,
    _ buffer: inout TextBuffer
  ) {
    let rank = dims.count
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * dims[axis + 1] }
    var index = [Int](repeating: 0, count: rank)
    buffer.append(repeating: UInt8(ascii: "["), rank)
    while true {
      var offset = 0
      for axis in 0..<rank { offset += index[axis] * strides[axis] }
      appendElement(contents, type, offset, short: isLarge, &buffer)
      var axis = rank - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < dims[axis] { break }
        index[axis] = 0
        buffer.append("]")
        axis -= 1
      }
      if axis < 0 { return }
      separate(breaks && axis < rank - 1, rank, axis, &buffer)
      if isLarge && dims[axis] > 2 * edge && index[axis] == edge {
        buffer.append("...")
        index[axis] = dims[axis] - edge
        separate(breaks && axis < rank - 1, rank, axis, &buffer)
      }
      buffer.append(repeating: UInt8(ascii: "["), rank - 1 - axis)
    }
  }

  /// A comma, and a new line that is indented to the bracket of its axis.
  private func separate(_ newLine: Bool, _ rank: Int, _ axis: Int, _ buffer: inout TextBuffer) {
    buffer.append(byte: UInt8(ascii: ","))
    if newLine {
      buffer.append(byte: UInt8(ascii: "\n"))
      buffer.append(repeating: UInt8(ascii: " "), "tensor(".utf8.count + axis + 1)
    } else {
      buffer.append(byte: UInt8(ascii: " "))
    }
  }

  private func appendElement(
    _ contents: UnsafeRawPointer, _ type: DType, _ index: Int, short: Bool, _ buffer: inout TextBuffer
  ) {
    switch type {
    case .f32:
      let number = contents.load(fromByteOffset: index * 4, as: Float.self)
      short ? appendShort(Double(number), &buffer) : buffer.append(number)
    case .f64:
      let number = contents.load(fromByteOffset: index * 8, as: Double.self)
      short ? appendShort(number, &buffer) : buffer.append(number)
    case .i64: buffer.append(contents.load(fromByteOffset: index * 8, as: Int.self))
    case .bool: buffer.append(contents.load(fromByteOffset: index, as: UInt8.self) != 0 ? "true" : "false")
    }
  }

  private func appendShort(_ number: Double, _ buffer: inout TextBuffer) {
    if !number.isFinite { return buffer.append(number) }
    buffer.append(number, conversion: UInt8(ascii: "g"), precision: 5)
  }

  /// Element number `index` of contiguous contents, as a number.
  package func element(_ contents: UnsafeRawPointer, _ type: DType, _ index: Int) -> Value {
    switch type {
    case .f32: Value(Double(contents.load(fromByteOffset: index * 4, as: Float.self)))
    case .f64: Value(contents.load(fromByteOffset: index * 8, as: Double.self))
    case .i64: Value(contents.load(fromByteOffset: index * 8, as: Int.self))
    case .bool: Value(contents.load(fromByteOffset: index, as: UInt8.self) != 0)
    }
  }

  /// The number that a rank-0 tensor holds; computes it.
  package func number(fromScalar value: Value) throws -> Value {
    switch try graph.scalarValue(tensorNode(value)) {
    case .float(let number): Value(number)
    case .int(let number): Value(number)
    case .bool(let flag): Value(flag)
    }
  }
}
