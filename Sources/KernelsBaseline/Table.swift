// The table that this target offers to the program.
import KernelTypes

/// All kernels of this ISA level.
package func makeKernelTable(_ name: String) -> KernelTable {
  var table = KernelTable(name: name)
  addUnary32(&table)
  addFunctions32(&table)
  addBinary32(&table)
  addUnary64(&table)
  addFunctions64(&table)
  addBinary64(&table)
  addArithmeticInteger(&table)
  addElementsInteger(&table)
  addElementsBool(&table)
  addCasts(&table)
  addPairs(&table)
  addReductions32(&table)
  addReductions64(&table)
  addReductionsInteger(&table)
  addRowKernels(&table)
  addSmallProducts(&table)
  addNormal(&table)
  addColumns(&table)
  addRows(&table)
  addLogProducts(&table)
  addColumnsProducts(&table)
  addTransposes(&table)
  addDistances(&table)
  return table
}
