// Tensors as a session shows them: a line with element type and shape, then the elements with five digits, in columns.
// Long axes show their ends; of more than two axes the first matrices are shown.
import KernelTypes
import Tensor
import VM

extension SessionDisplay {
  private static let maximumRows = 10
  private static let maximumColumns = 24
  private static let maximumMatrices = 3

  func tensorType(_ node: Node) -> String {
    "\(node.rank == 0 ? "scalar" : "tensor") \(node.dtype.name)"
      + (node.rank == 0 ? "" : " [" + node.dims.map(String.init).joined(separator: ", ") + "]")
  }

  func tensor(_ node: Node) throws -> String {
    try heap.graph.force([node])
    let contents = try heap.graph.contents(node)
    let dims = node.dims
    var text = tensorType(node)
    if node.count == 0 { return text }
    let columns = dims[dims.count - 1]
    let rows = dims.count > 1 ? dims[dims.count - 2] : 1
    let matrices = node.count / (rows * columns)
    for matrix in 0..<min(matrices, SessionDisplay.maximumMatrices) {
      if dims.count > 2 { text += "\n" + label(matrix, dims) }
      let start = matrix * rows * columns
      text +=
        "\n"
        + lines(rows, columns) { row, column in
          element(contents, node.dtype, start + row * columns + column)
        }
    }
    if matrices > SessionDisplay.maximumMatrices {
      text += "\n... \(matrices - SessionDisplay.maximumMatrices) more"
    }
    return text
  }

  /// `[0, 2, :, :]`
  private func label(_ matrix: Int, _ dims: [Int]) -> String {
    var rest = matrix
    var index: [String] = []
    for size in dims.dropLast(2).reversed() {
      index.insert(String(rest % size), at: 0)
      rest /= size
    }
    return "[" + (index + [":", ":"]).joined(separator: ", ") + "]"
  }

  private func lines(_ rows: Int, _ columns: Int, _ cell: (Int, Int) -> String) -> String {
    let shownRows = shown(rows, SessionDisplay.maximumRows)
    var limit = min(columns, SessionDisplay.maximumColumns)
    while true {
      let shownColumns = shown(columns, limit)
      let cells = shownRows.map { row in
        shownColumns.map { column in row.flatMap { row in column.map { cell(row, $0) } } ?? "..." }
      }
      let text = aligned(cells, isRight: shownColumns.map { _ in true }, separator: "  ")
      let lines = text.split(separator: "\n").map { "  " + $0 }
      if limit <= 4 || lines.allSatisfy({ length($0) <= width }) { return lines.joined(separator: "\n") }
      limit -= limit > 8 ? 2 : 1
    }
  }

  /// Which of `count` are shown: all, or both ends with nil between them.
  private func shown(_ count: Int, _ limit: Int) -> [Int?] {
    if count <= limit { return Array(0..<count) }
    let head = limit - limit / 2
    return Array(0..<head) + [nil] + Array((count - limit / 2)..<count)
  }

  private func element(_ contents: UnsafeRawPointer, _ type: DType, _ index: Int) -> String {
    if type == .bool { return contents.load(fromByteOffset: index, as: UInt8.self) != 0 ? "true" : "false" }
    if type == .i64 { return String(contents.load(fromByteOffset: index * 8, as: Int.self)) }
    let value = heap.element(contents, type, index).float
    var buffer = TextBuffer(capacity: 32)
    defer { buffer.free() }
    if value.isFinite {
      buffer.append(value, conversion: UInt8(ascii: "g"), precision: 5)
    } else {
      buffer.append(value)
    }
    // A whole float is no integer.
    let text = buffer.string
    return text.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) } ? text + ".0" : text
  }
}
