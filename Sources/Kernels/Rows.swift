// Operations along contiguous rows: softmax and relatives, positions of extremes, running sums. An axis that is not the
// last is brought there by a strided copy first.
import KernelTypes

extension Kernels {
  /// y = op along each of `rows` rows of `columns` floats; `logSumExp` writes one number a row, the others a row.
  package static func rows(
    _ op: RowOp, _ type: DType, rows: Int, columns: Int, from x: UnsafeRawPointer, into y: UnsafeMutableRawPointer,
    control: RunControl
  ) -> KernelOutcome {
    guard let kernel = table.rows[KernelTable.index(op, type)] else { return .done }
    let size = type.size
    let width = op == .logSumExp ? 1 : columns
    return overRows(rows, cost: columns &* 10, control) { first, last in
      kernel(y + first &* width &* size, x + first &* columns &* size, last &- first, columns)
    }
  }

  /// The position of the largest (smallest) entry of each row: the first of equal ones; the first NaN wins.
  package static func argReduce(
    max: Bool, _ type: DType, rows: Int, columns: Int, from x: UnsafeRawPointer, into y: UnsafeMutablePointer<Int64>,
    control: RunControl
  ) -> KernelOutcome {
    overRows(rows, cost: columns &* 4, control) { first, last in
      for row in first..<last {
        let position =
          switch type {
          case .f32: best(x.assumingMemoryBound(to: Float.self) + row &* columns, columns, max) { $0 != $0 }
          case .f64: best(x.assumingMemoryBound(to: Double.self) + row &* columns, columns, max) { $0 != $0 }
          case .i64: best(x.assumingMemoryBound(to: Int64.self) + row &* columns, columns, max) { _ in false }
          case .bool: best(x.assumingMemoryBound(to: UInt8.self) + row &* columns, columns, max) { _ in false }
          }
        y[row] = Int64(position)
      }
    }
  }

  @inline(__always)
  private static func best<T: Comparable>(
    _ row: UnsafePointer<T>, _ count: Int, _ largest: Bool, _ isNaN: (T) -> Bool
  ) -> Int {
    if count == 0 { return 0 }
    var best = 0
    var value = row[0]
    if isNaN(value) { return 0 }
    var index = 1
    while index < count {
      let candidate = row[index]
      if isNaN(candidate) { return index }
      if largest ? candidate > value : candidate < value {
        best = index
        value = candidate
      }
      index &+= 1
    }
    return best
  }

  /// Running sums of integers along rows; fails at the flat position where one does not fit.
  package static func cumulativeSumInteger(
    rows: Int, columns: Int, from x: UnsafePointer<Int64>, into y: UnsafeMutablePointer<Int64>
  ) -> KernelOutcome {
    for row in 0..<rows {
      var total: Int64 = 0
      for index in row * columns..<(row + 1) * columns {
        let (sum, failed) = total.addingReportingOverflow(x[index])
        if failed { return .failed(position: index, reason: .overflow, instruction: -1) }
        total = sum
        y[index] = total
      }
    }
    return .done
  }
}
