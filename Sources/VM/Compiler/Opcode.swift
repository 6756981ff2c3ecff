// The operations of the machine: one table, read by the compiler's passes, the disassembler and the tests.
//
// `operands` says what a, b and c are, one letter each; a fourth letter is for d, which takes the place of the flags:
//   w  a register that is written          r  a register that is read        u  a register that is read and written
//   i  a signed number                     n  an unsigned number or index    k  a constant
//   f  a field site (name + inline cache)  j  a jump distance, from the next instruction
//   J X  b and c together: a far jump distance, an index;   -  nothing
// `result` is the kind of what is written: i integer, f float, b boolean, m that of b, u unknown, - nothing.
// Windows (runs of registers that an operation empties) are described by `Instruction.window`.
//
// Operations with Int or Float in the name trust the compiler's inference and look at no tags.

package enum Opcode: UInt8, CaseIterable, Sendable {
  case nop, move, constant, loadInt, loadNone, loadBool, loadGlobal, storeGlobal, takeGlobal, loadCapture, loadSelf
  case makeClosure, drop
  // Arithmetic on anything.
  case add, subtract, multiply, divide, floorDivide, modulo, power, matmul, join
  case addI, multiplyI, divideI, floorDivideI, moduloI
  case addK, multiplyK, divideK, subtractFromK, divideIntoK
  case negate, not, and, or
  // Arithmetic on numbers of known kind.
  case addInt, subtractInt, multiplyInt, divideInt, floorDivideInt, moduloInt
  case addIntI, multiplyIntI, floorDivideIntI, moduloIntI, negateInt
  case addFloat, subtractFloat, multiplyFloat, divideFloat
  case addFloatK, multiplyFloatK, divideFloatK, subtractFromFloatK, divideIntoFloatK, negateFloat
  case intToFloat
  // Two operations on floats, each rounded: the first one's result is read by the second alone (Fuse.swift).
  case multiplyAddFloat, multiplySubtractFloat, subtractProductFloat, addAddFloat, subtractAddFloat
  // Comparisons into a register.
  case less, lessEqual, equal, notEqual, contains, notContains
  case lessInt, lessEqualInt, equalInt, notEqualInt, lessFloat, lessEqualFloat
  // Jumps.
  case jump, loopBack, jumpIfTrue, jumpIfFalse, jumpIfPresent, jumpUnlessReduction, shortAnd, shortOr
  case jumpLess, jumpNotLess, jumpLessEqual, jumpNotLessEqual, jumpEqual, jumpNotEqual
  case jumpLessI, jumpNotLessI, jumpLessEqualI, jumpNotLessEqualI
  case jumpGreaterI, jumpNotGreaterI, jumpGreaterEqualI, jumpNotGreaterEqualI, jumpEqualI, jumpNotEqualI
  case jumpLessInt, jumpLessEqualInt, jumpEqualInt, jumpNotEqualInt
  case jumpLessIntI, jumpLessEqualIntI, jumpGreaterIntI, jumpGreaterEqualIntI, jumpEqualIntI, jumpNotEqualIntI
  case jumpLessFloat, jumpNotLessFloat, jumpLessEqualFloat, jumpNotLessEqualFloat
  case jumpLessK, jumpNotLessK, jumpLessEqualK, jumpNotLessEqualK
  case jumpGreaterK, jumpNotGreaterK, jumpGreaterEqualK, jumpNotGreaterEqualK
  // Loops.
  case rangePrepare, rangeLoop, rangeLoopOne, iteratePrepare, iterateNext
  case loopLessInt, loopLessEqualInt, loopLessIntI, loopGreaterIntI, loopLessFloat, loopLessEqualFloat
  // Making values.
  case makeList, makeRecord, newRecord, recordInsert, recordSpread, listPush, listSpread, makeRange, interpolate
  // Looking inside.
  case getField, setField, getIndex, getIndexThenField, getIndexI, setIndex, getItems, setItemField
  case updateField, updateItem, updateItemField, setPath, updatePath, unpack
  // Calls.
  case call, callNamed, callCode, callSelf, callBuiltin, define, `return`, returnNone
  // Builtins of their own.
  case length, append, getKey, absolute, squareRoot, minimum, maximum, text
  case absoluteFloat, squareRootFloat, minimumFloat, maximumFloat
  // Errors, shapes, modules.
  case tryBegin, tryEnd, rethrow, assertFailed, checkShape, checkMember
  case importModule, parameter, testBegin, testPassed, testFailed, clearDead, enter
}

