// The door to the kernels: one table, chosen when first used for the processor that the program runs on.
//
// Read on in Pool.swift and Buffers.swift (threads, memory), then the facades: Products (GEMM), Rows (softmax and
// friends), Moves (gather, strided copies), Random (Philox).
import CPlatform
import KernelTypes
import KernelsBaseline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
#if ISA_LEVELS
  import KernelsV3
  import KernelsV4
#endif

/// All kernels.
package enum Kernels {
  /// The kernels in use. `TRELLIS_ISA_LEVEL` (1, 3 or 4) may lower the level, for tests.
  package static let table: KernelTable = makeTable(level: selectedLevel)

  /// The kernels of every level that this processor has; the tests run all of them.
  package static var allTables: [KernelTable] {
    let found = Int(trellis_processor_level())
    var tables = [makeTable(level: 1)]
    for level in [3, 4] where level <= found {
      let table = makeTable(level: level)
      if table.name != tables[tables.count - 1].name { tables.append(table) }
    }
    return tables
  }

  /// "baseline", "x86-64-v3" or "x86-64-v4".
  package static var isaName: String { table.name }

  private static var selectedLevel: Int {
    let found = Int(trellis_processor_level())
    guard let text = getenv("TRELLIS_ISA_LEVEL"), let wanted = Int(String(cString: text)) else { return found }
    return Swift.min(found, wanted)
  }

  private static func makeTable(level: Int) -> KernelTable {
    #if ISA_LEVELS
      if level >= 4 { return KernelsV4.makeKernelTable("x86-64-v4") }
      if level >= 3 { return KernelsV3.makeKernelTable("x86-64-v3") }
    #endif
    return KernelsBaseline.makeKernelTable("baseline")
  }

  /// The kernel of an element operation on a type; nil where `op.accepts(type)` is false.
  package static func element(_ op: ElementOp, _ type: DType) -> ElementKernel? {
    table.elements[KernelTable.index(op, type)]
  }
}
