// What can be wrong with a program, found before the run (`ProgramError`) or during it (`CellFailure`). Places are those of
// reads and clauses; who made the program knows what they name.

package enum ProgramError: Error, Hashable, Sendable {
  /// No order of the cells lets every read find its cell done: two reads that close the cycle.
  case cycle(first: Int, second: Int)
  /// Tables that read each other have heads of different rank.
  case differentRanks(place: Int)
  /// Paths are asked for, and something else than adding is done to what has alternatives.
  case notAdditive(operation: String, place: Int)
  /// Paths are asked for, and some reductions look for the largest, this one for the smallest, or the other way round.
  case opposed(place: Int)
  /// Paths are asked for, and nobody knows how a reduction that a script defines chooses.
  case userReduction(place: Int)
}

package enum CellFailure: Hashable, Sendable {
  /// No clause matches the cell.
  case undefined(table: Int, cell: [Int])
  /// A read outside of a table or tensor, where nothing leaves it out.
  case outside(place: Int, index: [Int], sizes: [Int])
  /// A read of a cell that the band leaves out, where nothing leaves it out.
  case leftOut(place: Int, index: [Int])
  /// A read that depends on data found a cell that is not done yet.
  case forward(place: Int, index: [Int], cell: [Int])
  /// Arithmetic on integers.
  case integer(place: Int, reason: Int)
  /// A function of a reduction that a script defines; what went wrong is with the function.
  case function(place: Int)
}
