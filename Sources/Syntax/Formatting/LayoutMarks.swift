// What the tokens alone don't say and the parser knows: where statements begin, which braces hold records, which square
// brackets hold indices or sizes. Token numbers.

struct LayoutMarks {
  let tokens: ContiguousArray<Token>
  /// First tokens of statements and of the clauses of recurrences.
  var statements: Set<Int> = []
  /// `{` of records and of shapes of records; all others open blocks.
  var records: Set<Int> = []
  /// `[` of indices, of clause positions and of shapes, where `i+1` is written tight.
  var indices: Set<Int> = []

  init(tokens: ContiguousArray<Token> = []) { self.tokens = tokens }
}
