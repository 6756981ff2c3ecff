// The reduction kernels of floats: blocks into slots, rows to numbers, columns to rows. Orders: see Reductions.swift.
import KernelTypes

func addReductions32(_ table: inout KernelTable) {
  func set(
    _ op: ReduceOp, _ block: @escaping ReduceBlockKernel, _ rows: @escaping ReduceRowsKernel,
    _ columns: @escaping ReduceColumnsKernel
  ) {
    table.reduceBlock[KernelTable.index(op, .f32)] = block
    table.reduceRows[KernelTable.index(op, .f32)] = rows
    table.reduceColumns[KernelTable.index(op, .f32)] = columns
  }
  set(
    .sum,
    { slot, a, n in
      slot.storeBytes(of: combine(.sum, slot.load(as: Double.self), Double(reduceF(.sum, a, n))), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceF(.sum, a + row &* n &* 4, n), toByteOffset: row &* 4, as: Float.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsF(.sum, acc, a, rows, columns)
      return -1
    })
  set(
    .prod,
    { slot, a, n in
      slot.storeBytes(of: combine(.prod, slot.load(as: Double.self), Double(reduceF(.prod, a, n))), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceF(.prod, a + row &* n &* 4, n), toByteOffset: row &* 4, as: Float.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsF(.prod, acc, a, rows, columns)
      return -1
    })
  set(
    .max,
    { slot, a, n in
      slot.storeBytes(of: combine(.max, slot.load(as: Double.self), Double(reduceF(.max, a, n))), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceF(.max, a + row &* n &* 4, n), toByteOffset: row &* 4, as: Float.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsF(.max, acc, a, rows, columns)
      return -1
    })
  set(
    .min,
    { slot, a, n in
      slot.storeBytes(of: combine(.min, slot.load(as: Double.self), Double(reduceF(.min, a, n))), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceF(.min, a + row &* n &* 4, n), toByteOffset: row &* 4, as: Float.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsF(.min, acc, a, rows, columns)
      return -1
    })
}

func addReductions64(_ table: inout KernelTable) {
  func set(
    _ op: ReduceOp, _ block: @escaping ReduceBlockKernel, _ rows: @escaping ReduceRowsKernel,
    _ columns: @escaping ReduceColumnsKernel
  ) {
    table.reduceBlock[KernelTable.index(op, .f64)] = block
    table.reduceRows[KernelTable.index(op, .f64)] = rows
    table.reduceColumns[KernelTable.index(op, .f64)] = columns
  }
  set(
    .sum,
    { slot, a, n in
      slot.storeBytes(of: combine(.sum, slot.load(as: Double.self), reduceD(.sum, a, n)), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceD(.sum, a + row &* n &* 8, n), toByteOffset: row &* 8, as: Double.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsD(.sum, acc, a, rows, columns)
      return -1
    })
  set(
    .prod,
    { slot, a, n in
      slot.storeBytes(of: combine(.prod, slot.load(as: Double.self), reduceD(.prod, a, n)), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceD(.prod, a + row &* n &* 8, n), toByteOffset: row &* 8, as: Double.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsD(.prod, acc, a, rows, columns)
      return -1
    })
  set(
    .max,
    { slot, a, n in
      slot.storeBytes(of: combine(.max, slot.load(as: Double.self), reduceD(.max, a, n)), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceD(.max, a + row &* n &* 8, n), toByteOffset: row &* 8, as: Double.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsD(.max, acc, a, rows, columns)
      return -1
    })
  set(
    .min,
    { slot, a, n in
      slot.storeBytes(of: combine(.min, slot.load(as: Double.self), reduceD(.min, a, n)), as: Double.self)
    },
    { out, a, rows, n in
      var row = 0
      while row < rows {
        out.storeBytes(of: reduceD(.min, a + row &* n &* 8, n), toByteOffset: row &* 8, as: Double.self)
        row &+= 1
      }
      return -1
    },
    { acc, a, rows, columns in
      columnsD(.min, acc, a, rows, columns)
      return -1
    })
}
