// The loop: one `switch` over the operations, registers behind a raw pointer. Fast cases are written out here; anything
// slow, or that may fail in an interesting way, is a function that is never inlined. `ip` points behind the running
// instruction; it is stored in the frame (`frame.pointee.ip = ip`) before anything that may look at it from outside:
// errors, tensor operations, calls.
//
// A write to a register releases what was there, except in operations on known numbers, where the compiler has proved
// that nothing was.
import Diagnostics
import Tensor

extension UnsafeMutablePointer where Pointee == Value {
  /// Tags of two registers as one number.
  @inline(__always) func tags(_ b: Int, _ c: Int) -> UInt16 {
    UInt16(self[b].tag.rawValue) << 8 | UInt16(self[c].tag.rawValue)
  }
}

private let intInt = UInt16(Tag.int.rawValue) << 8 | UInt16(Tag.int.rawValue)
private let floatFloat = UInt16(Tag.float.rawValue) << 8 | UInt16(Tag.float.rawValue)

extension Machine {
  /// Writes an owned value to a register. The write comes last so that both ways meet in it, and go on with one jump to
  /// the next operation.
  @inline(__always) func put(_ slot: UnsafeMutablePointer<Value>, _ value: Value) {
    let old = slot.pointee
    if _slowPath(old.isHeap) { releaseSlow(old) }
    slot.pointee = value
  }
  /// Whether a call's frame and registers fit. Addresses are compared as numbers: `<` of pointers is a function of
  /// `Comparable`, which is called.
  @inline(__always) func hasRoom(
    _ newBase: UnsafeMutablePointer<Value>, _ target: UnsafeMutablePointer<CodeRecord>
  ) -> Bool {
    UInt(bitPattern: frame + 1) < UInt(bitPattern: frameEnd)
      && UInt(bitPattern: newBase + target.pointee.registerCount) <= UInt(bitPattern: registerEnd)
  }
  @inline(never) func releaseSlow(_ value: Value) { heap.release(value) }

