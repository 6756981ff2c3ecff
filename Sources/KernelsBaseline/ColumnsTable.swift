// Which function reduces columns by which operation. Read on in Columns32.swift.
import KernelTypes

func addColumns(_ table: inout KernelTable) {
  func set(_ op: ColumnsOp, _ floats: @escaping ColumnsKernel, _ doubles: @escaping ColumnsKernel) {
    table.columns[KernelTable.index(op, .f32)] = floats
    table.columns[KernelTable.index(op, .f64)] = doubles
  }
  set(.max) { value, weights, terms, rows, pitch, columns, gamma, _ in
    columnsMaxF(value, weights, terms, rows, pitch, columns, gamma)
  } _: { value, weights, terms, rows, pitch, columns, gamma, _ in
    columnsMaxD(value, weights, terms, rows, pitch, columns, gamma)
  }
  set(.entropy) { value, weights, terms, rows, pitch, columns, gamma, _ in
    columnsEntropyF(value, weights, terms, rows, pitch, columns, gamma)
  } _: { value, weights, terms, rows, pitch, columns, gamma, _ in
    columnsEntropyD(value, weights, terms, rows, pitch, columns, gamma)
  }
  set(.l2) { value, weights, terms, rows, pitch, columns, gamma, _ in
    columnsSquaresF(value, weights, terms, rows, pitch, columns, gamma)
  } _: { value, weights, terms, rows, pitch, columns, gamma, _ in
    columnsSquaresD(value, weights, terms, rows, pitch, columns, gamma)
  }
  set(.tsallis) { value, weights, terms, rows, pitch, columns, gamma, alpha in
    if alpha == 1.5 {
      columnsRootsF(value, weights, terms, rows, pitch, columns, gamma)
    } else {
      columnsTsallisF(value, weights, terms, rows, pitch, columns, gamma, alpha)
    }
  } _: { value, weights, terms, rows, pitch, columns, gamma, alpha in
    if alpha == 1.5 {
      columnsRootsD(value, weights, terms, rows, pitch, columns, gamma)
    } else {
      columnsTsallisD(value, weights, terms, rows, pitch, columns, gamma, alpha)
    }
  }
}
