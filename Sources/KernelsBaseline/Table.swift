// The table that this target offers to the program.
import KernelTypes

/// All kernels of this ISA level.
package func makeKernelTable(_ name: String) -> KernelTable {
  var table = KernelTable(name: name)
  addElements32(&table)
  addElements64(&table)
  addElementsInteger(&table)
  addElementsBool(&table)
  addCasts(&table)
  addReductions32(&table)
  addReductions64(&table)
  addReductionsInteger(&table)
  addRowKernels(&table)
  addSmallProducts(&table)
  return table
}
