// One instruction is 64 bits: operation 8, flags 8, and three operands a, b, c of 16 bits. Some operations read b and c
// together as one signed 32-bit number (`bc`): far jumps, constants, module slots. Some have a register `d` in place of
// the flags.

package struct Instruction {
  package var word: UInt64

  @_transparent package init(word: UInt64) { self.word = word }

  package init(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, flags: UInt8 = 0) {
    word =
      UInt64(op.rawValue) | UInt64(flags) << 8 | UInt64(UInt16(truncatingIfNeeded: a)) << 16
      | UInt64(UInt16(truncatingIfNeeded: b)) << 32 | UInt64(UInt16(truncatingIfNeeded: c)) << 48
  }
  package init(_ op: Opcode, _ a: Int = 0, bc: Int, flags: UInt8 = 0) {
    word =
      UInt64(op.rawValue) | UInt64(flags) << 8 | UInt64(UInt16(truncatingIfNeeded: a)) << 16
      | UInt64(UInt32(truncatingIfNeeded: bc)) << 32
  }

  @_transparent package var op: Opcode { unsafeBitCast(UInt8(truncatingIfNeeded: word), to: Opcode.self) }
  @_transparent package var flags: UInt8 { UInt8(truncatingIfNeeded: word >> 8) }
  /// A fourth operand, of instructions that have no use for flags.
  @_transparent package var d: Int { Int(truncatingIfNeeded: (word >> 8) & 0xFF) }
  @_transparent package var a: Int { Int(truncatingIfNeeded: (word >> 16) & 0xFFFF) }
  @_transparent package var b: Int { Int(truncatingIfNeeded: (word >> 32) & 0xFFFF) }
  @_transparent package var c: Int { Int(truncatingIfNeeded: word >> 48) }
  /// b and c as signed 16-bit numbers.
  @_transparent package var signedB: Int { Int(Int16(truncatingIfNeeded: word >> 32)) }
  @_transparent package var signedC: Int { Int(truncatingIfNeeded: Int64(bitPattern: word) >> 48) }
  /// b and c together, signed 32 bits.
  @_transparent package var bc: Int { Int(truncatingIfNeeded: Int64(bitPattern: word) >> 32) }

  package func with(op: Opcode) -> Instruction {
    Instruction(word: (word & ~0xFF) | UInt64(op.rawValue))
  }
  package func with(flags: UInt8) -> Instruction {
    Instruction(word: (word & ~0xFF00) | UInt64(flags) << 8)
  }
  package func with(c: Int) -> Instruction {
    Instruction(word: (word & 0x0000_FFFF_FFFF_FFFF) | UInt64(UInt16(truncatingIfNeeded: c)) << 48)
  }
  package func with(bc: Int) -> Instruction {
    Instruction(word: (word & 0xFFFF_FFFF) | UInt64(UInt32(truncatingIfNeeded: bc)) << 32)
  }
}

/// Flag bits. *Kill* means: the register is not read again before it is written, so the instruction may take its value
/// (update it in place when nobody else holds it) and leaves the register empty.
package enum Flag {
  package static let killA: UInt8 = 1
  package static let killB: UInt8 = 2
  package static let killC: UInt8 = 4
  /// A comparison written with `>` or `>=` whose operands were exchanged; for messages.
  package static let exchanged: UInt8 = 8
  /// `x - 2.0`, held as `x + -2.0`; for messages.
  package static let subtracted: UInt8 = 16
  /// A call: registers above the window may hold something and must be emptied first.
  package static let clearAbove: UInt8 = 32
  /// The operator of a compound assignment is in the bits from here on.
  package static let operatorShift: UInt8 = 3
}