package struct OpcodeInfo: Sendable {
  package let op: Opcode
  package let operands: String
  package let result: Character
  package let meaning: String
  /// The three letters as bytes, for the passes.
  package let roles: (a: UInt8, b: UInt8, c: UInt8)

  init(_ op: Opcode, _ operands: String, _ result: Character, _ meaning: String) {
    self.op = op
    self.operands = operands
    self.result = result
    self.meaning = meaning
    let bytes = Array(operands.utf8)
    roles = (bytes[0], bytes[1], bytes.count > 2 ? bytes[2] : UInt8(ascii: "-"))
  }
}

extension Opcode {
  package var info: OpcodeInfo { Opcode.table[Int(rawValue)] }
  package var isJump: Bool { info.roles.c == UInt8(ascii: "j") || info.roles.b == UInt8(ascii: "J") }
  /// Control never goes on to the next instruction.
  package var endsFlow: Bool {
    switch self {
    case .jump, .loopBack, .return, .returnNone, .rethrow, .assertFailed: true
    default: false
    }
  }

  /// In the order of the cases.
  package static let table: [OpcodeInfo] = [
    OpcodeInfo(.nop, "---", "-", ""),
    OpcodeInfo(.move, "wr-", "m", "R[a] = R[b]"),
    OpcodeInfo(.constant, "wX", "u", "R[a] = K[bc]"),
    OpcodeInfo(.loadInt, "wI", "i", "R[a] = bc"),
    OpcodeInfo(.loadNone, "w--", "n", "R[a] = none"),
    OpcodeInfo(.loadBool, "wn-", "b", "R[a] = b != 0"),
    OpcodeInfo(.loadGlobal, "wX", "u", "R[a] = G[bc], which must be defined"),
    OpcodeInfo(.storeGlobal, "rX", "-", "G[bc] = R[a]"),
    OpcodeInfo(.takeGlobal, "wX", "u", "R[a] = G[bc] moved out; undefined gives absent"),
    OpcodeInfo(.loadCapture, "wn-", "u", "R[a] = captures[b]"),
    OpcodeInfo(.loadSelf, "w--", "u", "R[a] = the running closure"),
    OpcodeInfo(.makeClosure, "wnn", "u", "R[a] = closure of code b, holding the window from R[c]"),
    OpcodeInfo(.drop, "r--", "-", "R[a] is released"),

    OpcodeInfo(.add, "wrr", "u", "R[a] = R[b] + R[c]"),
    OpcodeInfo(.subtract, "wrr", "u", "R[a] = R[b] - R[c]"),
    OpcodeInfo(.multiply, "wrr", "u", "R[a] = R[b] * R[c]"),
    OpcodeInfo(.divide, "wrr", "u", "R[a] = R[b] / R[c]"),
    OpcodeInfo(.floorDivide, "wrr", "u", "R[a] = R[b] // R[c]"),
    OpcodeInfo(.modulo, "wrr", "u", "R[a] = R[b] % R[c]"),
    OpcodeInfo(.power, "wrr", "u", "R[a] = R[b] ^ R[c]"),
    OpcodeInfo(.matmul, "wrr", "u", "R[a] = R[b] @ R[c]"),
    OpcodeInfo(.join, "wrr", "u", "R[a] = R[b] ++ R[c]"),
    OpcodeInfo(.addI, "wri", "u", "R[a] = R[b] + c"),
    OpcodeInfo(.multiplyI, "wri", "u", "R[a] = R[b] * c"),
    OpcodeInfo(.divideI, "wri", "u", "R[a] = R[b] / c"),
    OpcodeInfo(.floorDivideI, "wri", "u", "R[a] = R[b] // c"),
    OpcodeInfo(.moduloI, "wri", "u", "R[a] = R[b] % c"),
    OpcodeInfo(.addK, "wrk", "u", "R[a] = R[b] + K[c]"),
    OpcodeInfo(.multiplyK, "wrk", "u", "R[a] = R[b] * K[c]"),
    OpcodeInfo(.divideK, "wrk", "u", "R[a] = R[b] / K[c]"),
    OpcodeInfo(.subtractFromK, "wrk", "u", "R[a] = K[c] - R[b]"),
    OpcodeInfo(.divideIntoK, "wrk", "u", "R[a] = K[c] / R[b]"),
    OpcodeInfo(.negate, "wr-", "u", "R[a] = -R[b]"),
    OpcodeInfo(.not, "wr-", "u", "R[a] = not R[b]"),
    OpcodeInfo(.and, "wrr", "u", "R[a] = R[b] and R[c], both evaluated"),
    OpcodeInfo(.or, "wrr", "u", "R[a] = R[b] or R[c], both evaluated"),

    OpcodeInfo(.addInt, "wrr", "i", "R[a] = R[b] + R[c]"),
    OpcodeInfo(.subtractInt, "wrr", "i", "R[a] = R[b] - R[c]"),
    OpcodeInfo(.multiplyInt, "wrr", "i", "R[a] = R[b] * R[c]"),
    OpcodeInfo(.divideInt, "wrr", "f", "R[a] = float(R[b]) / float(R[c])"),
    OpcodeInfo(.floorDivideInt, "wrr", "i", "R[a] = R[b] // R[c]"),
    OpcodeInfo(.moduloInt, "wrr", "i", "R[a] = R[b] % R[c]"),
    OpcodeInfo(.addIntI, "wri", "i", "R[a] = R[b] + c"),
    OpcodeInfo(.multiplyIntI, "wri", "i", "R[a] = R[b] * c"),
    OpcodeInfo(.floorDivideIntI, "wri", "i", "R[a] = R[b] // c, c > 0"),
    OpcodeInfo(.moduloIntI, "wri", "i", "R[a] = R[b] % c, c > 0"),
    OpcodeInfo(.negateInt, "wr-", "i", "R[a] = -R[b]"),
    OpcodeInfo(.addFloat, "wrr", "f", "R[a] = R[b] + R[c]"),
    OpcodeInfo(.subtractFloat, "wrr", "f", "R[a] = R[b] - R[c]"),
    OpcodeInfo(.multiplyFloat, "wrr", "f", "R[a] = R[b] * R[c]"),
    OpcodeInfo(.divideFloat, "wrr", "f", "R[a] = R[b] / R[c]"),
    OpcodeInfo(.addFloatK, "wrk", "f", "R[a] = R[b] + K[c]"),
    OpcodeInfo(.multiplyFloatK, "wrk", "f", "R[a] = R[b] * K[c]"),
    OpcodeInfo(.divideFloatK, "wrk", "f", "R[a] = R[b] / K[c]"),
    OpcodeInfo(.subtractFromFloatK, "wrk", "f", "R[a] = K[c] - R[b]"),
    OpcodeInfo(.divideIntoFloatK, "wrk", "f", "R[a] = K[c] / R[b]"),
    OpcodeInfo(.negateFloat, "wr-", "f", "R[a] = -R[b]"),
    OpcodeInfo(.intToFloat, "wr-", "f", "R[a] = float(R[b])"),
    OpcodeInfo(.multiplyAddFloat, "wrrr", "f", "R[a] = R[b] * R[c] + R[d]"),
    OpcodeInfo(.multiplySubtractFloat, "wrrr", "f", "R[a] = R[b] * R[c] - R[d]"),
    OpcodeInfo(.subtractProductFloat, "wrrr", "f", "R[a] = R[d] - R[b] * R[c]"),
    OpcodeInfo(.addAddFloat, "wrrr", "f", "R[a] = R[b] + R[c] + R[d]"),
    OpcodeInfo(.subtractAddFloat, "wrrr", "f", "R[a] = R[b] - R[c] + R[d]"),

    OpcodeInfo(.less, "wrr", "u", "R[a] = R[b] < R[c]"),
    OpcodeInfo(.lessEqual, "wrr", "u", "R[a] = R[b] <= R[c]"),
    OpcodeInfo(.equal, "wrr", "u", "R[a] = R[b] == R[c]"),
    OpcodeInfo(.notEqual, "wrr", "u", "R[a] = R[b] != R[c]"),
    OpcodeInfo(.contains, "wrr", "b", "R[a] = R[b] in R[c]"),
    OpcodeInfo(.notContains, "wrr", "b", "R[a] = R[b] not in R[c]"),
    OpcodeInfo(.lessInt, "wrr", "b", "R[a] = R[b] < R[c]"),
    OpcodeInfo(.lessEqualInt, "wrr", "b", "R[a] = R[b] <= R[c]"),
    OpcodeInfo(.equalInt, "wrr", "b", "R[a] = R[b] == R[c]"),
    OpcodeInfo(.notEqualInt, "wrr", "b", "R[a] = R[b] != R[c]"),
    OpcodeInfo(.lessFloat, "wrr", "b", "R[a] = R[b] < R[c]"),
    OpcodeInfo(.lessEqualFloat, "wrr", "b", "R[a] = R[b] <= R[c]"),

    OpcodeInfo(.jump, "-J", "-", "go to bc"),
    OpcodeInfo(.loopBack, "-J", "-", "go to bc, the head of a loop: poll limits, let the graph cut"),
    OpcodeInfo(.jumpIfTrue, "rJ", "-", "go to bc if R[a]"),
    OpcodeInfo(.jumpIfFalse, "rJ", "-", "go to bc if not R[a]"),
    OpcodeInfo(.jumpIfPresent, "rJ", "-", "go to bc if argument R[a] was given"),
    OpcodeInfo(.jumpUnlessReduction, "rJ", "-", "go to bc unless R[a] is a reduction such as max"),
    OpcodeInfo(.shortAnd, "rJ", "-", "go to bc if R[a] is false; a tensor goes on"),
    OpcodeInfo(.shortOr, "rJ", "-", "go to bc if R[a] is true; a tensor goes on"),
    OpcodeInfo(.jumpLess, "rrj", "-", "go to c if R[a] < R[b]"),
    OpcodeInfo(.jumpNotLess, "rrj", "-", "go to c unless R[a] < R[b]"),
    OpcodeInfo(.jumpLessEqual, "rrj", "-", "go to c if R[a] <= R[b]"),
    OpcodeInfo(.jumpNotLessEqual, "rrj", "-", "go to c unless R[a] <= R[b]"),
    OpcodeInfo(.jumpEqual, "rrj", "-", "go to c if R[a] == R[b]"),
    OpcodeInfo(.jumpNotEqual, "rrj", "-", "go to c if R[a] != R[b]"),
    OpcodeInfo(.jumpLessI, "rij", "-", "go to c if R[a] < b"),
    OpcodeInfo(.jumpNotLessI, "rij", "-", "go to c unless R[a] < b"),
    OpcodeInfo(.jumpLessEqualI, "rij", "-", "go to c if R[a] <= b"),
    OpcodeInfo(.jumpNotLessEqualI, "rij", "-", "go to c unless R[a] <= b"),
    OpcodeInfo(.jumpGreaterI, "rij", "-", "go to c if R[a] > b"),
    OpcodeInfo(.jumpNotGreaterI, "rij", "-", "go to c unless R[a] > b"),
    OpcodeInfo(.jumpGreaterEqualI, "rij", "-", "go to c if R[a] >= b"),
    OpcodeInfo(.jumpNotGreaterEqualI, "rij", "-", "go to c unless R[a] >= b"),
    OpcodeInfo(.jumpEqualI, "rij", "-", "go to c if R[a] == b"),
    OpcodeInfo(.jumpNotEqualI, "rij", "-", "go to c if R[a] != b"),
    OpcodeInfo(.jumpLessInt, "rrj", "-", "go to c if R[a] < R[b]"),
    OpcodeInfo(.jumpLessEqualInt, "rrj", "-", "go to c if R[a] <= R[b]"),
    OpcodeInfo(.jumpEqualInt, "rrj", "-", "go to c if R[a] == R[b]"),
    OpcodeInfo(.jumpNotEqualInt, "rrj", "-", "go to c if R[a] != R[b]"),
    OpcodeInfo(.jumpLessIntI, "rij", "-", "go to c if R[a] < b"),
    OpcodeInfo(.jumpLessEqualIntI, "rij", "-", "go to c if R[a] <= b"),
    OpcodeInfo(.jumpGreaterIntI, "rij", "-", "go to c if R[a] > b"),
    OpcodeInfo(.jumpGreaterEqualIntI, "rij", "-", "go to c if R[a] >= b"),
    OpcodeInfo(.jumpEqualIntI, "rij", "-", "go to c if R[a] == b"),
    OpcodeInfo(.jumpNotEqualIntI, "rij", "-", "go to c if R[a] != b"),
    OpcodeInfo(.jumpLessFloat, "rrj", "-", "go to c if R[a] < R[b]"),
    OpcodeInfo(.jumpNotLessFloat, "rrj", "-", "go to c unless R[a] < R[b]"),
    OpcodeInfo(.jumpLessEqualFloat, "rrj", "-", "go to c if R[a] <= R[b]"),
    OpcodeInfo(.jumpNotLessEqualFloat, "rrj", "-", "go to c unless R[a] <= R[b]"),
    OpcodeInfo(.jumpLessK, "rkj", "-", "go to c if R[a] < K[b]"),
    OpcodeInfo(.jumpNotLessK, "rkj", "-", "go to c unless R[a] < K[b]"),
    OpcodeInfo(.jumpLessEqualK, "rkj", "-", "go to c if R[a] <= K[b]"),
    OpcodeInfo(.jumpNotLessEqualK, "rkj", "-", "go to c unless R[a] <= K[b]"),
    OpcodeInfo(.jumpGreaterK, "rkj", "-", "go to c if R[a] > K[b]"),
    OpcodeInfo(.jumpNotGreaterK, "rkj", "-", "go to c unless R[a] > K[b]"),
    OpcodeInfo(.jumpGreaterEqualK, "rkj", "-", "go to c if R[a] >= K[b]"),
    OpcodeInfo(.jumpNotGreaterEqualK, "rkj", "-", "go to c unless R[a] >= K[b]"),

    OpcodeInfo(.rangePrepare, "uJ", "i", "R[a], R[a+1], R[a+2] = start, end, step as integers; go to bc if empty"),
    OpcodeInfo(.rangeLoop, "uJ", "i", "R[a] += R[a+2]; go to bc if it is before R[a+1]; poll"),
    OpcodeInfo(.rangeLoopOne, "uJ", "i", "R[a] += 1; go to bc if it is before R[a+1]; poll"),
    OpcodeInfo(.iteratePrepare, "uJ", "u", "R[a] = what to walk, R[a+1] = 0; bc is unused"),
    OpcodeInfo(.iterateNext, "uwj", "u", "R[b] = next of R[a], position R[a+1]; go to c when there is none"),
    OpcodeInfo(.loopLessInt, "rrj", "-", "go to c, behind the head of a loop, if R[a] < R[b]; poll"),
    OpcodeInfo(.loopLessEqualInt, "rrj", "-", "go to c, behind the head of a loop, if R[a] <= R[b]; poll"),
    OpcodeInfo(.loopLessIntI, "rij", "-", "go to c, behind the head of a loop, if R[a] < b; poll"),
    OpcodeInfo(.loopGreaterIntI, "rij", "-", "go to c, behind the head of a loop, if R[a] > b; poll"),
    OpcodeInfo(.loopLessFloat, "rrj", "-", "go to c, behind the head of a loop, if R[a] < R[b]; poll"),
    OpcodeInfo(.loopLessEqualFloat, "rrj", "-", "go to c, behind the head of a loop, if R[a] <= R[b]; poll"),

    OpcodeInfo(.makeList, "wnn", "u", "R[a] = list of the c values from R[b]"),
    OpcodeInfo(.makeRecord, "wnn", "u", "R[a] = record of layout c with the values from R[b]"),
    OpcodeInfo(.newRecord, "w--", "u", "R[a] = {}"),
    OpcodeInfo(.recordInsert, "urr", "u", "R[a][R[b]] = R[c], inserting"),
    OpcodeInfo(.recordSpread, "ur-", "u", "R[a] = {...R[a], ...R[b]}"),
    OpcodeInfo(.listPush, "ur-", "u", "R[a] = [...R[a], R[b]]"),
    OpcodeInfo(.listSpread, "ur-", "u", "R[a] = [...R[a], ...R[b]]"),
    OpcodeInfo(.makeRange, "wn-", "u", "R[a] = R[b]..R[b+1] by R[b+2]"),
    OpcodeInfo(.interpolate, "wnn", "u", "R[a] = template c with the values from R[b]"),

    OpcodeInfo(.getField, "wrf", "u", "R[a] = R[b].f"),
    OpcodeInfo(.setField, "urf", "u", "R[a].f = R[b]"),
    OpcodeInfo(.getIndex, "wrr", "u", "R[a] = R[b][R[c]]"),
    OpcodeInfo(.getIndexThenField, "wrr", "u", "R[a] = R[b][R[c]], or at once the field read behind it"),
    OpcodeInfo(.getIndexI, "wri", "u", "R[a] = R[b][c]"),
    OpcodeInfo(.setIndex, "urr", "u", "R[a][R[b]] = R[c]"),
    OpcodeInfo(.getItems, "wnn", "u", "R[a] = R[b][items c, their values from R[b+1]]"),
    OpcodeInfo(.setItemField, "unf", "u", "R[a][R[b+1]].f = R[b]"),
    OpcodeInfo(.updateField, "urf", "u", "R[a].f operator= R[b]"),
    OpcodeInfo(.updateItem, "urr", "u", "R[a][R[b]] operator= R[c]"),
    OpcodeInfo(.updateItemField, "unf", "u", "R[a][R[b+1]].f operator= R[b]"),
    OpcodeInfo(.setPath, "unn", "u", "R[a] path b = R[c], its indices from R[c+1]"),
    OpcodeInfo(.updatePath, "unn", "u", "R[a] path b operator= R[c], its indices from R[c+1]"),
    OpcodeInfo(.unpack, "rnn", "-", "R[b], R[b+1] ... = the c items of list R[a]"),

    OpcodeInfo(.call, "nn-", "u", "R[a] = R[a](b values from R[a+1])"),
    OpcodeInfo(.callNamed, "nnn", "u", "R[a] = R[a](b values from R[a+1], the last ones named by list c)"),
    OpcodeInfo(.callCode, "nnn", "u", "R[a] = code b called with the c values from R[a+1]"),
    OpcodeInfo(.callSelf, "nn-", "u", "R[a] = the running closure called with the b values from R[a+1]"),
    OpcodeInfo(.callBuiltin, "nnn", "u", "R[a] = builtin b of the c values from R[a+1], all given up"),
    OpcodeInfo(.define, "nnn", "u", "R[a] ... = tables of definition b, with the c values from R[a]"),
    OpcodeInfo(.return, "rn-", "-", "return R[a], releasing the first b registers"),
    OpcodeInfo(.returnNone, "-n-", "-", "return none, releasing the first b registers"),

    OpcodeInfo(.length, "wr-", "i", "R[a] = len(R[b])"),
    OpcodeInfo(.append, "wrr", "u", "R[a] = append(R[b], R[c])"),
    OpcodeInfo(.getKey, "wrn", "u", "R[a] = get(R[b], R[c], R[c+1])"),
    OpcodeInfo(.absolute, "wr-", "u", "R[a] = abs(R[b])"),
    OpcodeInfo(.squareRoot, "wr-", "u", "R[a] = sqrt(R[b])"),
    OpcodeInfo(.minimum, "wrr", "u", "R[a] = min(R[b], R[c])"),
    OpcodeInfo(.maximum, "wrr", "u", "R[a] = max(R[b], R[c])"),
    OpcodeInfo(.text, "wr-", "u", "R[a] = str(R[b])"),
    OpcodeInfo(.absoluteFloat, "wr-", "f", "R[a] = abs(R[b])"),
    OpcodeInfo(.squareRootFloat, "wr-", "f", "R[a] = sqrt(R[b])"),
    OpcodeInfo(.minimumFloat, "wrr", "f", "R[a] = min(R[b], R[c])"),
    OpcodeInfo(.maximumFloat, "wrr", "f", "R[a] = max(R[b], R[c])"),

    OpcodeInfo(.tryBegin, "w--", "i", "R[a] = mark of the graph's pending work"),
    OpcodeInfo(.tryEnd, "r--", "-", "compute what can fail since mark R[a]"),
    OpcodeInfo(.rethrow, "---", "-", "raise the error that was just caught"),
    OpcodeInfo(.assertFailed, "rn-", "-", "raise assertion-failed with message R[a]"),
    OpcodeInfo(.checkShape, "rn-", "-", "check R[a] against shape b, binding its sizes"),
    OpcodeInfo(.checkMember, "rr-", "-", "a default or size R[a] equals R[b]"),
    OpcodeInfo(.importModule, "wX", "u", "R[a] = module number bc of the imports"),
    OpcodeInfo(.parameter, "uX", "u", "R[a] = value of option K[bc] if it was given"),
    OpcodeInfo(.testBegin, "nJ", "-", "go to bc unless test K[a] is to run"),
    OpcodeInfo(.testPassed, "n--", "-", "report test K[a] as passed"),
    OpcodeInfo(.testFailed, "n--", "-", "report test K[a] as failed with the error just caught"),
    OpcodeInfo(.clearDead, "-X", "-", "release all registers but those of live set bc"),
    OpcodeInfo(.enter, "---", "-", "go on in the variant for the kinds of the arguments, if there is one"),
  ]
}