  /// Runs the frame `entry` until it returns; its result is in the register below its base.
  func execute() throws {
    let entry = frame
    var ip = entry.pointee.ip
    var base = entry.pointee.base
    var record = entry.pointee.record
    while true {
      do {
        while true {
          let i = ip.pointee
          ip += 1
          switch i.op {
          // MARK: Moves and constants
          // Not `break`: an operation that leads back at once, doing nothing, keeps LLVM from giving each operation
          // its own jump to the next (Package.swift).
          case .nop: frame.pointee.ip = ip
          case .move:
            let value = base[i.b]
            if value.isHeap {
              if i.flags & Flag.killB != 0 { base[i.b] = .none } else { Tensor.retain(value.object) }
            }
            put(base + i.a, value)
          case .constant:
            let value = record.pointee.constants[i.bc]
            if value.isHeap { Tensor.retain(value.object) }
            put(base + i.a, value)
          case .loadInt: put(base + i.a, Value(i.bc))
          case .loadNone: put(base + i.a, .none)
          case .loadBool: put(base + i.a, Value(i.b != 0))
          case .loadGlobal:
            let value = globals[i.bc]
            if value.tag == .absent {
              frame.pointee.ip = ip
              throw undefined(i.bc)
            }
            if value.isHeap { Tensor.retain(value.object) }
            put(base + i.a, value)
          case .storeGlobal:
            let value = base[i.a]
            if value.isHeap {
              if i.flags & Flag.killA != 0 { base[i.a] = .none } else { Tensor.retain(value.object) }
            }
            put(globals + i.bc, value)
          case .takeGlobal:
            let value = globals[i.bc]
            globals[i.bc] = .absent
            put(base + i.a, value)
          case .loadCapture:
            let value = ClosureRef((base - 1).pointee).captures[i.b]
            if value.isHeap { Tensor.retain(value.object) }
            put(base + i.a, value)
          case .loadSelf:
            let value = (base - 1).pointee
            if value.isHeap { Tensor.retain(value.object) }
            put(base + i.a, value)
          case .makeClosure: makeClosure(i, base)
          case .drop: put(base + i.a, .none)

          // MARK: Arithmetic on anything
          case .add:
            let tags = base.tags(i.b, i.c)
            if tags == floatFloat {
              put(base + i.a, Value(base[i.b].float + base[i.c].float))
            } else if tags == intInt {
              let (sum, overflow) = base[i.b].int.addingReportingOverflow(base[i.c].int)
              if overflow {
                frame.pointee.ip = ip
                throw overflowError("+")
              }
              put(base + i.a, Value(sum))
            } else {
              try slowBinary(.add, i, base, ip)
            }
          case .subtract:
            let tags = base.tags(i.b, i.c)
            if tags == floatFloat {
              put(base + i.a, Value(base[i.b].float - base[i.c].float))
            } else if tags == intInt {
              let (difference, overflow) = base[i.b].int.subtractingReportingOverflow(base[i.c].int)
              if overflow {
                frame.pointee.ip = ip
                throw overflowError("-")
              }
              put(base + i.a, Value(difference))
            } else {
              try slowBinary(.sub, i, base, ip)
            }
          case .multiply:
            let tags = base.tags(i.b, i.c)
            if tags == floatFloat {
              put(base + i.a, Value(base[i.b].float * base[i.c].float))
            } else if tags == intInt {
              let (product, overflow) = base[i.b].int.multipliedReportingOverflow(by: base[i.c].int)
              if overflow {
                frame.pointee.ip = ip
                throw overflowError("*")
              }
              put(base + i.a, Value(product))
            } else {
              try slowBinary(.mul, i, base, ip)
            }
          case .divide:
            let (b, c) = (base[i.b], base[i.c])
            if b.isNumber && c.isNumber {
              put(base + i.a, Value(b.asDouble / c.asDouble))
            } else {
              try slowBinary(.div, i, base, ip)
            }
          case .floorDivide: try slowBinary(.floordiv, i, base, ip)
          case .modulo:
            let b = base[i.b]
            let c = base[i.c]
            if b.tag == .int, c.tag == .int, c.int > 0 {
              let rest = b.int % c.int
              put(base + i.a, Value(rest < 0 ? rest &+ c.int : rest))
            } else {
              try slowBinary(.mod, i, base, ip)
            }
          case .power: try slowBinary(.pow, i, base, ip)
          case .matmul: try matmul(i, base, ip)
          case .join: try join(i, base, ip)
          case .addI:
            let b = base[i.b]
            if b.tag == .int {
              let (sum, overflow) = b.int.addingReportingOverflow(i.signedC)
              if overflow {
                frame.pointee.ip = ip
                throw overflowError(i.flags & Flag.subtracted != 0 ? "-" : "+")
              }
              put(base + i.a, Value(sum))
            } else if b.tag == .float {
              put(base + i.a, Value(b.float + Double(i.signedC)))
            } else {
              try slowWithInteger(.add, i, base, ip)
            }
          case .multiplyI:
            let b = base[i.b]
            if b.tag == .int {
              let (product, overflow) = b.int.multipliedReportingOverflow(by: i.signedC)
              if overflow {
                frame.pointee.ip = ip
                throw overflowError("*")
              }
              put(base + i.a, Value(product))
            } else if b.tag == .float {
              put(base + i.a, Value(b.float * Double(i.signedC)))
            } else {
              try slowWithInteger(.mul, i, base, ip)
            }
          case .divideI:
            let b = base[i.b]
            if b.isNumber {
              put(base + i.a, Value(b.asDouble / Double(i.signedC)))
            } else {
              try slowWithInteger(.div, i, base, ip)
            }
          case .floorDivideI:
            let b = base[i.b]
            if b.tag == .int, i.signedC > 0 {
              let quotient = b.int / i.signedC
              put(base + i.a, Value(quotient &* i.signedC > b.int ? quotient &- 1 : quotient))
            } else {
              try slowWithInteger(.floordiv, i, base, ip)
            }
          case .moduloI:
            let b = base[i.b]
            if b.tag == .int, i.signedC > 0 {
              let rest = b.int % i.signedC
              put(base + i.a, Value(rest < 0 ? rest &+ i.signedC : rest))
            } else {
              try slowWithInteger(.mod, i, base, ip)
            }
          case .addK:
            let b = base[i.b]
            if b.isNumber {
              put(base + i.a, Value(b.asDouble + record.pointee.constants[i.c].float))
            } else {
              try slowWithConstant(.add, i, base, record.pointee.constants, ip)
            }
          case .multiplyK:
            let b = base[i.b]
            if b.isNumber {
              put(base + i.a, Value(b.asDouble * record.pointee.constants[i.c].float))
            } else {
              try slowWithConstant(.mul, i, base, record.pointee.constants, ip)
            }
          case .divideK:
            let b = base[i.b]
            if b.isNumber {
              put(base + i.a, Value(b.asDouble / record.pointee.constants[i.c].float))
            } else {
              try slowWithConstant(.div, i, base, record.pointee.constants, ip)
            }
          case .subtractFromK:
            let b = base[i.b]
            if b.isNumber {
              put(base + i.a, Value(record.pointee.constants[i.c].float - b.asDouble))
            } else {
              try slowWithConstant(.sub, i, base, record.pointee.constants, ip)
            }
          case .divideIntoK:
            let b = base[i.b]
            if b.isNumber {
              put(base + i.a, Value(record.pointee.constants[i.c].float / b.asDouble))
            } else {
              try slowWithConstant(.div, i, base, record.pointee.constants, ip)
            }
          case .negate:
            let b = base[i.b]
            if b.tag == .float { put(base + i.a, Value(-b.float)) } else { try slowUnary(.neg, i, base, ip) }
          case .not:
            let b = base[i.b]
            if b.tag == .bool { put(base + i.a, Value(!b.bool)) } else { try slowUnary(.not, i, base, ip) }
          case .and: try combine(.and, i, base, ip)
          case .or: try combine(.or, i, base, ip)

          // MARK: Arithmetic on known integers
          case .addInt:
            let (sum, overflow) = base[i.b].int.addingReportingOverflow(base[i.c].int)
            if overflow {
              frame.pointee.ip = ip
              throw overflowError("+")
            }
            base[i.a] = Value(sum)
          case .subtractInt:
            let (difference, overflow) = base[i.b].int.subtractingReportingOverflow(base[i.c].int)
            if overflow {
              frame.pointee.ip = ip
              throw overflowError("-")
            }
            base[i.a] = Value(difference)
          case .multiplyInt:
            let (product, overflow) = base[i.b].int.multipliedReportingOverflow(by: base[i.c].int)
            if overflow {
              frame.pointee.ip = ip
              throw overflowError("*")
            }
            base[i.a] = Value(product)
          case .divideInt: base[i.a] = Value(Double(base[i.b].int) / Double(base[i.c].int))
          case .floorDivideInt:
            let divisor = base[i.c].int
            if divisor > 0 {
              let value = base[i.b].int
              let quotient = value / divisor
              base[i.a] = Value(quotient &* divisor > value ? quotient &- 1 : quotient)
            } else {
              try slowBinary(.floordiv, i, base, ip)
            }
          case .moduloInt:
            let divisor = base[i.c].int
            if divisor > 0 {
              let rest = base[i.b].int % divisor
              base[i.a] = Value(rest < 0 ? rest &+ divisor : rest)
            } else {
              try slowBinary(.mod, i, base, ip)
            }
          case .addIntI:
            let (sum, overflow) = base[i.b].int.addingReportingOverflow(i.signedC)
            if overflow {
              frame.pointee.ip = ip
              throw overflowError(i.flags & Flag.subtracted != 0 ? "-" : "+")
            }
            base[i.a] = Value(sum)
          case .multiplyIntI:
            let (product, overflow) = base[i.b].int.multipliedReportingOverflow(by: i.signedC)
            if overflow {
              frame.pointee.ip = ip
              throw overflowError("*")
            }
            base[i.a] = Value(product)
          case .floorDivideIntI:
            let value = base[i.b].int
            let quotient = value / i.signedC
            base[i.a] = Value(quotient &* i.signedC > value ? quotient &- 1 : quotient)
          case .moduloIntI:
            let rest = base[i.b].int % i.signedC
            base[i.a] = Value(rest < 0 ? rest &+ i.signedC : rest)
          case .negateInt:
            let (result, overflow) = 0.subtractingReportingOverflow(base[i.b].int)
            if overflow {
              frame.pointee.ip = ip
              throw overflowError("-")
            }
            base[i.a] = Value(result)

          // MARK: Arithmetic on known floats
          case .addFloat: base[i.a] = Value(base[i.b].float + base[i.c].float)
          case .subtractFloat: base[i.a] = Value(base[i.b].float - base[i.c].float)
          case .multiplyFloat: base[i.a] = Value(base[i.b].float * base[i.c].float)
          case .divideFloat: base[i.a] = Value(base[i.b].float / base[i.c].float)
          case .addFloatK: base[i.a] = Value(base[i.b].float + record.pointee.constants[i.c].float)
          case .multiplyFloatK: base[i.a] = Value(base[i.b].float * record.pointee.constants[i.c].float)
          case .divideFloatK: base[i.a] = Value(base[i.b].float / record.pointee.constants[i.c].float)
          case .subtractFromFloatK: base[i.a] = Value(record.pointee.constants[i.c].float - base[i.b].float)
          case .divideIntoFloatK: base[i.a] = Value(record.pointee.constants[i.c].float / base[i.b].float)
          case .negateFloat: base[i.a] = Value(-base[i.b].float)
          case .intToFloat: base[i.a] = Value(Double(base[i.b].int))
          case .multiplyAddFloat: base[i.a] = Value(base[i.b].float * base[i.c].float + base[i.d].float)
          case .multiplySubtractFloat: base[i.a] = Value(base[i.b].float * base[i.c].float - base[i.d].float)
          case .subtractProductFloat: base[i.a] = Value(base[i.d].float - base[i.b].float * base[i.c].float)
          case .addAddFloat: base[i.a] = Value(base[i.b].float + base[i.c].float + base[i.d].float)
          case .subtractAddFloat: base[i.a] = Value(base[i.b].float - base[i.c].float + base[i.d].float)

          // MARK: Comparisons
          case .less:
            let tags = base.tags(i.b, i.c)
            if tags == intInt {
              put(base + i.a, Value(base[i.b].int < base[i.c].int))
            } else if tags == floatFloat {
              put(base + i.a, Value(base[i.b].float < base[i.c].float))
            } else {
              try slowCompare(.lt, i, base, ip)
            }
          case .lessEqual:
            let tags = base.tags(i.b, i.c)
            if tags == intInt {
              put(base + i.a, Value(base[i.b].int <= base[i.c].int))
            } else if tags == floatFloat {
              put(base + i.a, Value(base[i.b].float <= base[i.c].float))
            } else {
              try slowCompare(.le, i, base, ip)
            }
          case .equal:
            if base.tags(i.b, i.c) == intInt {
              put(base + i.a, Value(base[i.b].int == base[i.c].int))
            } else {
              try slowCompare(.eq, i, base, ip)
            }
          case .notEqual:
            if base.tags(i.b, i.c) == intInt {
              put(base + i.a, Value(base[i.b].int != base[i.c].int))
            } else {
              try slowCompare(.ne, i, base, ip)
            }
          case .contains: try membership(i, base, ip, wanted: true)
          case .notContains: try membership(i, base, ip, wanted: false)
          case .lessInt: base[i.a] = Value(base[i.b].int < base[i.c].int)
          case .lessEqualInt: base[i.a] = Value(base[i.b].int <= base[i.c].int)
          case .equalInt: base[i.a] = Value(base[i.b].int == base[i.c].int)
          case .notEqualInt: base[i.a] = Value(base[i.b].int != base[i.c].int)
          case .lessFloat: base[i.a] = Value(base[i.b].float < base[i.c].float)
          case .lessEqualFloat: base[i.a] = Value(base[i.b].float <= base[i.c].float)

          // MARK: Jumps
          case .jump: ip += i.bc
          case .loopBack:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            ip += i.bc
          case .jumpIfTrue:
            let a = base[i.a]
            if a.tag == .bool {
              if a.bool { ip += i.bc }
            } else if try truth(i.a, i, base, ip) {
              ip += i.bc
            }
          case .jumpIfFalse:
            let a = base[i.a]
            if a.tag == .bool {
              if !a.bool { ip += i.bc }
            } else if try !truth(i.a, i, base, ip) {
              ip += i.bc
            }
          case .jumpIfPresent: if base[i.a].tag != .absent { ip += i.bc }
          case .jumpUnlessReduction: if reductionOperator(base[i.a]) == nil { ip += i.bc }
          case .shortAnd: if try decides(i, base, ip, false) { ip += i.bc }
          case .shortOr: if try decides(i, base, ip, true) { ip += i.bc }
          case .jumpLess:
            let tags = base.tags(i.a, i.b)
            if tags == intInt {
              if base[i.a].int < base[i.b].int { ip += i.signedC }
            } else if tags == floatFloat {
              if base[i.a].float < base[i.b].float { ip += i.signedC }
            } else if try slowTest(.lt, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotLess:
            let tags = base.tags(i.a, i.b)
            if tags == intInt {
              if base[i.a].int >= base[i.b].int { ip += i.signedC }
            } else if tags == floatFloat {
              if !(base[i.a].float < base[i.b].float) { ip += i.signedC }
            } else if try !slowTest(.lt, i, base, ip) {
              ip += i.signedC
            }
          case .jumpLessEqual:
            let tags = base.tags(i.a, i.b)
            if tags == intInt {
              if base[i.a].int <= base[i.b].int { ip += i.signedC }
            } else if tags == floatFloat {
              if base[i.a].float <= base[i.b].float { ip += i.signedC }
            } else if try slowTest(.le, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotLessEqual:
            let tags = base.tags(i.a, i.b)
            if tags == intInt {
              if base[i.a].int > base[i.b].int { ip += i.signedC }
            } else if tags == floatFloat {
              if !(base[i.a].float <= base[i.b].float) { ip += i.signedC }
            } else if try !slowTest(.le, i, base, ip) {
              ip += i.signedC
            }
          case .jumpEqual:
            if base.tags(i.a, i.b) == intInt {
              if base[i.a].int == base[i.b].int { ip += i.signedC }
            } else if try slowTest(.eq, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotEqual:
            if base.tags(i.a, i.b) == intInt {
              if base[i.a].int != base[i.b].int { ip += i.signedC }
            } else if try !slowTest(.eq, i, base, ip) {
              ip += i.signedC
            }
          case .jumpLessI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int < i.signedB { ip += i.signedC }
            } else if try slowTestInteger(.lt, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotLessI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int >= i.signedB { ip += i.signedC }
            } else if try !slowTestInteger(.lt, i, base, ip) {
              ip += i.signedC
            }
          case .jumpLessEqualI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int <= i.signedB { ip += i.signedC }
            } else if try slowTestInteger(.le, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotLessEqualI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int > i.signedB { ip += i.signedC }
            } else if try !slowTestInteger(.le, i, base, ip) {
              ip += i.signedC
            }
          case .jumpGreaterI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int > i.signedB { ip += i.signedC }
            } else if try slowTestInteger(.gt, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotGreaterI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int <= i.signedB { ip += i.signedC }
            } else if try !slowTestInteger(.gt, i, base, ip) {
              ip += i.signedC
            }
          case .jumpGreaterEqualI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int >= i.signedB { ip += i.signedC }
            } else if try slowTestInteger(.ge, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotGreaterEqualI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int < i.signedB { ip += i.signedC }
            } else if try !slowTestInteger(.ge, i, base, ip) {
              ip += i.signedC
            }
          case .jumpEqualI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int == i.signedB { ip += i.signedC }
            } else if try slowTestInteger(.eq, i, base, ip) {
              ip += i.signedC
            }
          case .jumpNotEqualI:
            let a = base[i.a]
            if a.tag == .int {
              if a.int != i.signedB { ip += i.signedC }
            } else if try !slowTestInteger(.eq, i, base, ip) {
              ip += i.signedC
            }
          case .jumpLessInt: if base[i.a].int < base[i.b].int { ip += i.signedC }
          case .jumpLessEqualInt: if base[i.a].int <= base[i.b].int { ip += i.signedC }
          case .jumpEqualInt: if base[i.a].int == base[i.b].int { ip += i.signedC }
          case .jumpNotEqualInt: if base[i.a].int != base[i.b].int { ip += i.signedC }
          case .jumpLessIntI: if base[i.a].int < i.signedB { ip += i.signedC }
          case .jumpLessEqualIntI: if base[i.a].int <= i.signedB { ip += i.signedC }
          case .jumpGreaterIntI: if base[i.a].int > i.signedB { ip += i.signedC }
          case .jumpGreaterEqualIntI: if base[i.a].int >= i.signedB { ip += i.signedC }
          case .jumpEqualIntI: if base[i.a].int == i.signedB { ip += i.signedC }
          case .jumpNotEqualIntI: if base[i.a].int != i.signedB { ip += i.signedC }
          case .jumpLessFloat: if base[i.a].float < base[i.b].float { ip += i.signedC }
          case .jumpNotLessFloat: if !(base[i.a].float < base[i.b].float) { ip += i.signedC }
          case .jumpLessEqualFloat: if base[i.a].float <= base[i.b].float { ip += i.signedC }
          case .jumpNotLessEqualFloat: if !(base[i.a].float <= base[i.b].float) { ip += i.signedC }
          case .jumpLessK:
            let a = base[i.a]
            if a.tag == .float {
              if a.float < record.pointee.constants[i.b].float { ip += i.signedC }
            } else if try slowTestConstant(.lt, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpNotLessK:
            let a = base[i.a]
            if a.tag == .float {
              if !(a.float < record.pointee.constants[i.b].float) { ip += i.signedC }
            } else if try !slowTestConstant(.lt, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpLessEqualK:
            let a = base[i.a]
            if a.tag == .float {
              if a.float <= record.pointee.constants[i.b].float { ip += i.signedC }
            } else if try slowTestConstant(.le, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpNotLessEqualK:
            let a = base[i.a]
            if a.tag == .float {
              if !(a.float <= record.pointee.constants[i.b].float) { ip += i.signedC }
            } else if try !slowTestConstant(.le, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpGreaterK:
            let a = base[i.a]
            if a.tag == .float {
              if a.float > record.pointee.constants[i.b].float { ip += i.signedC }
            } else if try slowTestConstant(.gt, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpNotGreaterK:
            let a = base[i.a]
            if a.tag == .float {
              if !(a.float > record.pointee.constants[i.b].float) { ip += i.signedC }
            } else if try !slowTestConstant(.gt, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpGreaterEqualK:
            let a = base[i.a]
            if a.tag == .float {
              if a.float >= record.pointee.constants[i.b].float { ip += i.signedC }
            } else if try slowTestConstant(.ge, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }
          case .jumpNotGreaterEqualK:
            let a = base[i.a]
            if a.tag == .float {
              if !(a.float >= record.pointee.constants[i.b].float) { ip += i.signedC }
            } else if try !slowTestConstant(.ge, i, base, record.pointee.constants, ip) {
              ip += i.signedC
            }

          // MARK: Loops
          case .rangePrepare:
            let window = base + i.a
            if base.tags(i.a, i.a + 1) != intInt || window[2].tag != .int || window[2].int == 0 {
              frame.pointee.ip = ip
              try prepareRange(window)
            }
            if window[2].int > 0 ? window[0].int >= window[1].int : window[0].int <= window[1].int { ip += i.bc }
          case .rangeLoopOne:
            let window = base + i.a
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            // The counter is below the end, so it can't overflow.
            let next = window[0].int &+ 1
            window[0] = Value(next)
            if next < window[1].int { ip += i.bc }
          case .rangeLoop:
            let window = base + i.a
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            let step = window[2].int
            let (next, overflow) = window[0].int.addingReportingOverflow(step)
            if !overflow, step > 0 ? next < window[1].int : next > window[1].int {
              window[0] = Value(next)
              ip += i.bc
            }
          case .iteratePrepare:
            frame.pointee.ip = ip
            try prepareIteration(base + i.a)
          case .iterateNext:
            let state = base[i.a]
            if state.tag == .list {
              let list = ListRef(state)
              let position = base[i.a + 1].int
              if position < list.count {
                let item = list[position]
                if item.isHeap { Tensor.retain(item.object) }
                put(base + i.b, item)
                base[i.a + 1] = Value(position &+ 1)
              } else {
                put(base + i.a, .none)
                ip += i.signedC
              }
            } else {
              frame.pointee.ip = ip
              if try !iterateSlow(base + i.a, base + i.b) { ip += i.signedC }
            }
          case .loopLessInt:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            if base[i.a].int < base[i.b].int { ip += i.signedC }
          case .loopLessEqualInt:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            if base[i.a].int <= base[i.b].int { ip += i.signedC }
          case .loopLessIntI:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            if base[i.a].int < i.signedB { ip += i.signedC }
          case .loopGreaterIntI:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            if base[i.a].int > i.signedB { ip += i.signedC }
          case .loopLessFloat:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            if base[i.a].float < base[i.b].float { ip += i.signedC }
          case .loopLessEqualFloat:
            fuel &-= 1
            if fuel < 0 || touchedGraph {
              frame.pointee.ip = ip
              try backEdge(ip, base)
            }
            if base[i.a].float <= base[i.b].float { ip += i.signedC }

          // MARK: Making values
          case .makeList:
            let list = heap.list(capacity: i.c)
            let window = base + i.b
            for index in 0..<i.c {
              ListRef(list).append(window[index], heap)
              window[index] = .none
            }
            put(base + i.a, list)
          case .makeRecord: makeRecord(i, base)
          case .newRecord: put(base + i.a, heap.record())
          case .recordInsert:
            frame.pointee.ip = ip
            try insertField(i, base)
          case .recordSpread:
            frame.pointee.ip = ip
            try spreadRecord(i, base)
          case .listPush:
            let value = base[i.b]
            if value.isHeap {
              if i.flags & Flag.killB != 0 { base[i.b] = .none } else { Tensor.retain(value.object) }
            }
            ListRef(base[i.a]).append(value, heap)
          case .listSpread:
            frame.pointee.ip = ip
            try spreadList(i, base)
          case .makeRange:
            frame.pointee.ip = ip
            try makeRange(i, base)
          case .interpolate:
            frame.pointee.ip = ip
            try interpolate(i, base)

          // MARK: Looking inside
          case .getField:
            let object = base[i.b]
            let site = record.pointee.fields + i.c
            if object.tag == .record, RecordRef(object).layoutID == site.pointee.layoutID,
              site.pointee.layoutID != Layout.dictionary
            {
              let value = RecordRef(object).slots[Int(site.pointee.slot)]
              if value.isHeap { Tensor.retain(value.object) }
              if i.flags & Flag.killB != 0 {
                base[i.b] = .none
                if releaseReachedZero(object.object) { destroySlow(object) }
              }
              put(base + i.a, value)
            } else {
              try fieldSlow(i, base, site, ip)
            }
          case .setField:
            let object = base[i.a]
            let site = record.pointee.fields + i.c
            if object.tag == .record, RecordRef(object).layoutID == site.pointee.layoutID,
              site.pointee.layoutID != Layout.dictionary, RecordRef(object).isUnique
            {
              let value = base[i.b]
              if value.isHeap {
                if i.flags & Flag.killB != 0 { base[i.b] = .none } else { Tensor.retain(value.object) }
              }
              put(RecordRef(object).slots + Int(site.pointee.slot), value)
            } else {
              frame.pointee.ip = ip
              try setFieldSlow(i, base, site)
            }
          case .getIndex:
            let object = base[i.b]
            let index = base[i.c]
            if object.tag == .list, index.tag == .int {
              let list = ListRef(object)
              if UInt(bitPattern: index.int) < UInt(bitPattern: list.count) {
                let value = list[index.int]
                if value.isHeap { Tensor.retain(value.object) }
                if i.flags & Flag.killB != 0 {
                  base[i.b] = .none
                  if releaseReachedZero(object.object) { destroySlow(object) }
                }
                put(base + i.a, value)
                continue
              }
            }
            try indexSlow(i, base, ip)
          case .getIndexThenField:
            let object = base[i.b]
            let index = base[i.c]
            if object.tag == .list, index.tag == .int {
              let list = ListRef(object)
              if UInt(bitPattern: index.int) < UInt(bitPattern: list.count) {
                let item = list[index.int]
                let next = ip.pointee
                let site = record.pointee.fields + next.c
                if item.tag == .record, RecordRef(item).layoutID == site.pointee.layoutID,
                  site.pointee.layoutID != Layout.dictionary
                {
                  let value = RecordRef(item).slots[Int(site.pointee.slot)]
                  if value.isHeap { Tensor.retain(value.object) }
                  put(base + next.a, value)
                  ip += 1
                } else {
                  if item.isHeap { Tensor.retain(item.object) }
                  put(base + i.a, item)
                }
                continue
              }
            }
            try indexSlow(i, base, ip)
          case .getIndexI:
            let object = base[i.b]
            if object.tag == .list {
              let list = ListRef(object)
              if UInt(bitPattern: i.signedC) < UInt(bitPattern: list.count) {
                let value = list[i.signedC]
                if value.isHeap { Tensor.retain(value.object) }
                if i.flags & Flag.killB != 0 {
                  base[i.b] = .none
                  if releaseReachedZero(object.object) { destroySlow(object) }
                }
                put(base + i.a, value)
                continue
              }
            }
            try indexIntegerSlow(i, base, ip)
          case .setIndex:
            let object = base[i.a]
            let index = base[i.b]
            if object.tag == .list, index.tag == .int {
              let list = ListRef(object)
              if UInt(bitPattern: index.int) < UInt(bitPattern: list.count), list.isUnique {
                let value = base[i.c]
                if value.isHeap {
                  if i.flags & Flag.killC != 0 { base[i.c] = .none } else { Tensor.retain(value.object) }
                }
                put(list.items + index.int, value)
                continue
              }
            }
            try setIndexSlow(i, base, ip)
          case .getItems: try itemsSlow(i, base, ip)
          case .setItemField: try setItemField(i, base, record.pointee.fields + i.c, ip)
          case .updateField: try updateField(i, base, record.pointee.fields + i.c, ip)
          case .updateItem: try updateItem(i, base, ip)
          case .updateItemField: try updateItemField(i, base, record.pointee.fields + i.c, ip)
          case .setPath: try setPath(i, base, ip)
          case .updatePath: try updatePath(i, base, ip)
          case .unpack:
            frame.pointee.ip = ip
            try unpack(i, base)

          // MARK: Calls
          case .callCode:
            frame.pointee.ip = ip
            if i.flags & Flag.clearAbove != 0 { clearAbove(base, i.a + 1 + i.c) }
            let target = records[i.b]
            let newBase = base + (i.a + 1)
            fuel &-= 1
            if fuel < 0 || !hasRoom(newBase, target) {
              try enterSlow(newBase, target)
            }
            let entered = frame + 1
            entered.pointee.base = newBase
            entered.pointee.record = target
            frame = entered
            base = newBase
            record = target
            ip = target.pointee.entry
          case .call:
            frame.pointee.ip = ip
            if i.flags & Flag.clearAbove != 0 { clearAbove(base, i.a + 1 + i.b) }
            let callee = base[i.a]
            if callee.tag == .closure {
              let target = closureRecord(callee)
              if target.pointee.parameterCount != i.b { try arrangeArguments(base + i.a, i.b, nil) }
              let newBase = base + (i.a + 1)
              fuel &-= 1
              if fuel < 0 || !hasRoom(newBase, target) {
                try enterSlow(newBase, target)
              }
              let entered = frame + 1
              entered.pointee.base = newBase
              entered.pointee.record = target
              frame = entered
              base = newBase
              record = target
              ip = target.pointee.entry
            } else {
              try callOther(base + i.a, i.b, nil)
            }
          case .callSelf:
            frame.pointee.ip = ip
            if i.flags & Flag.clearAbove != 0 { clearAbove(base, i.a + 1 + i.b) }
            let callee = (base - 1).pointee
            Tensor.retain(callee.object)
            put(base + i.a, callee)
            // Not `record`: that may be a variant for other arguments.
            record = closureRecord(callee)
            let newBase = base + (i.a + 1)
            fuel &-= 1
            if fuel < 0 || !hasRoom(newBase, record) {
              try enterSlow(newBase, record)
            }
            let entered = frame + 1
            entered.pointee.base = newBase
            entered.pointee.record = record
            frame = entered
            base = newBase
            ip = record.pointee.entry
          case .callNamed:
            frame.pointee.ip = ip
            if i.flags & Flag.clearAbove != 0 { clearAbove(base, i.a + 1 + i.b) }
            try callNamed(base + i.a, i.b, i.c)
            base = frame.pointee.base
            record = frame.pointee.record
            ip = frame.pointee.ip
          case .callBuiltin: try callBuiltin(i, base, ip)
          case .define: try define(i, base, ip)
          case .return:
            let value = base[i.a]
            base[i.a] = .none
            if i.b > 0 { clear(base, i.b) }
            put(base - 1, value)
            if frame == entry {
              frame -= 1
              return
            }
            frame -= 1
            base = frame.pointee.base
            record = frame.pointee.record
            ip = frame.pointee.ip
          case .returnNone:
            if i.b > 0 { clear(base, i.b) }
            put(base - 1, .none)
            if frame == entry {
              frame -= 1
              return
            }
            frame -= 1
            base = frame.pointee.base
            record = frame.pointee.record
            ip = frame.pointee.ip

          // MARK: Builtins of their own
          case .length:
            let b = base[i.b]
            if b.tag == .list {
              let count = ListRef(b).count
              if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
              put(base + i.a, Value(count))
            } else {
              try specialUnary(special.length, i, base, ip)
            }
          case .append:
            let list = base[i.b]
            if list.tag == .list, i.a == i.b || i.flags & Flag.killB != 0, ListRef(list).isUnique, i.b != i.c {
              let value = base[i.c]
              if value.isHeap {
                if i.flags & Flag.killC != 0 { base[i.c] = .none } else { Tensor.retain(value.object) }
              }
              ListRef(list).append(value, heap)
              if i.a != i.b {
                base[i.b] = .none
                put(base + i.a, list)
              }
            } else {
              try specialBinary(special.append, i, base, ip)
            }
          case .getKey: try getKey(i, base, ip)
          case .absolute:
            let b = base[i.b]
            if b.tag == .float { put(base + i.a, Value(abs(b.float))) } else { try slowUnary(.abs, i, base, ip) }
          case .squareRoot:
            let b = base[i.b]
            if b.tag == .float {
              put(base + i.a, Value(Machine.root(b.float)))
            } else {
              try slowUnary(.sqrt, i, base, ip)
            }
          case .minimum: try extremum(i, base, ip, special.minimum, wantsLess: true)
          case .maximum: try extremum(i, base, ip, special.maximum, wantsLess: false)
          case .text: try specialUnary(special.text, i, base, ip)
          case .absoluteFloat: base[i.a] = Value(abs(base[i.b].float))
          case .squareRootFloat: base[i.a] = Value(Machine.root(base[i.b].float))
          case .minimumFloat:
            let (x, y) = (base[i.b].float, base[i.c].float)
            base[i.a] = Value(x.isNaN || x <= y ? x : y)
          case .maximumFloat:
            let (x, y) = (base[i.b].float, base[i.c].float)
            base[i.a] = Value(x.isNaN || x >= y ? x : y)

          // MARK: Errors, shapes, modules
          case .tryBegin: put(base + i.a, Value(heap.graph.mark()))
          case .tryEnd:
            frame.pointee.ip = ip
            try settle(base[i.a].int)
          case .rethrow:
            frame.pointee.ip = ip
            throw lastError ?? Diagnostic(.internalError("no error to raise again"), at: nil)
          case .assertFailed:
            frame.pointee.ip = ip
            throw assertionError(base[i.a])
          case .checkShape:
            frame.pointee.ip = ip
            try checkShape(i, base)
          case .checkMember:
            frame.pointee.ip = ip
            try checkSize(i, base)
          case .importModule:
            frame.pointee.ip = ip
            try importModule(i, base)
          case .parameter: parameterValue(i, base, record.pointee.constants)
          case .testBegin: if !beginsTest(record.pointee.constants[i.a]) { ip += i.bc }
          case .testPassed: reportTest(record.pointee.constants[i.a], failed: false)
          case .testFailed: reportTest(record.pointee.constants[i.a], failed: true)
          case .enter:
            if kindSignature(base, record.pointee.parameterCount) == record.pointee.variantSignature
              || (record.pointee.variantSignature == 0 && makeVariant(record, base))
            {
              if let variant = record.pointee.variant {
                record = variant
                frame.pointee.record = variant
                ip = variant.pointee.entry
              }
            }
          case .clearDead: releaseDead(codes[record.pointee.id], i.bc)
          }
        }
      } catch {
        try unwind(error, downTo: entry)
        ip = frame.pointee.ip
        base = frame.pointee.base
        record = frame.pointee.record
      }
    }
  }
}
